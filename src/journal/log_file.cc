#include "journal/log_file_internal.h"

namespace ew::journal {

LogFile::LogFile(io::Env& env, std::string directory, const FileHeader& header,
                 std::unique_ptr<io::File> file)
    : env_(env),
      directory_(std::move(directory)),
      path_(io::join(directory_, file_name(header.number))),
      header_(header),
      file_(std::move(file)) {}

Result<std::unique_ptr<LogFile>> LogFile::create(io::Env& env, const std::string& directory,
                                                 const FileHeader& header) {
  auto file = TRY(env.open(io::join(directory, file_name(header.number)), io::OpenMode::kCreateNew));
  std::unique_ptr<LogFile> log(new LogFile(env, directory, header, std::move(file)));
  TRY(log->file_->allocate(header.reserved_size));
  TRY(log->append(encode(header)));
  return log;
}

Status LogFile::append(ByteView batch) {
  TRY(file_->write_at(length_, batch));
  length_ += batch.size();
  return {};
}

Status LogFile::sync() {
  TRY(file_->sync());
  if (is_name_durable_) return {};
  TRY(env_.sync_directory(directory_));
  is_name_durable_ = true;
  return {};
}

Status LogFile::cut() {
  TRY(file_->truncate(length_));
  return file_->sync();
}

}  // namespace ew::journal
