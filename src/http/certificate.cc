#include "http/certificate.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <climits>
#include <ctime>
#include <memory>

#include "crypto/crypto.h"
#include "net/endpoint.h"

namespace ew::http {
namespace {

template <auto release>
struct Releaser {
  template <typename T>
  void operator()(T* object) const {
    release(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Releaser<EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, Releaser<X509_free>>;
using Bio = std::unique_ptr<BIO, Releaser<BIO_free_all>>;
using Extension = std::unique_ptr<X509_EXTENSION, Releaser<X509_EXTENSION_free>>;
using BigNumber = std::unique_ptr<BIGNUM, Releaser<BN_free>>;

Error failed(const char* what) { return Error(ErrorCode::kInternal, std::string("certificate: ") + what); }

std::string contents(BIO* bio) {
  char* data = nullptr;
  long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<size_t>(size));
}

// Only what cannot change the meaning of OpenSSL's configuration syntax, in which the extension is written.
bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 253 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '*';
  });
}

Result<std::string> alternative_names(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    auto ip = IpAddress::parse(name);
    if (!ip && !is_name(name))
      return Error(ErrorCode::kInvalid, "certificate: \"" + name + "\" is no name of a host");
    list += (list.empty() ? "" : ",") + (ip ? "IP:" + ip->text() : "DNS:" + name);
  }
  if (list.empty()) return Error(ErrorCode::kInvalid, "certificate: no name is given");
  return list;
}

bool add_extension(X509* certificate, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  Extension extension(X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool set_serial(X509* certificate) {
  std::array<uint8_t, 16> random;
  crypto::random_bytes(random);
  random[0] &= 0x7f;  // RFC 5280: positive
  BigNumber number(BN_bin2bn(random.data(), static_cast<int>(random.size()), nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate));
}

bool set_validity(X509* certificate, WallTime now, int days) {
  std::time_t seconds = static_cast<std::time_t>(now.ns / kNsPerSec);
  return X509_time_adj_ex(X509_getm_notBefore(certificate), -1, 0, &seconds) &&
         X509_time_adj_ex(X509_getm_notAfter(certificate), days, 0, &seconds);
}

bool set_subject(X509* certificate, const std::string& name) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  std::string common = name.substr(0, 64);
  return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                    reinterpret_cast<const uint8_t*>(common.data()),
                                    static_cast<int>(common.size()), -1, 0) == 1 &&
         X509_set_issuer_name(certificate, subject) == 1;
}

}  // namespace

Result<Certificate> make_self_signed(const std::vector<std::string>& names, WallTime now, int days) {
  std::string alternatives = TRY(alternative_names(names));
  Key key(EVP_EC_gen("P-256"));
  X509Ptr certificate(X509_new());
  if (!key || !certificate) return failed("no key could be made");
  bool made = X509_set_version(certificate.get(), X509_VERSION_3) == 1 && set_serial(certificate.get()) &&
              set_validity(certificate.get(), now, days) && set_subject(certificate.get(), names.front()) &&
              X509_set_pubkey(certificate.get(), key.get()) == 1 &&
              add_extension(certificate.get(), NID_basic_constraints, "critical,CA:FALSE") &&
              add_extension(certificate.get(), NID_key_usage, "critical,digitalSignature") &&
              add_extension(certificate.get(), NID_ext_key_usage, "serverAuth") &&
              add_extension(certificate.get(), NID_subject_alt_name, alternatives) &&
              X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0;
  if (!made) return failed("it could not be made");

  Bio certificate_pem(BIO_new(BIO_s_mem())), key_pem(BIO_new(BIO_s_mem()));
  if (!certificate_pem || !key_pem || PEM_write_bio_X509(certificate_pem.get(), certificate.get()) != 1 ||
      PEM_write_bio_PrivateKey(key_pem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return failed("it could not be written");
  return Certificate{contents(certificate_pem.get()), contents(key_pem.get())};
}

Result<WallTime> expiry_of(const std::string& pem) {
  Bio source(BIO_new_mem_buf(pem.data(), static_cast<int>(std::min<size_t>(pem.size(), INT_MAX))));
  X509Ptr certificate(source ? PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr) : nullptr);
  std::tm parts{};
  if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &parts) != 1)
    return Error(ErrorCode::kInvalid, "certificate: it cannot be read");
  return WallTime{int64_t{::timegm(&parts)} * kNsPerSec};
}

}  // namespace ew::http
