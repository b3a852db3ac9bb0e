// The playback index of one recording, as it lies in derived parts beside its media parts
// (docs/formats/derived.md): found, or made when it is first wanted.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <vector>

#include "media/index_builder.h"
#include "media/indexed_recording.h"
#include "node/data_directory.h"

namespace ew::node {

// Gives workers, for example from a pool: one that nobody else uses until it is let go. It may die at any
// time; then the next one is asked for.
class WorkerSource {
 public:
  virtual ~WorkerSource() = default;
  virtual Result<std::shared_ptr<media::Worker>> connect() = 0;
};

// One thread. Holds the index of two media parts at most, and what it could not store.
class PlaybackIndex : public media::IndexStore {
 public:
  // What of an index may be held because it cannot be stored: it is made anew each time for a call that goes
  // on.
  static constexpr size_t kMaxHeldBytes = 24 * 1024 * 1024;

  // `media` are all media parts of the recording. An index that is absent, damaged, of another version or of
  // other parts is made, and stored if the recording has ended.
  enum class Recording : uint8_t { kGoesOn, kEnded };
  static Result<std::unique_ptr<PlaybackIndex>> open(DataDirectory& data, std::vector<db::PartRow> media,
                                                     Recording recording, WorkerSource& workers);

  const media::RenderPlan& plan() const override { return plan_; }
  size_t parts() const override { return parts_.size(); }
  std::pair<int64_t, int64_t> extent(size_t part) const override;
  Result<std::shared_ptr<const media::PacketIndex>> packets(size_t part) override;
  Status read(size_t part, uint32_t first, uint32_t last,
              const std::function<void(const part::Record&)>& each) override;

  const media::IndexHead& head(size_t part) const { return parts_[part].head; }  // but for its plan
  Result<media::Picture> picture(size_t part);

 private:
  struct Part {
    db::PartRow media;
    media::IndexHead head;   // without a plan of its own
    Bytes packets, picture;  // if held
    bool is_held = false;
  };
  enum class Section : uint8_t { kPackets, kPicture };

  PlaybackIndex(DataDirectory& data, Recording recording, WorkerSource& workers)
      : objects_(data.objects()),
        vault_(data.objects(), data.keys(), data.keks()),
        recording_(recording),
        workers_(workers) {}
  Status load_heads();
  Status make();
  Status take(media::IndexPart&& made);
  Status store(const Part& part, const media::IndexHead& head, ByteView packets, ByteView picture);
  Result<Bytes> section(size_t part, Section section);
  Result<Bytes> stored_section(size_t part, Section section);
  Result<media::IndexHead> stored_head(const Part& part, size_t number);
  media::IndexHead with_plan(size_t part) const;

  vault::ObjectStore& objects_;
  vault::Vault vault_;  // of this thread
  Recording recording_;
  WorkerSource& workers_;
  crypto::Digest state_{};
  media::RenderPlan plan_;
  std::vector<Part> parts_;
  size_t held_bytes_ = 0;
  // What was used last is in front.
  std::list<std::pair<size_t, std::shared_ptr<const media::PacketIndex>>> recent_packets_;
  std::list<std::pair<size_t, vault::StoredPart>> recent_media_;
};

}  // namespace ew::node
