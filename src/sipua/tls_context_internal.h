// Certificates, keys and rules of TLS (RFC 5246, RFC 8446), loaded; and one connection's TLS without
// blocking.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "sipua/transports.h"

namespace ew::sipua {

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeSession {
  void operator()(SSL* session) const { SSL_free(session); }
};
using TlsContext = std::shared_ptr<SSL_CTX>;
using TlsSession = std::unique_ptr<SSL, FreeSession>;

Result<TlsContext> load_context(const TlsFiles& files);

// The subjectAltNames of the client's certificate, in lower case; nothing without one. To be asked after the
// handshake, which has checked it.
std::shared_ptr<const std::vector<std::string>> certificate_names(const SSL* session);

}  // namespace ew::sipua
