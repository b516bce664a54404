#pragma once
// The rules as sentences: given what has happened, when this is asked for, then that follows.

#include "ledger/rules/decide.hpp"
#include "ledger/stored/event_codec.hpp"
#include "tests/support/randomness.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace keyledger {

// What was given happened at dawn; it is noon when something is asked for. Both begin an hour.
inline constexpr Timestamp dawn{Duration(1'800'000'000'000)};
inline constexpr Timestamp noon = dawn + std::chrono::hours(4);

// A ledger in plain maps, which born and evolve alone have filled. It remembers every digest.
class ModelView final : public LedgerView {
public:
    void apply(const Event& event, const Digest& leaf);

    const WorkspaceState* workspace(std::string_view slug) const override;
    const KeyState* key(const KeyId& id) const override;
    const KeyState* key_of_digest(const Digest& digest) const override;
    const KeyUse& use(const KeyId& id) const override;
    void each_key(std::string_view workspace,
                  const std::function<void(const KeyState&)>& visit) const override;
    std::uint64_t next_seq() const override { return seq; }
    std::uint64_t last_flush(std::uint64_t node, std::uint64_t boot) const override;
    bool rate_open(const KeyId& id, const RateLimit& limit, Timestamp now) const override;
    bool take_rate(const KeyId& id, const RateLimit& limit, Timestamp now) override;

    struct Run {
        std::uint64_t boot = 0, last_flush = 0;
        friend bool operator==(const Run&, const Run&) = default;
    };
    std::map<std::string, WorkspaceState, std::less<>> workspaces;
    std::map<KeyId, KeyState> keys;
    std::map<KeyId, KeyUse> uses;
    std::map<Digest, KeyId> digests;
    std::map<std::uint64_t, Run> runs;  // by node
    std::uint64_t seq = 0;
    // By key: the window that was taken from last, and how many places.
    std::map<KeyId, std::pair<std::int64_t, std::uint32_t>> taken;
};

// Decides commands and makes their events as the sequencer does, a batch for each.
class ModelLedger {
public:
    Result<Decision> submit(const Submission& submission, Timestamp now);
    // The events that a decision made: sealed, stored and applied. Each leaf must fit.
    void append(const std::vector<Draft>& drafts, const Submission& submission, Timestamp now);

    // What a start makes of the stored events, read back from their bytes.
    ModelView replayed() const;

    ModelView view;
    std::vector<StoredEvent> stored;
    std::vector<Event> events;

private:
    std::array<std::pair<std::uint64_t, Digest>, 4> heads_{};  // of the streams but the keys'
    SeededRandom salts_{1};
};

// A command from the system itself, which may do all, or under an authority.
Submission asked(Command command);
Submission asked_by(Authority authority, Command command);

class Then {
public:
    explicit Then(Result<Decision> result) : result_(std::move(result)) {}

    // These events and no other, each on the stream that its kind belongs to.
    template <class... Bodies>
    void then(Bodies... bodies) const {
        then_events({EventBody(std::move(bodies))...});
    }
    void then(Refusal refusal) const;
    void then(const Rejection& rejection) const;
    void then_nothing() const { then_events({}); }

    const Result<Decision>& result() const { return result_; }

private:
    void then_events(const std::vector<EventBody>& expected) const;

    Result<Decision> result_;
};

class Given {
public:
    explicit Given(std::vector<Draft> facts);

    Given& and_given(Timestamp time, Draft fact);
    Then when(Command command, Timestamp now = noon) {
        return when(asked(std::move(command)), now);
    }
    Then when(const Submission& submission, Timestamp now = noon);

    ModelLedger& ledger() { return ledger_; }

private:
    ModelLedger ledger_;
};

template <class... Facts>
Given given(Facts... facts) {
    return Given({std::move(facts)...});
}

// Names: the same number, the same thing.
KeyId key_id(std::uint32_t number);
Digest digest_of(std::uint32_t number);

// With environments `live` and `test`, no catalogue, prefix `hr`.
WorkspaceDocument document(std::string slug);
// A key of `acme`, in `live`, that may read leads; digest_of(number) opens it.
CreateKey new_key(std::uint32_t number, std::string workspace = "acme");
// A key of `system`, unlimited.
CreateKey new_admin(std::uint32_t number, std::vector<std::string> scopes = {"*"});

// Facts.
Draft made(WorkspaceDocument document);
Draft made(const CreateKey& command);
Draft of_key(std::uint32_t number, EventBody body, std::string workspace = "acme");

// What the root key, number 1, may do; what a lesser one may.
Authority authority(std::uint32_t number, std::vector<std::string> scopes);
Authority bound_authority(std::uint32_t number, std::string workspace);

}  // namespace keyledger

namespace Catch {

// What a failed test shows of a decision.
template <>
struct StringMaker<keyledger::Result<keyledger::Decision>> {
    static std::string convert(const keyledger::Result<keyledger::Decision>& result);
};

}  // namespace Catch
