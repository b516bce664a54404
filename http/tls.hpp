#pragma once
// A listener's TLS identity, and whose certificates it takes from clients.

#include <memory>
#include <string>

struct ssl_ctx_st;  // OpenSSL's SSL_CTX
struct ssl_st;      // OpenSSL's SSL

namespace keyledger {

// Files in PEM. A key that is locked by a passphrase is refused: nobody is there to be asked.
struct TlsFiles {
    std::string certificate;       // with its chain, the server's own first
    std::string key;               // its private key
    std::string client_authority;  // who signs clients' certificates; empty: none is asked for
};

// Shared by the threads' listeners and the sessions that began with it, so that a reload does not
// disturb those that are open.
using TlsContext = std::shared_ptr<ssl_ctx_st>;

// One of the two is set.
struct [[nodiscard]] TlsLoaded {
    TlsContext context;
    std::string error;  // which file, and what is wrong with it
};

// TLS 1.2 and 1.3. With an authority, a client may come without a certificate, but not with one
// that the authority did not sign. May be called on any thread.
TlsLoaded load_tls(const TlsFiles& files);

// After the handshake: the client showed a certificate, and it was verified.
bool client_verified(const ssl_st* connection);

}  // namespace keyledger
