#pragma once
// Makes a batch of commands: decides each in order, gives its events their place, time and bytes.

#include "ledger/base/clock.hpp"
#include "ledger/base/random.hpp"
#include "ledger/log/event_log.hpp"
#include "ledger/rules/command.hpp"
#include "ledger/rules/decide.hpp"
#include "projections/tables.hpp"
#include "replication/growing_batch.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace keyledger {

// What a command came to, once its batch is committed.
struct Receipt {
    std::uint64_t first_seq = 0;  // of its events
    std::uint64_t events = 0;     // 0: there was nothing left to do
    std::uint64_t seq = 0;        // the newest event that the answer must reflect
    Timestamp time{};             // at which it was decided
    bool replayed = false;        // the same request had been answered before: these are its events
    UseVerdict use;
    std::vector<DigestResult> digests;
};

// Lives on the ledger thread. All outlive it.
class BatchBuilder {
public:
    BatchBuilder(const EventLog& log, const Tables& tables, const Clock& clock, Random& random)
        : log_(log), tables_(tables), clock_(clock), random_(random), growing_(log, tables) {}

    // Forgets the last batch, which by now is in the tables.
    void clear();
    // Forgets it where it is not: it came to nothing, or nobody knows what it came to.
    void drop();
    // Decides one command against the tables and the commands before it. A refusal adds nothing.
    Result<Receipt> add(const Submission& submission);

    GrowingBatch& growing() { return growing_; }
    const LogBatch& batch() const { return growing_.batch(); }
    const std::vector<SealedEvent>& events() const { return growing_.events(); }
    std::size_t bytes() const { return growing_.bytes(); }

    static constexpr Duration idempotency_kept = std::chrono::hours(24);

private:
    Timestamp now() const;
    std::optional<Result<Receipt>> answered_before(const Idempotency& asked) const;
    void seal(const Submission& submission, Draft draft, std::size_t position, std::size_t count,
              Timestamp now);

    const EventLog& log_;
    const Tables& tables_;
    const Clock& clock_;
    Random& random_;
    GrowingBatch growing_;
    struct Answered {
        Digest request{};
        Receipt receipt;
    };
    std::map<Digest, Answered> answered_;  // of this batch, by slot
};

}  // namespace keyledger
