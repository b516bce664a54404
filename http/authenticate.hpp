#pragma once
// Who asks: the admin key behind a request, and whether it may.

#include "http/data/checker.hpp"
#include "http/exchange.hpp"
#include "ledger/rules/command.hpp"
#include "replication/sequencer.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string_view>

namespace keyledger {

// What a check of a caller came to, while it still holds on: all of it copied out of the tables.
struct Caller {
    Outcome outcome = Outcome::missing;
    bool is_admin = false;          // a key of `system`
    Authority authority;            // of an admin key
    std::uint64_t retry_after = 1;  // seconds, for a rate or quota that is used up
};

// Checks callers of the API like any other key of `system`: their uses are counted, their limits
// hold. One for all HTTP threads.
class Authenticator {
public:
    Authenticator(const Checker& checker, Sequencer& sequencer)
        : checker_(checker), sequencer_(sequencer) {}

    // The key of `token`, asked for `scope`. Nothing where it spends an exact quota, and must go
    // the slow way.
    std::optional<Caller> caller_now(std::string_view token, std::string_view scope,
                                     const Exchange& exchange) const;
    boost::asio::awaitable<Caller> caller(std::string_view token, std::string_view scope,
                                          const Exchange& exchange) const;

    // Whether the request's credential is that of a key of `system` which could act now, for any
    // scope. Counts nothing: for what must be known before a body is taken in.
    bool is_known_admin(const Request& request) const;
    // Whether the key still holds that scope, by any of its secrets: for answers that last.
    bool still_holds(const KeyId& key, std::string_view scope) const;

    // The caller of an administrative route. If it may not, the answer is written and there is
    // none.
    boost::asio::awaitable<std::optional<Caller>> require(std::string_view scope,
                                                          Exchange& exchange) const;

private:
    const Checker& checker_;
    Sequencer& sequencer_;
};

// Writes the refusal of a caller whose outcome is not valid.
void answer_refused_caller(Exchange& exchange, const Caller& caller);

}  // namespace keyledger
