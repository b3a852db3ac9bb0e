// For tests: an authority, certificates of it, and its list of those that were taken back.
#pragma once

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <memory>
#include <string>

namespace ew::sipua {

class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name) : name_(name), key_(EVP_EC_gen("P-256")) {
    certificate_ = make(key_, "", true);
  }
  ~TestAuthority() {
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }

  std::string certificate_file() const { return write_certificate(name_ + "-ca.pem", certificate_); }

  struct Files {
    std::string certificate, key;
    long serial = 0;
  };
  // `names`: as OpenSSL has them, "DNS:sbc.example,IP:127.0.0.1".
  Files issue(const std::string& label, const std::string& names) {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = make(key, names, false);
    Files files{write_certificate(name_ + "-" + label + ".crt", certificate),
                path(name_ + "-" + label + ".key"), serial_};
    FILE* out = fopen(files.key.c_str(), "w");
    PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    fclose(out);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return files;
  }
  std::string revocation_file(long serial) const {
    X509_CRL* list = X509_CRL_new();
    X509_CRL_set_version(list, 1);
    X509_CRL_set_issuer_name(list, X509_get_subject_name(certificate_));
    ASN1_TIME* now = X509_gmtime_adj(nullptr, -60);
    ASN1_TIME* later = X509_gmtime_adj(nullptr, 86'400);
    X509_CRL_set1_lastUpdate(list, now);
    X509_CRL_set1_nextUpdate(list, later);
    X509_REVOKED* one = X509_REVOKED_new();
    ASN1_INTEGER* number = ASN1_INTEGER_new();
    ASN1_INTEGER_set(number, serial);
    X509_REVOKED_set_serialNumber(one, number);
    X509_REVOKED_set_revocationDate(one, now);
    X509_CRL_add0_revoked(list, one);
    X509_CRL_sign(list, key_, EVP_sha256());
    std::string file = path(name_ + ".crl");
    FILE* out = fopen(file.c_str(), "w");
    PEM_write_X509_CRL(out, list);
    fclose(out);
    ASN1_INTEGER_free(number);
    ASN1_TIME_free(now);
    ASN1_TIME_free(later);
    X509_CRL_free(list);
    return file;
  }

 private:
  static std::string path(const std::string& name) {
    return ::testing::TempDir() + "/sipua_" + std::to_string(::getpid()) + "_" + name;
  }
  static std::string write_certificate(const std::string& name, X509* certificate) {
    std::string file = path(name);
    FILE* out = fopen(file.c_str(), "w");
    PEM_write_X509(out, certificate);
    fclose(out);
    return file;
  }
  X509* make(EVP_PKEY* key, const std::string& names, bool is_authority) {
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial_);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -86'400);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86'400);
    std::string common = is_authority ? name_ : name_ + " issued " + std::to_string(serial_);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               reinterpret_cast<const uint8_t*>(common.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(is_authority ? certificate : certificate_));
    X509_set_pubkey(certificate, key);
    auto add = [&](int kind, const std::string& value) {
      X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
      X509_add_ext(certificate, extension, -1);
      X509_EXTENSION_free(extension);
    };
    add(NID_basic_constraints, is_authority ? "critical,CA:TRUE" : "CA:FALSE");
    if (is_authority) add(NID_key_usage, "keyCertSign,cRLSign");
    if (!names.empty()) add(NID_subject_alt_name, names);
    X509_sign(certificate, key_, EVP_sha256());
    return certificate;
  }

  const std::string name_;
  EVP_PKEY* key_;
  long serial_ = 0;
  X509* certificate_ = nullptr;
};

}  // namespace ew::sipua
