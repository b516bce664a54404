#pragma once
// Is this credential good, now? Looks it up, judges it, and counts the answer.

#include "ledger/base/clock.hpp"
#include "ledger/rules/command.hpp"
#include "ledger/rules/decide.hpp"
#include "ledger/rules/judge.hpp"
#include "projections/tables.hpp"
#include "replication/use_batcher.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

// A check as it came in. The views last for the call.
struct Asked {
    std::string_view token;
    Question question;
    std::uint64_t cost = 1;
    bool durable = false;  // committed before the answer, whatever the key
};

enum class Spend : std::uint8_t { nothing, window_and_quota };

// What a check came to. The pointers last as long as the ReadGuard under which it was made.
struct Checked {
    Outcome outcome = Outcome::unknown;
    const KeyEntry* key = nullptr;  // null if the credential is no key's; then all below is too
    const KeyState* state = nullptr;
    const KeyUse* use = nullptr;
    const Secret* secret = nullptr;
    const WorkspaceDocument* workspace = nullptr;
    std::uint64_t workspace_revision = 0;
    const RateLimit* rate = nullptr;
    std::uint32_t rate_remaining = 0;  // right after this very check, of a key with a rate
    Timestamp now{};
    std::optional<std::uint64_t> quota_remaining;  // right after this very check was committed
    bool needs_commit = false;  // nothing is decided yet: the sequencer must (command_for)
};

// One for all HTTP threads. All outlive it.
class Checker {
public:
    Checker(const Tables& tables, UseBatcher& uses, const Clock& clock, std::size_t threads)
        : tables_(tables), uses_(uses), clock_(clock), outcomes_(threads) {}

    // Hold a ReadGuard. A known key's check is counted, on the HTTP thread with that number, unless
    // it needs a commit.
    Checked check(const Asked& asked, Spend spend, std::size_t thread) const;

    // What the token's key is bound to, if anything; lasts as long as the ReadGuard, which is held.
    std::optional<ResourceView> own_resource(std::string_view token) const;

    // The command that decides a check that needs a commit.
    UseKey command_for(const Asked& asked) const;
    // What the sequencer said, with what the tables say now. A denial is counted here; a valid use
    // is an event already.
    Checked after_commit(const Asked& asked, const UseVerdict& verdict, std::size_t thread) const;

    // How many checks came to that, by all threads, since the start. Any thread.
    std::uint64_t outcome_count(Outcome outcome) const;

    Timestamp now() const;
    const Tables& tables() const { return tables_; }

private:
    const Checked& noted(const Checked& checked, std::size_t thread) const;
    bool look_up(std::string_view token, Checked& checked) const;
    static void note_rate(Checked& checked);
    void count(const Asked& asked, const Checked& checked, bool spends, std::size_t thread) const;

    const Tables& tables_;
    UseBatcher& uses_;
    const Clock& clock_;
    // Each thread's own, written by it alone.
    struct alignas(64) Outcomes {
        std::array<std::atomic<std::uint64_t>, outcomes_count> counts{};
    };
    mutable std::vector<Outcomes> outcomes_;
};

}  // namespace keyledger
