#include "projections/explanation.hpp"

#include "ledger/base/json_writer.hpp"
#include "ledger/rules/overloaded.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <span>
#include <utility>

namespace keyledger {
namespace {

// Which event set what a rule looks at. A key's own making says all that no later one did.
struct Origins {
    std::uint64_t created = 0, scopes = 0, expiry = 0, rate = 0, quota = 0, ranges = 0;
    std::optional<std::uint64_t> suspension, revocation;
    std::optional<std::uint64_t> empty_scopes;  // of the workspace
    std::optional<std::uint64_t> ending;        // of the secret: the rotation that says when
    std::optional<Timestamp> ends;
};

// The rotation by which a secret ends first is the one that ends it.
void note_ending(Origins& origins, std::uint64_t seq, const KeyRotated& rotated,
                 std::uint32_t secret_version) {
    const bool is_older = secret_version < rotated.version;
    if (!is_older || (origins.ends && *origins.ends <= rotated.older_valid_until)) return;
    origins.ending = seq;
    origins.ends = rotated.older_valid_until;
}

Origins origins_of(const History& history, const KeyId& key, std::uint64_t as_of,
                   std::uint32_t secret_version) {
    constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();
    Origins origins;
    for (const std::uint64_t seq : history.key_events(key, 0, no_limit, KeyEvents::life_cycle)) {
        const std::optional<PastEvent> past = seq <= as_of ? history.event(seq) : std::nullopt;
        if (!past) break;
        std::visit(Overloaded{
                       [&](const KeyCreated&) {
                           origins.created = origins.scopes = origins.expiry = seq;
                           origins.rate = origins.quota = origins.ranges = seq;
                       },
                       [&](const KeyScoped&) { origins.scopes = seq; },
                       [&](const KeyChanged& e) {
                           if (e.has(Setting::expires_at)) origins.expiry = seq;
                           if (e.has(Setting::rate_limit)) origins.rate = seq;
                           if (e.has(Setting::quota)) origins.quota = seq;
                           if (e.has(Setting::allowed_ranges)) origins.ranges = seq;
                       },
                       [&](const KeyRotated& e) { note_ending(origins, seq, e, secret_version); },
                       [&](const KeySuspended&) { origins.suspension = seq; },
                       [&](const KeyResumed&) { origins.suspension = seq; },
                       [&](const KeyRevoked&) { origins.revocation = seq; },
                       [](const auto&) {},
                   },
                   past->event.body);
    }
    return origins;
}

template <class Texts>
std::string listed(const Texts& texts) {
    std::string list;
    for (const auto& text : texts) {
        if (!list.empty()) list += ',';
        list += text;
    }
    return list;
}

std::string listed_ranges(const KeyState& key) {
    std::vector<std::string> ranges;
    for (const AddressRange& range : key.settings.allowed_ranges) ranges.push_back(to_text(range));
    return listed(ranges);
}

std::string time_text(const std::optional<Timestamp>& time) {
    return time ? to_rfc3339(*time) : std::string();
}

class Explainer {
public:
    // `secret` is one of the key's.
    Explainer(PastKey past, const Secret& secret, WorkspaceDocument workspace,
              const Origins& origins, Timestamp at, const Question& question)
        : past_(std::move(past)),
          secret_(secret),
          workspace_(std::move(workspace)),
          origins_(origins),
          at_(at),
          question_(question) {}

    Explanation explained() {
        explanation_.secret_version = secret_.version;
        for (const Outcome outcome : {Outcome::malformed, Outcome::unknown}) {
            explanation_.rules.push_back({outcome, RuleResult::not_asked, {}, {}});
        }
        const KeyState& key = past_.state;
        const JudgeCase asked{key, secret_, workspace_, question_, at_};
        for (const JudgeRule& rule : judge_rules()) {
            ExplainedRule explained = described(rule.code);
            if (rule.fails(asked)) {
                explained.result = RuleResult::failed;
            } else if (explained.result != RuleResult::not_asked) {
                explained.result = RuleResult::passed;
            }
            add(std::move(explained));
        }
        add(rate());
        add(quota());
        return std::move(explanation_);
    }

private:
    void add(ExplainedRule rule) {
        if (explanation_.code != Outcome::valid) rule.result = RuleResult::not_reached;
        if (rule.result == RuleResult::failed) explanation_.code = rule.rule;
        explanation_.rules.push_back(std::move(rule));
    }

