#include "replication/raft_disk.hpp"

#include "ledger/base/bytes.hpp"
#include "replication/raft_rows.hpp"

#include <array>
#include <cassert>
#include <utility>

namespace keyledger {

namespace {

LogFault fault_of(std::string what) {
    return {"read the Raft log: " + std::move(what)};
}

LogFault entry_fault(std::uint64_t index, const char* what) {
    return fault_of("entry " + std::to_string(index) + " " + what);
}

RowRange entries_range(std::uint64_t from, std::uint64_t until) {
    return {Family::raft, entry_key(from), entry_key(until)};
}

}  // namespace

RaftWrite RaftDisk::create(const RaftSnapshot& first, std::uint64_t next_seq) {
    const Bounds bounds{
        .base_index = first.index, .base_term = first.term, .last_index = first.index};
    const HardState promised{.term = first.term, .vote = no_node, .commit = first.index};
    RaftWrite write{.changes = {}, .durability = Durability::synced};
    write.changes.written = {row_of(bounds), hard_state_row(promised),
                             members_row(first.members, first.index),
                             numbers_row(applied_key, {first.index, next_seq})};
    return write;
}

std::variant<RaftDisk, LogFault> RaftDisk::open(const EventLog& log) {
    RaftDisk disk(log);
    if (auto fault = disk.read_rows()) return *fault;
    auto entries = disk.read_entries();
    if (const auto* fault = std::get_if<LogFault>(&entries)) return *fault;
    return disk;
}

std::optional<LogFault> RaftDisk::read_rows() {
    std::array<std::string, 4> values;
    for (std::size_t i = 0;
         const std::string_view key : {bounds_key, hard_state_key, members_key, applied_key}) {
        auto value = log_->row(Family::raft, key);
        if (!value) return fault_of(std::string(key) + " is missing");
        values[i++] = std::move(*value);
    }
    const auto& [bounds, hard_state, members, applied] = values;

    const auto numbers = decode_numbers<3>(bounds_key, bounds);
    if (!numbers) return fault_of("bounds is damaged");
    bounds_ = {
        .base_index = (*numbers)[0], .base_term = (*numbers)[1], .last_index = (*numbers)[2]};
    if (bounds_.last_index < bounds_.base_index) return fault_of("bounds is damaged");

    const auto promised = decode_numbers<3>(hard_state_key, hard_state);
    if (!promised) return fault_of("hard_state is damaged");
    hard_state_ = {
        .term = (*promised)[0], .vote = NodeId{(*promised)[1]}, .commit = (*promised)[2]};

    auto known = decode_members(members);
    if (!known) return fault_of("members is damaged");
    members_ = std::move(known->members);
    members_index_ = known->index;

    const auto state = decode_numbers<2>(applied_key, applied);
    if (!state) return fault_of("applied is damaged");
    applied_index_ = (*state)[0];
    applied_next_seq_ = (*state)[1];
    return std::nullopt;
}

std::variant<std::vector<RaftEntry>, LogFault> RaftDisk::read_entries() const {
    std::vector<RaftEntry> entries;
    std::optional<LogFault> fault;
    std::uint64_t index = bounds_.base_index + 1;
    std::uint64_t term = bounds_.base_term;
    const auto take = [&](std::string_view key, std::string_view value) {
        const std::uint64_t found = index_of(key);
        if (found < index)
            fault = entry_fault(found, "should be gone");
        else if (found > bounds_.last_index)
            fault = entry_fault(found, "is behind the last");
        else if (found > index)
            fault = entry_fault(index, "is missing");
        if (fault) return false;
        auto entry = decode_entry(key, value);
        if (!entry || entry->term < term) {
            fault = entry_fault(index, "is damaged");
            return false;
        }
        ++index;
        term = entry->term;
        entries.push_back(std::move(*entry));
        return true;
    };
    log_->rows(Family::raft, entries_begin, entries_end, take);
    // Behind the last are none as well where the log stopped reading at a damaged file.
    if (!fault && index != bounds_.last_index + 1) fault = entry_fault(index, "is missing");
    if (fault) return *fault;
    return entries;
}

std::variant<RaftStored, LogFault> RaftDisk::load(std::uint64_t applied) const {
    auto entries = read_entries();
    if (auto* fault = std::get_if<LogFault>(&entries)) return std::move(*fault);
    if (members_index_ > applied)
        return fault_of("members are those of " + std::to_string(members_index_) + ", and " +
                        std::to_string(applied) + " is applied");
    return RaftStored{.hard_state = hard_state_,
                      .base_index = bounds_.base_index,
                      .base_term = bounds_.base_term,
                      .members = members_,
                      .entries = std::get<std::vector<RaftEntry>>(std::move(entries)),
                      .applied = applied};
}

RaftWrite RaftDisk::store(const RaftReady& ready) {
    RaftWrite write{.changes = {},
                    .durability = ready.must_sync ? Durability::synced : Durability::deferred};
    RowChanges& changes = write.changes;
    if (ready.snapshot) {
        const auto& [index, term, members] = *ready.snapshot;
        changes.erased.push_back(entries_range(bounds_.base_index + 1, bounds_.last_index + 1));
        bounds_ = {.base_index = index, .base_term = term, .last_index = index};
        changes.written.push_back(store_members(members, index));
    }
    if (ready.hard_state) {
        hard_state_ = *ready.hard_state;
        changes.written.push_back(hard_state_row(hard_state_));
    }
    if (!ready.entries.empty()) put_entries(ready.entries, changes);
    if (ready.snapshot || !ready.entries.empty()) changes.written.push_back(row_of(bounds_));
    return write;
}

void RaftDisk::put_entries(const std::vector<RaftEntry>& entries, RowChanges& changes) {
    const std::uint64_t first = entries.front().index, last = entries.back().index;
    assert(first > bounds_.base_index && first <= bounds_.last_index + 1);
    assert(last == first + entries.size() - 1);
    // What they don't write over, but replace.
    if (last < bounds_.last_index)
        changes.erased.push_back(entries_range(last + 1, bounds_.last_index + 1));
    for (const RaftEntry& entry : entries) changes.written.push_back(entry_row(entry));
    bounds_.last_index = last;
}

Row RaftDisk::store_members(const Members& members, std::uint64_t index) {
    members_ = members;
    members_index_ = index;
    return members_row(members, index);
}

Row RaftDisk::store_applied(std::uint64_t index, std::uint64_t next_seq) {
    applied_index_ = index;
    applied_next_seq_ = next_seq;
    return numbers_row(applied_key, {index, next_seq});
}

std::variant<RaftWrite, LogFault> RaftDisk::compact(std::uint64_t through) {
    assert(through > bounds_.base_index && through <= bounds_.last_index);
    const std::string key = entry_key(through);
    const auto value = log_->row(Family::raft, key);
    if (!value) return entry_fault(through, "is missing");
    const auto entry = decode_entry(key, *value);
    if (!entry) return entry_fault(through, "is damaged");

    RaftWrite write;
    write.changes.erased.push_back(entries_range(bounds_.base_index + 1, through + 1));
    bounds_.base_index = through;
    bounds_.base_term = entry->term;
    write.changes.written.push_back(row_of(bounds_));
    return write;
}

Row RaftDisk::row_of(const Bounds& bounds) {
    return numbers_row(bounds_key, {bounds.base_index, bounds.base_term, bounds.last_index});
}

}  // namespace keyledger
