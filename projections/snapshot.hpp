#pragma once
// The tables as they stand, kept in the log's family `snapshots`, so that a start need not replay
// all.
//
//   row key := snapshot:u64be chunk:u32be
//   chunk   := kind:u8 body                  'b' base, 'w' workspaces, 'k' keys, 'e' end
//   end     := chunks:u32be until:u64be chain
//
// `snapshot` is the first seq that the base does not hold. The end is numbered 0xffffffff; `chain`
// is SHA-256 over all chunks, and `until` the first seq that no record holds: without a right end,
// or with fewer events, the snapshot is passed over. Chunks are written between batches, while the
// tables move on: a key's record may be newer than the base, and says of itself up to which event;
// replay passes over what a record holds already.

#include "ledger/log/event_log.hpp"
#include "projections/tables.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace keyledger {

inline constexpr std::size_t snapshot_chunk_bytes = 256 * 1024;

// Lives on the ledger thread. One at a time; `tables` outlives it.
class SnapshotWriter {
public:
    explicit SnapshotWriter(const Tables& tables);

    // The next row to put; nothing after the end chunk.
    std::optional<Row> next();
    std::uint64_t snapshot() const { return base_.next_seq; }

private:
    std::string base_chunk() const;
    std::string workspaces_chunk();
    std::string keys_chunk();
    Row chunk_row(std::uint32_t number, std::string chunk);

    const Tables& tables_;
    Tables::Base base_;
    std::size_t workspaces_total_, keys_total_;
    std::size_t workspaces_done_ = 0, keys_done_ = 0;
    std::uint32_t chunks_ = 0;
    Digest chain_{};
    bool ended_ = false;
};

// Fills empty tables from the newest whole snapshot that the log holds and whose events it holds
// too. Returns the first seq to replay: 0, with the tables untouched, if there is none.
std::uint64_t load_newest_snapshot(const EventLog& log, Tables& tables);

// The newest snapshot that could be loaded if all its chunks are intact, as the first seq that its
// base does not hold; 0 if there is none. Cheap: reads the first and the last chunk alone.
std::uint64_t newest_snapshot(const EventLog& log);

// Leaves the newest `keep` snapshots that have an end, and takes the others away, those that were
// cut short too. Not while one is being written.
std::optional<LogFault> drop_old_snapshots(EventLog& log, std::size_t keep);

}  // namespace keyledger
