#include "http/static_files.h"

#include <utility>

#include "base/bytes.h"
#include "crypto/crypto.h"
#include "http/conditional_internal.h"

namespace ew::http {

StaticFiles::Variant StaticFiles::variant_of(std::string bytes) {
  crypto::Digest digest = crypto::sha256(as_bytes(bytes));
  std::string etag = '"' + to_hex(ByteView(digest).first(16)) + '"';
  return {std::make_shared<const std::string>(std::move(bytes)), std::move(etag)};
}

StaticFiles::StaticFiles(std::vector<StaticFile> files) {
  for (StaticFile& file : files) {
    Entry entry{variant_of(std::move(file.bytes)), {}, std::move(file.media_type), file.immutable};
    if (!file.gzip.empty()) entry.gzip = variant_of(std::move(file.gzip));
    entries_.insert_or_assign(std::move(file.path), std::move(entry));
  }
}

std::optional<Response> StaticFiles::answer(const Request& request) const {
  return answer_with(request.path, request);
}

std::optional<Response> StaticFiles::answer_with(std::string_view path, const Request& request) const {
  auto found = entries_.find(path);
  if (found == entries_.end()) return std::nullopt;
  if (!request.is_read()) {
    Response refused = problem(405);
    refused.headers.add("Allow", "GET, HEAD");
    return refused;
  }
  const Entry& entry = found->second;
  bool gzip = entry.gzip.bytes && accepts_gzip(request.headers.joined("Accept-Encoding"));
  const Variant& variant = gzip ? entry.gzip : entry.plain;

  Response response{200, {{"Content-Type", entry.media_type}, {"ETag", variant.etag}}, variant.bytes};
  // "no-cache" means: keep it, but ask each time, which the ETag makes cheap.
  response.headers.add("Cache-Control", entry.immutable ? "public, max-age=31536000, immutable" : "no-cache");
  if (gzip) response.headers.add("Content-Encoding", "gzip");
  if (entry.gzip.bytes) response.headers.add("Vary", "Accept-Encoding");
  return response;
}

}  // namespace ew::http
