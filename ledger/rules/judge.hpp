#pragma once
// Is this credential good for that? The rules of a check, without clock, tables or counters.

#include "ledger/rules/key_state.hpp"
#include "ledger/rules/outcome.hpp"
#include "ledger/rules/workspace.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

struct ResourceView {
    std::string_view kind;
    std::string_view id;
};

// What is asked of a credential. The views last for the call.
struct Question {
    std::optional<std::string_view> workspace;
    std::optional<std::string_view> environment;
    std::span<const std::string_view> scopes;  // all of them are needed
    std::optional<ResourceView> resource;
    std::optional<Address> address;  // the client's; unknown if there is none
};

// A credential, and what is asked of it. All of it lasts for the call.
struct JudgeCase {
    const KeyState& key;
    const Secret& secret;
    const WorkspaceDocument& workspace;
    const Question& question;
    Timestamp now;
};

struct JudgeRule {
    Outcome code;
    bool (*fails)(const JudgeCase& asked);
};

// All rules, in the order in which `judge` asks them: for whoever must tell them apart.
std::span<const JudgeRule> judge_rules();

// The first reason against it, in this order: revoked (the key, or this version of its secret),
// suspended, pending, expired, wrong_workspace, wrong_environment, ip_not_allowed, wrong_resource,
// insufficient_scope; or valid. Rates and quotas come after it, and are not judged here.
Outcome judge(const KeyState& key, const Secret& secret, const WorkspaceDocument& workspace,
              const Question& question, Timestamp now);

// Of the scopes asked for, those that the key does not grant.
std::vector<std::string_view> missing_scopes(const KeyState& key,
                                             const WorkspaceDocument& workspace,
                                             std::span<const std::string_view> wanted);

// The key's own rate limit, or its environment's; null if there is neither.
const RateLimit* effective_rate_limit(const KeyState& key, const WorkspaceDocument& workspace);

}  // namespace keyledger
