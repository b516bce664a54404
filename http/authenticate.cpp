#include "http/authenticate.hpp"

#include "http/credential.hpp"
#include "http/data/answers.hpp"
#include "ledger/rules/scope.hpp"
#include "ledger/rules/secret.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <utility>
#include <variant>

namespace keyledger {
namespace {

namespace asio = boost::asio;

Asked question_of(std::string_view token, std::span<const std::string_view> scopes,
                  const Exchange& exchange) {
    Asked asked;
    asked.token = token;
    asked.question.scopes = scopes;
    asked.question.address = exchange.request.peer.address;
    return asked;
}

Caller caller_of(const Checked& checked) {
    Caller caller;
    caller.outcome = checked.outcome;
    if (!checked.state) return caller;
    const KeyState& key = *checked.state;
    caller.is_admin = key.workspace == system_slug;
    caller.authority.key = key.id;
    caller.authority.scopes = key.scopes;
    // A key that is bound to anything else was made to act for nothing here.
    if (key.resource) caller.authority.bound_workspace = key.resource->id;
    if (key.resource && key.resource->kind != "workspace") caller.is_admin = false;
    caller.retry_after = retry_after_seconds(checked.outcome, checked);
    return caller;
}

}  // namespace

std::optional<Caller> Authenticator::caller_now(std::string_view token, std::string_view scope,
                                                const Exchange& exchange) const {
    const std::array<std::string_view, 1> scopes{scope};
    const ReadGuard reading = checker_.tables().read();
    Asked asked = question_of(token, scopes, exchange);
    // A bound key is judged as the workspace that it is bound to, which the handlers then hold it
    // to.
    asked.question.resource = checker_.own_resource(token);
    const Checked checked = checker_.check(asked, Spend::window_and_quota, exchange.thread);
    if (checked.needs_commit) return {};
    return caller_of(checked);
}

asio::awaitable<Caller> Authenticator::caller(std::string_view token, std::string_view scope,
                                              const Exchange& exchange) const {
    if (std::optional<Caller> now = caller_now(token, scope, exchange)) co_return std::move(*now);
    const std::array<std::string_view, 1> scopes{scope};
    Asked asked = question_of(token, scopes, exchange);
    Submission submission;
    std::optional<Resource> binding;  // owns what the question looks at
    {
        const ReadGuard reading = checker_.tables().read();
        asked.question.resource = checker_.own_resource(token);
        submission.command = checker_.command_for(asked);
        binding = std::get<UseKey>(submission.command).resource;
        if (binding) asked.question.resource = {binding->kind, binding->id};
    }
    const Submitted submitted = co_await sequencer_.submit(std::move(submission));
    const auto* receipt = std::get_if<Receipt>(&submitted);
    if (!receipt)
        co_return Caller{.outcome = Outcome::rate_limited, .is_admin = true, .authority = {}};
    const ReadGuard reading = checker_.tables().read();
    co_return caller_of(checker_.after_commit(asked, receipt->use, exchange.thread));
}

bool Authenticator::is_known_admin(const Request& request) const {
    const Credential credential = credential_of(request);
    if (credential.kind != CredentialKind::one) return false;
    const ReadGuard reading = checker_.tables().read();
    const Digest digest = digest_of_token(credential.token);
    const KeyEntry* entry = checker_.tables().find_digest(digest);
    if (!entry || entry->workspace.slug != system_slug) return false;
    const KeyState& key = *entry->state.load();
    const Secret* secret = find_secret(key, digest);
    const Timestamp now = checker_.now();
    const bool ended = !secret || (secret->valid_until && *secret->valid_until <= now);
    return !ended && status_of(key, now) == KeyStatus::active;
}

bool Authenticator::still_holds(const KeyId& key, std::string_view scope) const {
    const ReadGuard reading = checker_.tables().read();
    const KeyEntry* entry = checker_.tables().find_key(key);
    if (!entry) return false;
    const KeyState& state = *entry->state.load();
    return status_of(state, checker_.now()) == KeyStatus::active && covers(state.scopes, scope);
}

asio::awaitable<std::optional<Caller>> Authenticator::require(std::string_view scope,
                                                              Exchange& exchange) const {
    const Credential credential = credential_of(exchange.request);
    if (credential.kind == CredentialKind::differing) {
        FieldFault fault{"Authorization", FieldProblem::credentials_differ, {}, FaultPlace::header};
        answer_problem(exchange, std::span<const FieldFault>(&fault, 1));
        co_return std::nullopt;
    }
    if (credential.kind != CredentialKind::one) {
        answer_unauthenticated(exchange);
        co_return std::nullopt;
    }
    Caller who = co_await caller(credential.token, scope, exchange);
    if (who.outcome == Outcome::valid && who.is_admin) co_return std::move(who);
    answer_refused_caller(exchange, who);
    co_return std::nullopt;
}

void answer_refused_caller(Exchange& exchange, const Caller& caller) {
    switch (status_of(caller.outcome)) {
        case 401:
            answer_unauthenticated(exchange);
            return;
        case 429:
            answer_problem(exchange, ApiError::too_many_requests);
            append_header(exchange.response.headers, "Retry-After", caller.retry_after);
            return;
        default:
            answer_problem(exchange, ApiError::forbidden);
            return;  // also a key of another workspace
    }
}

}  // namespace keyledger
