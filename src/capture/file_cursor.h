// One capture file, read record by record.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "capture/byte_stream.h"
#include "capture/capture_file.h"
#include "capture/file_bytes.h"
#include "pcap/reader.h"

namespace ew::capture {

class FileCursor {
 public:
  // Hashes the file and stands on its first record, if there is one.
  static Result<FileCursor> open(std::string name, FileBytes bytes);

  // The record stood on; valid until next(), or its bytes as long as the cursor.
  const pcap::Record& record() const { return record_; }
  bool keeps_bytes() const { return stream_->keeps_bytes(); }
  uint64_t number() const { return info_.packets; }  // of that record, from 1
  bool ended() const { return ended_; }
  // Goes to the next record. At the end of the file, expected or not, there is none.
  void next();

  const CaptureFileInfo& info() const { return info_; }

 private:
  FileCursor(std::string name, FileBytes bytes);
  Error not_a_capture(const std::string& expected) const;
  void skip_foreign_block();
  void end_early(const std::string& how);
  void end();
  void warn(const std::string& text);

  FileBytes bytes_;
  std::unique_ptr<ByteStream> stream_;
  pcap::Reader reader_;
  pcap::Record record_;
  CaptureFileInfo info_;
  size_t pending_drop_ = 0;  // the record lies in the window until the next one is asked for
  bool begun_ = false;       // the file's header was read
  bool ended_ = false;
  uint16_t warned_link_type_ = 0xffff;
};

}  // namespace ew::capture
