#include "part/part.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "part/record.h"

namespace ew::part {
namespace {

Header sample_header() {
  Header header;
  header.kind = Kind::kMedia;
  header.number = 3;
  uint8_t value = 1;
  for (Uuid* id : std::initializer_list<Uuid*>{&header.node, &header.call, &header.recording, &header.part})
    id->bytes.fill(value++);
  header.tenant = "acme";
  header.anchor_wall = {1'700'000'000'123'456'789};
  header.anchor_monotonic_ns = 42;
  header.clock_source = ClockSource::kCapture;
  return header;
}

Bytes plaintext_of(int frame) {
  RecordWriter writer;
  Bytes packet(static_cast<size_t>(20 + frame), static_cast<uint8_t>(frame));
  for (int i = 0; i < 2; ++i)
    writer.append({.type = RecordType::kRtp, .at = {1000 * frame + i}, .stream = 1, .body = packet});
  return Bytes(writer.bytes().begin(), writer.bytes().end());
}

struct Sample {
  Bytes object;
  crypto::Secret dek{32};
  std::vector<Bytes> plaintexts;
  crypto::Secret key() const { return crypto::Secret::copy_of(dek.view()); }
};

Sample make_sample(int frames, End end = End::kClosed, ByteView recovery_copy = {}) {
  Sample sample;
  PartSealer sealer = PartSealer::create(sample_header());
  sample.object = sealer.header_bytes();
  sample.dek = crypto::Secret::copy_of(sealer.dek().view());
  std::vector<FrameInfo> infos;
  for (int i = 0; i < frames; ++i) {
    sample.plaintexts.push_back(plaintext_of(i));
    size_t start = sample.object.size();
    sealer.seal(sample.plaintexts.back(), {1000 * i}, {1000 * i + 1}, i + 1 == frames && end != End::kCrash,
                sample.object);
    infos.push_back(*decode_frame_info(ByteView(sample.object).subspan(start)));
  }
  Bytes footer = *make_footer(sealer.header_bytes().size(), infos, end, recovery_copy);
  sample.object.insert(sample.object.end(), footer.begin(), footer.end());
  return sample;
}

bool is_accepted(ByteView object, const Sample& sample) {
  Bytes exact(object.begin(), object.end());  // so that a sanitizer sees an overrun
  auto view = check_object(exact);
  return view.ok() && check_frames(*view, sample.key()).ok();
}

TEST(Part, HeaderComesBack) {
  Header header = sample_header();
  header.generation = 1;
  header.salt.fill(7);
  header.key_commitment.fill(8);
  header.previous_root.fill(9);
  Bytes bytes = encode(header);
  EXPECT_EQ(bytes.size(), 206u + 4);
  bytes.push_back(0);  // what follows is not the header's
  size_t size = 0;
  auto read = decode_header(bytes, &size);
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_EQ(size, bytes.size() - 1);
  EXPECT_EQ(encode(*read), Bytes(bytes.begin(), bytes.end() - 1));
  EXPECT_EQ(read->tenant, "acme");
  EXPECT_EQ(read->anchor_wall, header.anchor_wall);
}

TEST(Part, ObjectComesBack) {
  for (int frames : {0, 1, 2, 5}) {
    Sample sample = make_sample(frames, End::kPause, as_bytes("sealed key"));
    auto view = check_object(sample.object);
    ASSERT_TRUE(view.ok()) << view.error().message();
    ASSERT_EQ(view->frames.size(), static_cast<size_t>(frames));
    EXPECT_EQ(view->footer.end, End::kPause);
    EXPECT_EQ(as_text(view->footer.recovery_copy), "sealed key");
    auto reader = PartReader::create(view->header_bytes, sample.key());
    ASSERT_TRUE(reader.ok());
    for (size_t i = 0; i < view->frames.size(); ++i)
      EXPECT_EQ(*reader->open(view->frames[i], i), sample.plaintexts[i]);
    EXPECT_TRUE(check_frames(*view, sample.key()).ok());
  }
}

// REQUIREMENTS D06: no changed object is accepted.
TEST(Part, AnyFlippedOrRemovedByteIsFound) {
  Sample sample = make_sample(3, End::kClosed, as_bytes("copy"));
  ASSERT_TRUE(is_accepted(sample.object, sample));
  for (size_t i = 0; i < sample.object.size(); ++i) {
    for (uint8_t flip : {0x01, 0x80, 0xff}) {
      Bytes changed = sample.object;
      changed[i] ^= flip;
      EXPECT_FALSE(is_accepted(changed, sample)) << i;
    }
    Bytes changed = sample.object;
    changed.erase(changed.begin() + static_cast<ptrdiff_t>(i));
    EXPECT_FALSE(is_accepted(changed, sample)) << i;
    changed.insert(changed.begin() + static_cast<ptrdiff_t>(i), 2, sample.object[i]);
    EXPECT_FALSE(is_accepted(changed, sample)) << i;
    EXPECT_FALSE(is_accepted(ByteView(sample.object).first(i), sample)) << i;
    EXPECT_FALSE(is_accepted(ByteView(sample.object).subspan(i + 1), sample)) << i;
  }
}

TEST(Part, AnyFlippedByteOfADestroyedFrameIsFound) {
  Sample sample = make_sample(3);
  auto made = make_generation(sample.object, sample.key(), sample_header().part, {1, 2});
  ASSERT_TRUE(made.ok());
  Sample next;
  next.object = made->object;
  next.dek = crypto::Secret::copy_of(made->dek.view());
  ASSERT_TRUE(is_accepted(next.object, next));
  for (size_t i = 0; i < next.object.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes changed = next.object;
      changed[i] ^= static_cast<uint8_t>(1 << bit);
      EXPECT_FALSE(is_accepted(changed, next)) << i;
    }
  }
}

// An attacker without the key can make a footer that fits; the frames must still betray the change.
Bytes assemble(ByteView header, const std::vector<ByteView>& frames, End end) {
  Bytes object(header.begin(), header.end());
  std::vector<FrameInfo> infos;
  for (ByteView frame : frames) {
    object.insert(object.end(), frame.begin(), frame.end());
    infos.push_back(*decode_frame_info(frame));
    infos.back().number = infos.size() - 1;
  }
  Bytes footer = *make_footer(header.size(), infos, end);
  object.insert(object.end(), footer.begin(), footer.end());
  return object;
}

Bytes renumbered(ByteView frame, uint8_t number) {
  Bytes bytes(frame.begin(), frame.end());
  bytes[8] = number;
  return bytes;
}

TEST(Part, SwapsDuplicatesSplicesAndCutsAreFound) {
  Sample sample = make_sample(3), other = make_sample(3);
  ObjectView view = *check_object(sample.object), foreign = *check_object(other.object);
  const auto& frames = view.frames;
  auto is_taken = [&](const std::vector<ByteView>& pieces, End end = End::kClosed) {
    return is_accepted(assemble(view.header_bytes, pieces, end), sample);
  };
  EXPECT_TRUE(is_taken(frames));
  EXPECT_FALSE(is_taken({frames[1], frames[0], frames[2]}));
  Bytes first = renumbered(frames[0], 1), second = renumbered(frames[1], 0), again = renumbered(frames[1], 2);
  EXPECT_FALSE(is_taken({second, first, frames[2]}));
  EXPECT_FALSE(is_taken({frames[0], frames[1], frames[1], frames[2]}));
  EXPECT_FALSE(is_taken({frames[0], frames[1], again}, End::kCrash));
  EXPECT_FALSE(is_taken({frames[0], foreign.frames[1], frames[2]}));
  EXPECT_FALSE(is_taken({frames[0], frames[1]}));  // closed in order, so its last frame is missing
  EXPECT_TRUE(is_taken({frames[0], frames[1]}, End::kCrash));  // the audit log's Merkle root tells this one
  EXPECT_FALSE(is_accepted(assemble(foreign.header_bytes, frames, End::kClosed), sample));
  EXPECT_FALSE(is_accepted(sample.object, other));  // wrong key
}

TEST(Part, RandomMutationsAreFound) {
  Sample sample = make_sample(4), other = make_sample(4);
  std::mt19937_64 random(2);
  for (int i = 0; i < 10'000; ++i) {
    Bytes changed = sample.object;
    size_t at = random() % changed.size(), size = random() % std::min<size_t>(100, changed.size() - at) + 1;
    auto begin = changed.begin() + static_cast<ptrdiff_t>(at), end = begin + static_cast<ptrdiff_t>(size);
    switch (random() % 4) {
      case 0:
        for (auto byte = begin; byte != end; ++byte) *byte = static_cast<uint8_t>(random());
        break;
      case 1:
        changed.erase(begin, end);
        break;
      case 2: {
        Bytes copy(begin, end);
        changed.insert(changed.begin() + static_cast<ptrdiff_t>(random() % changed.size()), copy.begin(),
                       copy.end());
        break;
      }
      default:
        std::copy_n(other.object.begin() + static_cast<ptrdiff_t>(at), size, begin);
    }
    if (changed == sample.object) continue;
    EXPECT_FALSE(is_accepted(changed, sample)) << i;
  }
}

TEST(Part, AnotherKeyIsDenied) {
  Sample sample = make_sample(1), other = make_sample(1);
  auto reader = PartReader::create(sample.object, other.key());
  ASSERT_FALSE(reader.ok());
  EXPECT_EQ(reader.error().code(), ErrorCode::kDenied);
}

TEST(Part, KeysAndSaltsAreNeverRepeated) {
  std::set<std::string> seen;
  for (int i = 0; i < 2000; ++i) {
    PartSealer sealer = PartSealer::create(sample_header());
    seen.insert(to_hex(sealer.dek().view()));
    seen.insert(to_hex(sealer.header().salt));
  }
  EXPECT_EQ(seen.size(), 4000u);
}

// A derived part carries the generation of its media part and is made anew for it: there are no old leaves to keep.
TEST(Part, ADerivedPartOfAnyGenerationIsSealedUnderTheKeyItIsGiven) {
  Header header = sample_header();
  header.kind = Kind::kDerived;
  header.generation = 2;
  crypto::Secret key = crypto::Secret::random(32);
  std::set<crypto::Digest> salts;
  for (int i = 0; i < 2; ++i) {
    PartSealer sealer = PartSealer::create(header, crypto::Secret::copy_of(key.view()));
    salts.insert(sealer.header().salt);
    Bytes object = sealer.header_bytes();
    sealer.seal(plaintext_of(1), {1}, {2}, true, object);
    auto info = decode_frame_info(ByteView(object).subspan(sealer.header_bytes().size()));
    Bytes footer = *make_footer(sealer.header_bytes().size(), {*info}, End::kClosed);
    object.insert(object.end(), footer.begin(), footer.end());
    auto view = check_object(object);
    ASSERT_TRUE(view.ok()) << view.error().message();
    auto reader = PartReader::create(view->header_bytes, crypto::Secret::copy_of(key.view()));
    ASSERT_TRUE(reader.ok());
    EXPECT_EQ(*reader->open(view->frames[0], 0), plaintext_of(1));
  }
  EXPECT_EQ(salts.size(), 2u);
}

TEST(Part, FooterSaysWhatIsNeeded) {
  Sample sample = make_sample(2);
  ByteView tail = ByteView(sample.object).last(12);
  auto size = footer_size_of(tail);
  ASSERT_TRUE(size.ok());
  EXPECT_EQ(decode_footer(tail).error().code(), ErrorCode::kTruncated);
  EXPECT_TRUE(decode_footer(ByteView(sample.object).last(*size)).ok());
  EXPECT_TRUE(decode_footer(sample.object).ok());
  EXPECT_EQ(footer_size_of(tail.first(11)).error().code(), ErrorCode::kTruncated);
  FrameInfo info;
  info.number = 1;
  EXPECT_EQ(make_footer(10, {info}, End::kClosed).error().code(), ErrorCode::kInvalid);
}

// RFC 6962 section 2.1, straight from its text.
crypto::Digest naive_root(const std::vector<crypto::Digest>& leaves) {
  auto hash = [](uint8_t prefix, ByteView a, ByteView b) {
    Bytes bytes{prefix};
    bytes.insert(bytes.end(), a.begin(), a.end());
    bytes.insert(bytes.end(), b.begin(), b.end());
    return crypto::sha256(bytes);
  };
  if (leaves.size() == 1) return hash(0, leaves[0], {});
  size_t split = 1;
  while (2 * split < leaves.size()) split *= 2;
  auto middle = leaves.begin() + static_cast<ptrdiff_t>(split);
  return hash(1, naive_root({leaves.begin(), middle}), naive_root({middle, leaves.end()}));
}

TEST(Part, MerkleRootFollowsTheRfc) {
  EXPECT_EQ(to_hex(merkle_root({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  std::vector<crypto::Digest> leaves;
  for (uint8_t i = 0; i < 70; ++i) {
    leaves.emplace_back().fill(i);
    EXPECT_EQ(merkle_root(leaves), naive_root(leaves));
  }
}

TEST(Generation, KeepsLeavesAndRootAndForgetsTheRest) {
  Sample sample = make_sample(5, End::kCut);
  ObjectView old = *check_object(sample.object);
  auto first = make_generation(sample.object, sample.key(), sample_header().part, {1, 3});
  ASSERT_TRUE(first.ok()) << first.error().message();
  auto second =
      make_generation(first->object, crypto::Secret::copy_of(first->dek.view()), sample_header().part, {4});
  ASSERT_TRUE(second.ok()) << second.error().message();
  struct Expected {
    NewGeneration& made;
    uint32_t generation;
    std::set<uint64_t> destroyed;
  };
  for (auto& [made, generation, destroyed] : {Expected{*first, 1, {1, 3}}, Expected{*second, 2, {1, 3, 4}}}) {
    ObjectView view = *check_object(made.object);
    EXPECT_EQ(view.header.generation, generation);
    EXPECT_EQ(view.header.previous_root, old.footer.root);
    EXPECT_EQ(view.footer.root, old.footer.root);
    EXPECT_EQ(view.footer.end, End::kCut);
    EXPECT_NE(view.header.salt, old.header.salt);
    EXPECT_FALSE(PartReader::create(view.header_bytes, sample.key()).ok());
    auto reader = PartReader::create(view.header_bytes, crypto::Secret::copy_of(made.dek.view()));
    ASSERT_TRUE(reader.ok());
    for (size_t i = 0; i < 5; ++i) {
      auto plaintext = reader->open(view.frames[i], i);
      ASSERT_TRUE(plaintext.ok()) << plaintext.error().message();
      bool is_gone = destroyed.count(i);
      EXPECT_EQ(*plaintext, is_gone ? Bytes() : sample.plaintexts[i]);
      if (is_gone) {
        EXPECT_EQ(view.frames[i].size(), kFrameHeaderSize);
      }
      EXPECT_EQ(view.footer.frames[i].leaf, old.footer.frames[i].leaf);
      EXPECT_EQ(view.footer.frames[i].first_at, old.footer.frames[i].first_at);
    }
  }
  EXPECT_EQ(make_generation(sample.object, sample.key(), {}, {5}).error().code(), ErrorCode::kUsage);
  EXPECT_EQ(make_generation(sample.object, crypto::Secret::random(32), {}, {1}).error().code(),
            ErrorCode::kDenied);
}

TEST(Generation, TheLargestFrameCanBeSealedAgain) {
  PartSealer sealer = PartSealer::create(sample_header());
  Bytes object = sealer.header_bytes();
  sealer.seal(Bytes(kMaxFrame, 5), {1}, {2}, true, object);
  FrameInfo info = *decode_frame_info(ByteView(object).subspan(sealer.header_bytes().size()));
  Bytes footer = *make_footer(sealer.header_bytes().size(), {info}, End::kClosed);
  object.insert(object.end(), footer.begin(), footer.end());
  auto made = make_generation(object, crypto::Secret::copy_of(sealer.dek().view()), sample_header().part, {});
  ASSERT_TRUE(made.ok()) << made.error().message();
  EXPECT_TRUE(check_frames(*check_object(made->object), std::move(made->dek)).ok());
}

// REQUIREMENTS D04: the second implementation agrees, decrypting included, and finds changes too.
class Python : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = std::filesystem::temp_directory_path() / "ew_part_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::pair<int, std::string> run(ByteView object, const crypto::Secret* dek) {
    std::string path = folder_ + "/object";
    std::ofstream(path, std::ios::binary) << as_text(object);
    std::string command = "python3 '" EW_SOURCE_DIR "/tools/read_part.py' " + path;
    if (dek) command += " --key " + to_hex(dek->view());
    FILE* pipe = popen((command + " 2>&1").c_str(), "r");
    EW_CHECK(pipe);
    std::string output;
    for (int c; (c = std::fgetc(pipe)) != EOF;) output.push_back(static_cast<char>(c));
    return {pclose(pipe), output};
  }

 private:
  std::string folder_;
};

void expect_agreement(const std::string& output, const ObjectView& view,
                      const std::vector<Bytes>& plaintexts) {
  auto says = [&](const std::string& text) {
    EXPECT_NE(output.find(text), std::string::npos) << text << "\n" << output;
  };
  says("\"root\": \"" + to_hex(view.footer.root) + "\"");
  says("\"part\": \"" + view.header.part.text() + "\"");
  says("\"tenant\": \"acme\"");
  says("\"anchor_wall\": 1700000000123456789");
  for (const FrameEntry& entry : view.footer.frames) says(to_hex(entry.leaf));
  for (const Bytes& plaintext : plaintexts) says(to_hex(crypto::sha256(plaintext)));
}

TEST_F(Python, ReadsTheSame) {
  Sample sample = make_sample(3, End::kKeep, as_bytes("copy"));
  auto [code, output] = run(sample.object, &sample.dek);
  EXPECT_EQ(code, 0) << output;
  expect_agreement(output, *check_object(sample.object), sample.plaintexts);
  EXPECT_NE(output.find("\"at\": 2001"), std::string::npos);
  EXPECT_NE(output.find("\"end\": \"keep\""), std::string::npos);

  auto made = make_generation(sample.object, sample.key(), sample_header().part, {1});
  ASSERT_TRUE(made.ok());
  std::tie(code, output) = run(made->object, &made->dek);
  EXPECT_EQ(code, 0) << output;
  expect_agreement(output, *check_object(made->object), {sample.plaintexts[0], sample.plaintexts[2]});
  EXPECT_NE(run(made->object, &sample.dek).first, 0);
}

TEST_F(Python, FindsChangesWithoutAndWithTheKey) {
  Sample sample = make_sample(2);
  EXPECT_EQ(run(sample.object, nullptr).first, 0);
  std::mt19937_64 random(3);
  for (int i = 0; i < 6; ++i) {
    Bytes changed = sample.object;
    changed[random() % changed.size()] ^= 1;
    EXPECT_NE(run(changed, &sample.dek).first, 0);
  }
}

}  // namespace
}  // namespace ew::part
