#pragma once
// Certificates for tests, made when they are asked for.

#include "tests/support/temporary_directory.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

namespace keyledger {

// An authority of its own, whose certificate stands in the file authority(). Each certificate that
// it issues is a pair of files, NAME.crt and NAME.key, in the directory that it was given.
class TestAuthority {
public:
    struct Files {
        std::string certificate, key;
    };

    TestAuthority(const TemporaryDirectory& directory, const std::string& name)
        : directory_(directory), key_(EVP_EC_gen("P-256"), EVP_PKEY_free) {
        certificate_ = make(name, key_.get(), nullptr, "CA:TRUE");
        write(name, certificate_.get(), key_.get());
        file_ = directory_.file(name + ".crt");
    }

    const std::string& authority() const { return file_; }

    // For the server on 127.0.0.1, or for a client.
    Files issue(const std::string& name) {
        const Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
        const Certificate certificate = make(name, key.get(), certificate_.get(), "CA:FALSE");
        write(name, certificate.get(), key.get());
        return {directory_.file(name + ".crt"), directory_.file(name + ".key")};
    }

private:
    using Key = std::shared_ptr<EVP_PKEY>;
    using Certificate = std::shared_ptr<X509>;

    static void extend(X509* certificate, X509* issuer, int kind, const char* value) {
        X509V3_CTX context;
        X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
        X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
        X509_add_ext(certificate, extension, -1);
        X509_EXTENSION_free(extension);
    }

    Certificate make(const std::string& name, EVP_PKEY* key, X509* issuer, const char* basic) {
        const Certificate made(X509_new(), X509_free);
        X509* const certificate = made.get();
        X509_set_version(certificate, X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial_);
        X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
        X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
        X509_NAME* const subject = X509_get_subject_name(certificate);
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
        X509_set_issuer_name(certificate,
                             issuer == nullptr ? subject : X509_get_subject_name(issuer));
        X509_set_pubkey(certificate, key);
        X509* const signer = issuer == nullptr ? certificate : issuer;
        extend(certificate, signer, NID_basic_constraints, basic);
        extend(certificate, signer, NID_subject_alt_name, "IP:127.0.0.1");
        X509_sign(certificate, key_.get(), EVP_sha256());
        return made;
    }

    void write(const std::string& name, X509* certificate, EVP_PKEY* key) {
        BIO* bio = BIO_new_file(directory_.file(name + ".crt").c_str(), "w");
        PEM_write_bio_X509(bio, certificate);
        BIO_free(bio);
        bio = BIO_new_file(directory_.file(name + ".key").c_str(), "w");
        PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
        BIO_free(bio);
    }

    const TemporaryDirectory& directory_;
    const Key key_;
    Certificate certificate_;
    std::string file_;
    long serial_ = 0;
};

}  // namespace keyledger
