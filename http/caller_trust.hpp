#pragma once
// Who may ask the data plane without a credential of their own, and whose word on the client's
// address counts.

#include "http/message.hpp"
#include "ledger/rules/address.hpp"

#include <optional>
#include <vector>

namespace keyledger {

struct TrustSettings {
    std::vector<AddressRange> trusted_networks;  // default: loopback
    std::vector<AddressRange> trusted_proxies;   // default: loopback
};

// A value; any thread.
class CallerTrust {
public:
    explicit CallerTrust(TrustSettings settings) : settings_(std::move(settings)) {}

    // A unix socket, a client certificate, or an address in trusted_networks whose request was not
    // passed on by a proxy (neither Forwarded nor X-Forwarded-For): behind a reverse proxy on the
    // same host the whole internet looks like loopback.
    bool is_trusted(const Request& request) const;

    // The same for authorize and ext-authz, where a proxy that is itself the gateway may pass on
    // X-Forwarded-For. Forwarded is never read: its presence withdraws trust.
    bool is_trusted_gateway(const Request& request) const;

    // On authorize and ext-authz: the rightmost hop of X-Forwarded-For that is no trusted proxy, if
    // the peer is one (or comes by the unix socket); else the peer's own. Nothing if a hop is no
    // address.
    std::optional<Address> client_address(const Request& request) const;

private:
    bool is_proxy(const Request& request) const;

    TrustSettings settings_;
};

}  // namespace keyledger