    // What the rule is held to, and whether it is asked about.
    ExplainedRule described(Outcome rule) const {
        const KeyState& key = past_.state;
        const auto made = [&](bool asked, std::string detail, std::optional<std::uint64_t> seq) {
            const RuleResult result = asked ? RuleResult::passed : RuleResult::not_asked;
            return ExplainedRule{rule, result, std::move(detail), seq};
        };
        const auto when = [](bool is_set, std::uint64_t seq) {
            return is_set ? std::optional(seq) : std::nullopt;
        };
        switch (rule) {
            case Outcome::revoked:
                if (!key.revoked_at)
                    return made(true, time_text(secret_.valid_until), origins_.ending);
                return made(true, time_text(key.revoked_at), origins_.revocation);
            case Outcome::suspended:
                return made(true, time_text(key.suspended_at), origins_.suspension);
            case Outcome::pending:
                return made(true, time_text(key.not_before),
                            when(key.not_before.has_value(), origins_.created));
            case Outcome::expired: {
                const auto& expires_at = key.settings.expires_at;
                return made(
                    true, time_text(expires_at),
                    when(expires_at || origins_.expiry != origins_.created, origins_.expiry));
            }
            case Outcome::wrong_workspace:
                return made(question_.workspace.has_value(), key.workspace, origins_.created);
            case Outcome::wrong_environment:
                return made(question_.environment.has_value(), key.environment, origins_.created);
            case Outcome::ip_not_allowed: {
                const bool is_set = !key.settings.allowed_ranges.empty();
                const bool was_set = origins_.ranges != origins_.created;
                return made(is_set || question_.address, listed_ranges(key),
                            when(is_set || was_set, origins_.ranges));
            }
            case Outcome::wrong_resource:
                return made(key.resource || question_.resource, resource_detail(),
                            when(key.resource.has_value(), origins_.created));
            default:
                return scopes_described(made(!question_.scopes.empty(), {}, {}));
        }
    }

    std::string resource_detail() const {
        const auto& resource = past_.state.resource;
        return resource ? resource->kind + '/' + resource->id : std::string();
    }

    // What is missing, or else what the key holds.
    ExplainedRule scopes_described(ExplainedRule rule) const {
        const KeyState& key = past_.state;
        const auto missing = missing_scopes(key, workspace_, question_.scopes);
        rule.detail = missing.empty() ? listed(key.scopes) : listed(missing);
        const bool by_workspace =
            key.scopes.empty() && origins_.empty_scopes.value_or(0) > origins_.scopes;
        rule.event = by_workspace ? origins_.empty_scopes : std::optional(origins_.scopes);
        return rule;
    }

    ExplainedRule rate() const {
        if (!effective_rate_limit(past_.state, workspace_)) {
            return {Outcome::rate_limited, RuleResult::passed, {}, {}};
        }
        std::optional<std::uint64_t> seq;
        if (past_.state.settings.rate_limit) seq = origins_.rate;
        return {Outcome::rate_limited, RuleResult::not_asked, std::string(not_in_ledger), seq};
    }

    ExplainedRule quota() const {
        const auto& limit = past_.state.settings.quota;
        if (!limit) return {Outcome::quota_exceeded, RuleResult::passed, {}, {}};
        const std::uint64_t left = quota_remaining(*limit, past_.use, at_);
        const RuleResult result = left > 0 ? RuleResult::passed : RuleResult::failed;
        return {Outcome::quota_exceeded, result, std::to_string(left), origins_.quota};
    }

    PastKey past_;
    Secret secret_;
    WorkspaceDocument workspace_;
    Origins origins_;
    Timestamp at_;
    const Question& question_;
    Explanation explanation_;
};

}  // namespace

std::string_view to_text(RuleResult result) {
    switch (result) {
        case RuleResult::passed:
            return "passed";
        case RuleResult::failed:
            return "failed";
        case RuleResult::not_reached:
            return "not_reached";
        case RuleResult::not_asked:
            return "not_asked";
    }
    return "";
}

std::optional<Explanation> explain(const History& history, const PastKey& key, std::uint64_t as_of,
                                   Timestamp at, const Question& question,
                                   std::optional<std::uint32_t> secret_version) {
    const std::vector<Secret>& secrets = key.state.secrets;
    const auto secret = secret_version
                            ? std::ranges::find(secrets, *secret_version, &Secret::version)
                            : std::prev(secrets.end());
    if (secret == secrets.end()) return {};
    const std::string& slug = key.state.workspace;
    std::optional<WorkspaceState> workspace = history.workspace_at(slug, as_of);
    if (!workspace) return {};
    Origins origins = origins_of(history, key.state.id, as_of, secret->version);
    const auto meanings = history.empty_scopes(slug, as_of);
    if (!meanings.empty()) origins.empty_scopes = meanings.back().first;
    return Explainer(key, *secret, std::move(workspace->document), origins, at, question)
        .explained();
}

}  // namespace keyledger
