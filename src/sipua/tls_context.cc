#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/text.h"
#include "net/endpoint.h"
#include "sipua/tls_context_internal.h"

namespace ew::sipua {
namespace {

Error tls_error(const std::string& file) {
  unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code ? ERR_reason_error_string(code) : nullptr;
  return Error(ErrorCode::kInvalid, "TLS: " + file + ": " + (reason ? reason : "cannot be read"));
}

Status load_own(SSL_CTX* context, const TlsFiles& files) {
  // Without it OpenSSL would ask for the password of an encrypted key at the terminal.
  SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return 0; });
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1)
    return tls_error(files.certificate);
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return tls_error(files.key);
  if (SSL_CTX_check_private_key(context) != 1)
    return Error(ErrorCode::kInvalid, "TLS: " + files.key + " is not the key of " + files.certificate);
  return {};
}

Status load_clients(SSL_CTX* context, const TlsFiles& files) {
  if (files.client_authorities.empty()) {
    if (files.require_client_certificate)
      return Error(ErrorCode::kUsage,
                   "TLS: client certificates are required, but no authority of theirs is given");
    return {};
  }
  if (SSL_CTX_load_verify_locations(context, files.client_authorities.c_str(), nullptr) != 1)
    return tls_error(files.client_authorities);
  SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(files.client_authorities.c_str()));
  if (!files.client_revocations.empty()) {
    X509_STORE* store = SSL_CTX_get_cert_store(context);
    X509_LOOKUP* lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
    if (!lookup || X509_load_crl_file(lookup, files.client_revocations.c_str(), X509_FILETYPE_PEM) < 1)
      return tls_error(files.client_revocations);
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  }
  SSL_CTX_set_verify(
      context, SSL_VERIFY_PEER | (files.require_client_certificate ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
      nullptr);
  return {};
}

std::string text_of(const ASN1_STRING* string) {
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
                     static_cast<size_t>(ASN1_STRING_length(string)));
}

std::string name_of(const GENERAL_NAME* name) {
  switch (name->type) {
    case GEN_DNS:
      return text_of(name->d.dNSName);
    case GEN_URI:
      return text_of(name->d.uniformResourceIdentifier);
    case GEN_IPADD: {
      std::string raw = text_of(name->d.iPAddress);
      if (raw.size() == 4) return IpAddress::v4(as_bytes(raw)).text();
      return raw.size() == 16 ? IpAddress::v6(as_bytes(raw)).text() : "";
    }
    default:
      return "";
  }
}

}  // namespace

Result<TlsContext> load_context(const TlsFiles& files) {
  ERR_clear_error();
  TlsContext context(SSL_CTX_new(TLS_server_method()), FreeContext{});
  // Forward secrecy and authenticated encryption only; TLS 1.3 has no others.
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(context.get(), "ECDHE+AESGCM:ECDHE+CHACHA20") != 1)
    return Error(ErrorCode::kInternal, "TLS: cannot be set up");
  // No sessions are resumed: each handshake looks at the client's certificate.
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  TRY(load_own(context.get(), files));
  TRY(load_clients(context.get(), files));
  return context;
}

std::shared_ptr<const std::vector<std::string>> certificate_names(const SSL* session) {
  std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(session), X509_free);
  if (!certificate) return nullptr;
  auto names = std::make_shared<std::vector<std::string>>();
  auto* list = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(list); ++i) {
    std::string name = to_lower(name_of(sk_GENERAL_NAME_value(list, i)));
    // A name with a NUL in it was made to be read in two ways.
    if (!name.empty() && name.find('\0') == name.npos) names->push_back(std::move(name));
  }
  GENERAL_NAMES_free(list);
  return names;
}

}  // namespace ew::sipua
