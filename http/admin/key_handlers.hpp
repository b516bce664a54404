#pragma once
// Keys over HTTP: their life, one by one and many at once.

#include "http/admin/admin_door.hpp"

#include <set>
#include <vector>

namespace keyledger {

class KeyHandlers {
public:
    explicit KeyHandlers(AdminDoor& door) : door_(door) {}

    boost::asio::awaitable<void> create(Exchange& exchange);
    boost::asio::awaitable<void> import(Exchange& exchange);
    boost::asio::awaitable<void> get(Exchange& exchange);
    boost::asio::awaitable<void> change(Exchange& exchange);
    boost::asio::awaitable<void> set_scopes(Exchange& exchange);
    boost::asio::awaitable<void> rotate(Exchange& exchange);
    boost::asio::awaitable<void> revoke(Exchange& exchange);
    boost::asio::awaitable<void> suspend(Exchange& exchange);
    boost::asio::awaitable<void> resume(Exchange& exchange);
    boost::asio::awaitable<void> revoke_many(Exchange& exchange);
    boost::asio::awaitable<void> revoke_tokens(Exchange& exchange);

private:
    // A command on the key in the path, whose body holds nothing but remarks.
    boost::asio::awaitable<std::optional<Receipt>> submit_simple(Exchange& exchange,
                                                                 Command command,
                                                                 const Caller& caller);
    // As it is at that time: what had begun, and what had expired.
    void answer_key(Exchange& exchange, int status, const PastKey& key, Timestamp at);
    // {"key", "token"}: a token that is null was shown before.
    void answer_key_and_token(Exchange& exchange, int status, const PastKey& key,
                              const std::string_view* token);
    std::vector<KeyId> keys_of(const Receipt& receipt) const;
    DigestResult result_again(const Digest& digest, const Caller& caller, const Receipt& receipt,
                              std::set<KeyId>& revoked) const;
    // What became of each digest; again, where the request is a repeat.
    std::vector<DigestResult> results_of(const std::vector<Digest>& digests, const Caller& caller,
                                         const Receipt& receipt) const;
    bool answer_key_at(Exchange& exchange, const KeyId& key, std::uint64_t seq);

    AdminDoor& door_;
};

}  // namespace keyledger
