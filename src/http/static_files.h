// Files that the program carries in memory (the panel), with what browsers need to keep them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "http/message.h"

namespace ew::http {

struct StaticFile {
  std::string path;  // "/assets/app.js"
  std::string bytes;
  std::string gzip;  // the same bytes compressed, or empty
  std::string media_type;
  bool immutable = false;  // its path changes with its content: keep it for a year without asking
};

// Constant once made: any thread may ask.
class StaticFiles {
 public:
  explicit StaticFiles(std::vector<StaticFile> files);
  // None: no file has this path. Another method than GET and HEAD is answered with 405.
  std::optional<Response> answer(const Request& request) const;
  // The file at `path`, for a request of another one: a panel that routes in the browser has one page for
  // many paths.
  std::optional<Response> answer_with(std::string_view path, const Request& request) const;

 private:
  struct Variant {
    SharedBytes bytes;
    std::string etag;
  };
  struct Entry {
    Variant plain, gzip;  // gzip.bytes is null if there is none
    std::string media_type;
    bool immutable = false;
  };
  static Variant variant_of(std::string bytes);
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace ew::http
