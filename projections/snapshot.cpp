#include "projections/snapshot.hpp"

#include "ledger/base/bytes.hpp"
#include "ledger/base/sha256.hpp"
#include "projections/record_codec.hpp"

#include <algorithm>
#include <cassert>
#include <memory>
#include <string>
#include <utility>

namespace keyledger {
namespace {

constexpr std::uint32_t end_chunk = 0xffffffff;
constexpr std::size_t row_key_bytes = 12;

std::string row_key(std::uint64_t snapshot, std::uint32_t chunk) {
    std::string key;
    append_u64(key, snapshot);
    append_u32(key, chunk);
    return key;
}

Digest chained(const Digest& before, std::string_view chunk) {
    return sha256({view_of(before), chunk});
}

struct EndChunk {
    std::uint64_t snapshot;
    std::uint32_t chunks;
    std::uint64_t until;
    Digest chain;
};

std::optional<EndChunk> parse_end(std::string_view key, std::string_view value) {
    if (key.size() != row_key_bytes || load_u32(key.substr(8)) != end_chunk) return {};
    if (value.size() != 1 + 4 + 8 + sizeof(Digest) || value[0] != 'e') return {};
    return EndChunk{load_u64(key.substr(0, 8)), load_u32(value.substr(1, 4)),
                    load_u64(value.substr(5, 8)), *digest_from_bytes(value.substr(13))};
}

// All that have a row: with their end chunk, or without if they were cut short. The newest first.
// Looks at the last row of each alone.
struct Found {
    std::uint64_t snapshot;
    std::optional<EndChunk> end;
};

std::vector<Found> all_snapshots(const EventLog& log) {
    std::vector<Found> found;
    std::string until(row_key_bytes + 1, '\xff');
    for (bool more = true; more;) {
        more = false;
        log.rows_backward(Family::snapshots, "", until,
                          [&](std::string_view key, std::string_view value) {
                              until = key;
                              more = true;
                              if (key.size() != row_key_bytes) return false;
                              found.push_back({load_u64(key.substr(0, 8)), parse_end(key, value)});
                              until = row_key(found.back().snapshot, 0);
                              return false;
                          });
    }
    return found;
}

bool load_base_chunk(RecordReader& reader, Tables& tables) {
    if (reader.number() != record_format_version) return false;
    Tables::Base base;
    base.next_seq = reader.number();
    base.ledger_time = Timestamp(Duration(reader.signed_number()));
    for (StreamHead& head : base.heads) {
        head.revision = reader.number();
        head.leaf = digest_from_bytes(reader.bytes(sizeof(Digest))).value_or(Digest{});
    }
    for (std::size_t left = reader.count(); left > 0; --left) {
        const std::uint64_t node = reader.number();
        NodeRun run;
        run.boot = reader.number();
        run.last_flush = reader.number();
        run.last_counted = Timestamp(Duration(reader.signed_number()));
        run.stopped = reader.number() != 0;
        base.runs[node] = run;
    }
    if (reader.failed()) return false;
    tables.load_base(base);
    return true;
}

bool load_chunk(std::string_view chunk, Tables& tables) {
    RecordReader reader(chunk.substr(1));
    switch (chunk[0]) {
        case 'b':
            return load_base_chunk(reader, tables);
        case 'w':
            while (!reader.at_end() && !reader.failed()) tables.load_workspace(reader.workspace());
            break;
        case 'k':
            while (!reader.at_end() && !reader.failed()) {
                KeyState state = reader.key();
                const KeyUse use = reader.use();
                const std::uint64_t rate_bits = reader.number();
                if (!reader.failed()) tables.load_key(std::move(state), use, rate_bits);
            }
            break;
        default:
            return false;
    }
    return !reader.failed();
}

// Whether it has the format that we know, and the log all the events that it holds.
bool is_usable(const EventLog& log, const EndChunk& end) {
    const auto base = log.row(Family::snapshots, row_key(end.snapshot, 0));
    RecordReader reader(base && base->size() > 1 ? std::string_view(*base).substr(1) : "");
    return reader.number() == record_format_version && reader.number() == end.snapshot &&
           end.until <= log.next_seq();
}

// Whether all chunks are there and as they were written.
bool is_intact(const EventLog& log, const EndChunk& end) {
    Digest chain{};
    std::uint32_t chunks = 0;
    log.rows(Family::snapshots, row_key(end.snapshot, 0), row_key(end.snapshot, end_chunk),
             [&](std::string_view, std::string_view chunk) {
                 chain = chained(chain, chunk);
                 ++chunks;
                 return true;
             });
    return chunks == end.chunks && chain == end.chain;
}

}  // namespace

SnapshotWriter::SnapshotWriter(const Tables& tables)
    : tables_(tables),
      base_(tables.base()),
      workspaces_total_(tables.workspaces().size()),
      keys_total_(tables.keys().size()) {}

std::string SnapshotWriter::base_chunk() const {
    std::string chunk = "b";
    append_number(chunk, record_format_version);
    append_number(chunk, base_.next_seq);
    append_signed(chunk, base_.ledger_time.time_since_epoch().count());
    for (const StreamHead& head : base_.heads) {
        append_number(chunk, head.revision);
        chunk += view_of(head.leaf);
    }
    append_number(chunk, base_.runs.size());
    for (const auto& [node, run] : base_.runs) {
        append_number(chunk, node);
        append_number(chunk, run.boot);
        append_number(chunk, run.last_flush);
        append_signed(chunk, run.last_counted.time_since_epoch().count());
        append_number(chunk, run.stopped ? 1 : 0);
    }
    return chunk;
}

std::string SnapshotWriter::workspaces_chunk() {
    std::string chunk = "w";
    while (workspaces_done_ < workspaces_total_ && chunk.size() < snapshot_chunk_bytes) {
        append_workspace_record(chunk, *tables_.workspaces()[workspaces_done_++].state.load());
    }
    return chunk;
}

std::string SnapshotWriter::keys_chunk() {
    std::string chunk = "k";
    while (keys_done_ < keys_total_ && chunk.size() < snapshot_chunk_bytes) {
        const KeyEntry& entry = tables_.keys()[keys_done_++];
        const KeyState& state = *entry.state.load();
        append_facts(chunk, state);
        append_values(chunk, state);
        append_use(chunk, *entry.use.load());
        append_number(chunk, entry.rate.bits());
    }
    return chunk;
}

Row SnapshotWriter::chunk_row(std::uint32_t number, std::string chunk) {
    return {Family::snapshots, row_key(base_.next_seq, number), std::move(chunk)};
}

std::optional<Row> SnapshotWriter::next() {
    if (ended_) return {};
    std::string chunk;
    if (chunks_ == 0) {
        chunk = base_chunk();
    } else if (workspaces_done_ < workspaces_total_) {
        chunk = workspaces_chunk();
    } else if (keys_done_ < keys_total_) {
        chunk = keys_chunk();
    } else {
        ended_ = true;
        chunk = "e";
        append_u32(chunk, chunks_);
        append_u64(chunk, tables_.next_seq());
        chunk += view_of(chain_);
        return chunk_row(end_chunk, std::move(chunk));
    }
    chain_ = chained(chain_, chunk);
    return chunk_row(chunks_++, std::move(chunk));
}

std::uint64_t load_newest_snapshot(const EventLog& log, Tables& tables) {
    for (const Found& found : all_snapshots(log)) {
        const auto& end = found.end;
        if (!end || !is_usable(log, *end) || !is_intact(log, *end)) continue;
        bool loaded = true;
        log.rows(Family::snapshots, row_key(end->snapshot, 0), row_key(end->snapshot, end_chunk),
                 [&](std::string_view, std::string_view chunk) {
                     loaded = !chunk.empty() && load_chunk(chunk, tables);
                     return loaded;
                 });
        assert(loaded && "a chunk with the right hash reads as it was written");
        return tables.next_seq();
    }
    return 0;
}

std::uint64_t newest_snapshot(const EventLog& log) {
    for (const Found& found : all_snapshots(log)) {
        if (found.end && is_usable(log, *found.end)) return found.snapshot;
    }
    return 0;
}

std::optional<LogFault> drop_old_snapshots(EventLog& log, std::size_t keep) {
    std::size_t kept = 0;
    for (const Found& found : all_snapshots(log)) {
        if (found.end && kept < keep) {
            ++kept;
            continue;
        }
        if (auto fault = log.erase(Family::snapshots, row_key(found.snapshot, 0),
                                   row_key(found.snapshot, end_chunk) + '\0')) {
            return fault;
        }
    }
    return {};
}

}  // namespace keyledger
