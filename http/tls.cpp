#include "http/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>

namespace keyledger {

namespace {

std::string last_error() {
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_peek_last_error(), text.data(), text.size());
    ERR_clear_error();
    return text.data();
}

TlsLoaded refuse(const std::string& what) {
    return {nullptr, what + ": " + last_error()};
}

// In place of OpenSSL's own, which would ask on the terminal.
int no_passphrase(char*, int, int, void*) {
    return 0;
}

// Takes "http/1.1" where the client offers it; else goes on without a choice.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_bytes,
                    const unsigned char* offered, unsigned offered_bytes, void*) {
    static constexpr unsigned char ours[] = "\x08http/1.1";
    unsigned char* found = nullptr;
    const int outcome =
        SSL_select_next_proto(&found, chosen_bytes, ours, sizeof ours - 1, offered, offered_bytes);
    *chosen = found;
    return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

void set_policy(SSL_CTX* context) {
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(
        context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    // Idle connections give their buffers back.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
    // Resumed sessions of clients with certificates need a name for who resumes them.
    static constexpr unsigned char session_name[] = "keyledger";
    SSL_CTX_set_session_id_context(context, session_name, sizeof session_name - 1);
}

}  // namespace

TlsLoaded load_tls(const TlsFiles& files) {
    ERR_clear_error();
    TlsContext context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    if (context == nullptr) return refuse("TLS");
    set_policy(context.get());
    if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1) {
        return refuse("certificate " + files.certificate);
    }
    if (SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
        return refuse("key " + files.key);
    }
    if (SSL_CTX_check_private_key(context.get()) != 1) {
        return refuse("key " + files.key + " is not that of the certificate");
    }
    if (files.client_authority.empty()) return {context, {}};
    const char* const authority = files.client_authority.c_str();
    if (SSL_CTX_load_verify_file(context.get(), authority) != 1) {
        return refuse("client authority " + files.client_authority);
    }
    STACK_OF(X509_NAME)* const names = SSL_load_client_CA_file(authority);
    if (names == nullptr) return refuse("client authority " + files.client_authority);
    SSL_CTX_set_client_CA_list(context.get(), names);  // Takes the names over.
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    return {context, {}};
}

bool client_verified(const ssl_st* connection) {
    return SSL_get0_peer_certificate(connection) != nullptr &&
           SSL_get_verify_result(connection) == X509_V_OK;
}

}  // namespace keyledger
