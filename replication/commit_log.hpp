#pragma once
// Where a batch becomes durable and agreed upon. What stands behind it is this machine's disk, or a
// majority of a cluster.

#include "replication/growing_batch.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <variant>

namespace keyledger {

// What became of a batch.
enum class CommitOutcome : std::uint8_t {
    committed,
    dropped,  // it never happens: this node does not lead
    unknown,  // leadership was lost meanwhile: it may have happened, or happen yet
};

// Lives on the ledger thread. One batch in flight: `commit` is not called again before it has
// resumed.
class CommitLog {
public:
    virtual ~CommitLog() = default;

    // Whether what is decided now can be committed: the tables show all that was.
    virtual bool may_decide() const = 0;
    // `changed` is called on the ledger thread when that has become true.
    virtual void when_it_may_decide(std::function<void()> changed) = 0;

    // Resumes on the ledger thread when the batch is durable and committed, and the tables show it;
    // or when it came to something else. After a fault nobody may be told anything, and the process
    // ends. A batch without events changes nothing: it is committed if nobody else has decided
    // meanwhile. `batch` was decided after may_decide(), without a wait between; it outlives the
    // call, and may get rows besides.
    using Committed = std::variant<CommitOutcome, LogFault>;
    virtual boost::asio::awaitable<Committed> commit(GrowingBatch& batch) = 0;

    // Runs `work`, which writes to the log without events, while nothing else writes.
    using Work = std::function<std::optional<LogFault>()>;
    virtual boost::asio::awaitable<std::optional<LogFault>> write(Work work) = 0;

    // Nothing more comes: lets the context run out.
    virtual void stop() = 0;
};

}  // namespace keyledger
