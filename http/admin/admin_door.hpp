#pragma once
// What all administrative routes share: who asks, what may be repeated, and how a command becomes
// an answer.

#include "http/admin/bodies.hpp"
#include "http/admin/reads.hpp"
#include "http/authenticate.hpp"
#include "http/exchange.hpp"
#include "http/history_thread.hpp"
#include "http/query.hpp"
#include "ledger/base/clock.hpp"
#include "ledger/base/random.hpp"
#include "projections/history.hpp"
#include "projections/tables.hpp"
#include "replication/sequencer.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace keyledger {

// What `asOf` means: after which event, and at which moment, which may lie after it.
struct AsOf {
    std::uint64_t seq = 0;
    Timestamp at{};
};

enum class BodyType : std::uint8_t { json, merge_patch };

// One for all HTTP threads. All outlive it.
class AdminDoor {
public:
    AdminDoor(const Tables& tables, const History& history, Sequencer& sequencer,
              const Authenticator& authenticator, const Checker& checker, Random& random,
              HistoryThread& history_thread)
        : tables_(tables),
          history_(history),
          history_thread_(history_thread),
          sequencer_(sequencer),
          authenticator_(authenticator),
          checker_(checker),
          random_(random) {}

    boost::asio::awaitable<std::optional<Caller>> require(std::string_view scope,
                                                          Exchange& exchange) const {
        return authenticator_.require(scope, exchange);
    }

    bool is_known_admin(const Request& request) const {
        return authenticator_.is_known_admin(request);
    }
    bool still_holds(const KeyId& key, std::string_view scope) const {
        return authenticator_.still_holds(key, scope);
    }

    // A write: the caller, the body's remarks and the request's headers become the circumstances. A
    // refusal is answered, and there is no receipt. Raises the exchange's seq to the command's own.
    boost::asio::awaitable<std::optional<Receipt>> submit(
        Exchange& exchange, const Caller& caller, Command command, Remarks remarks,
        std::optional<std::uint64_t> revision = {});
    // The same, with the refusal handed back (for a patch that merges again).
    boost::asio::awaitable<std::variant<Receipt, Rejection, std::monostate>> try_submit(
        Exchange& exchange, const Caller& caller, Command command, Remarks remarks,
        std::optional<std::uint64_t> revision = {});

    // False, and 415 is answered, unless the body is of that type; an empty one may be of any.
    bool has_type(Exchange& exchange, BodyType type) const;
    // The revision that If-Match names; false, and 400 is answered, if it is malformed.
    bool read_if_match(Exchange& exchange, std::optional<std::uint64_t>& revision) const;
    // The key whose id the path names, or 404 is answered; 403 if the caller is bound elsewhere.
    std::optional<KeyId> key_in_path(Exchange& exchange, const Caller& caller) const;
    // The same for a workspace's slug.
    bool workspace_in_path(Exchange& exchange, const Caller& caller) const;

    // The key after the event `seq`; from the tables where it has not changed since. Its uses may
    // be newer.
    std::optional<PastKey> key_at(const KeyId& key, std::uint64_t seq) const;
    // The same with its uses as of then.
    std::optional<PastKey> key_as_of(const KeyId& key, std::uint64_t seq) const;
    // Without a moment: now. Not beyond what is applied; nothing before the first event.
    std::optional<AsOf> as_of(const std::optional<Moment>& moment) const;
    // The history was read: an event will say so.
    void note_read(const Exchange& exchange, const Caller& caller, const QueryReader& query,
                   HistoryView view) const;
    std::optional<WorkspaceState> workspace_now(std::string_view slug) const;

    const Tables& tables() const { return tables_; }
    const History& history() const { return history_; }
    // Where to read more of the history than a request's own event.
    HistoryThread& history_thread() const { return history_thread_; }
    Random& random() const { return random_; }
    Timestamp now() const { return checker_.now(); }

private:
    std::optional<Submission> submission(Exchange& exchange, const Caller& caller, Command command,
                                         Remarks remarks,
                                         std::optional<std::uint64_t> revision) const;

    const Tables& tables_;
    const History& history_;
    HistoryThread& history_thread_;
    Sequencer& sequencer_;
    const Authenticator& authenticator_;
    const Checker& checker_;
    Random& random_;
};

bool is_bound_elsewhere(const Caller& caller, std::string_view workspace);
std::string etag_of(std::uint64_t revision);

}  // namespace keyledger
