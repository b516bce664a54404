#pragma once
// The routes that gateways call: verify, authorize, ext-authz, errors, introspect, me.

#include "http/authenticate.hpp"
#include "http/caller_trust.hpp"
#include "http/credential.hpp"
#include "http/data/answers.hpp"
#include "http/data/checker.hpp"
#include "http/data/data_route.hpp"
#include "http/exchange.hpp"
#include "replication/sequencer.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

// One for all HTTP threads. All outlive it.
class DataPlane {
public:
    DataPlane(const Checker& checker, const CallerTrust& trust, const Authenticator& authenticator,
              Sequencer& sequencer, std::size_t threads)
        : checker_(checker),
          trust_(trust),
          authenticator_(authenticator),
          sequencer_(sequencer),
          dialects_(threads) {}

    // Whether the body of that route is worth taking in: whoever may not ask is not listened to.
    bool may_send_body(const Request& request) const {
        return trust_.is_trusted(request) || authenticator_.is_known_admin(request);
    }

    // Answers at once and returns true; or returns false where something must be committed before
    // the answer, and then `answer` must be awaited. `rest` is the path behind the route's own
    // part.
    bool answer_now(DataRoute route, std::string_view rest, Exchange& exchange);
    boost::asio::awaitable<void> answer(DataRoute route, std::string_view rest, Exchange& exchange);

private:
    // A request as a question, with what its views look at.
    struct Asking {
        Asked asked;
        std::vector<std::string_view> path_scopes;
        std::string workspace, scope_list, kind, id, form_token;  // decoded
        Outcome without_look_up = Outcome::valid;  // missing or malformed: the headers say so
    };
    // The credential of the caller itself, where it names one; `differing` if it can't be told.
    Credential caller_credential(DataRoute route, const Exchange& exchange) const;
    bool is_trusted(DataRoute route, const Exchange& exchange) const;
    // Judges and answers; or returns what must be committed first.
    std::optional<UseKey> judge_now(DataRoute route, std::string_view rest,
                                    const std::optional<std::string>& bound, Exchange& exchange);
    void answer_committed(DataRoute route, std::string_view rest,
                          const std::optional<std::string>& bound, const UseVerdict& verdict,
                          Exchange& exchange);
    // False if the answer is written already.
    bool read_question(DataRoute route, std::string_view rest,
                       const std::optional<std::string>& bound, Exchange& exchange,
                       Asking& out) const;
    bool read_verify(Exchange& exchange, Asking& out) const;
    bool read_path(DataRoute route, std::string_view rest, Exchange& exchange, Asking& out) const;
    bool read_form(Exchange& exchange, Asking& out) const;
    void read_client(Exchange& exchange, Asking& out) const;
    void write(DataRoute route, Exchange& exchange, const Asking& asking, const Checked& checked);
    void write_denied(Exchange& exchange, const WorkspaceEntry& entry, Outcome outcome,
                      const Checked* checked);
    void answer_errors(std::string_view rest, Exchange& exchange);

    const Checker& checker_;
    const CallerTrust& trust_;
    const Authenticator& authenticator_;
    Sequencer& sequencer_;
    DialectCache dialects_;
};

}  // namespace keyledger
