#pragma once
// The client of one TLS connection.

#include "tests/support/certificates.hpp"
#include "tests/support/http_client.hpp"

#include <openssl/ssl.h>

#include <csignal>
#include <memory>
#include <string>

namespace keyledger {

class TlsClient final : public HttpClient {
public:
    // Trusts `authority` alone; shows a certificate if it is given one.
    TlsClient(std::uint16_t port, const std::string& authority,
              const TestAuthority::Files& own = {})
        : HttpClient(port), context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
        // OpenSSL writes without MSG_NOSIGNAL.
        std::signal(SIGPIPE, SIG_IGN);
        SSL_CTX_load_verify_file(context_.get(), authority.c_str());
        SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
        if (!own.certificate.empty()) {
            SSL_CTX_use_certificate_chain_file(context_.get(), own.certificate.c_str());
            SSL_CTX_use_PrivateKey_file(context_.get(), own.key.c_str(), SSL_FILETYPE_PEM);
        }
        stream_.reset(SSL_new(context_.get()), SSL_free);
        SSL_set_fd(stream_.get(), descriptor());
        static constexpr unsigned char protocols[] = "\x02h2\x08http/1.1";
        SSL_set_alpn_protos(stream_.get(), protocols, sizeof protocols - 1);
        secure_ = SSL_connect(stream_.get()) == 1;
    }

    // The server's certificate is of the authority. (In TLS 1.3 a server refuses a client's own
    // only after that.)
    bool secure() const { return secure_; }
    std::string protocol() const {
        const unsigned char* chosen = nullptr;
        unsigned bytes = 0;
        SSL_get0_alpn_selected(stream_.get(), &chosen, &bytes);
        return {reinterpret_cast<const char*>(chosen), bytes};
    }
    // The server said that nothing follows, so that nothing was cut off.
    bool told_of_end() const {
        return (SSL_get_shutdown(stream_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
    }

private:
    ssize_t write(const char* bytes, std::size_t size) override {
        return SSL_write(stream_.get(), bytes, static_cast<int>(size));
    }
    ssize_t read(char* bytes, std::size_t size) override {
        return SSL_read(stream_.get(), bytes, static_cast<int>(size));
    }

    std::shared_ptr<SSL_CTX> context_;
    std::shared_ptr<SSL> stream_;
    bool secure_ = false;
};

}  // namespace keyledger
