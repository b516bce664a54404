#include "projections/use_tail.hpp"

#include "ledger/base/bytes.hpp"
#include "ledger/log/usage_counts.hpp"
#include "projections/index_rows.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace keyledger {
namespace {

constexpr std::size_t block_uses = 4096;
constexpr std::string_view end_row = "uses.end";

// The uses of one key are a run, oldest event first.
std::vector<RecordedUse> by_key(const UseTail::Blocks& blocks) {
    std::vector<RecordedUse> uses;
    for (const auto& block : blocks) uses.insert(uses.end(), block->begin(), block->end());
    std::ranges::stable_sort(uses, {}, &RecordedUse::key);
    return uses;
}

template <class Visit>
void each_key(std::span<RecordedUse> uses, const Visit& visit) {
    for (auto first = uses.begin(); first != uses.end();) {
        const auto end = std::find_if(
            first, uses.end(), [&](const RecordedUse& use) { return use.key != first->key; });
        visit(std::span(first, end));
        first = end;
    }
}

void write_history(std::span<const RecordedUse> uses, const EventLog::RowSink& sink) {
    const RecordedUse* before = nullptr;
    for (const RecordedUse& use : uses) {
        if (!before || before->seq != use.seq) {
            sink(Family::history, history_row_key(use.key, use.seq), "U");
        }
        before = &use;
    }
}

// A key's buckets of one width, in order.
void write_buckets(std::span<const RecordedUse> uses, BucketWidth width,
                   const EventLog::RowSink& sink) {
    UsageCounts sum;
    for (std::size_t i = 0; i < uses.size(); ++i) {
        const Timestamp start = bucket_start(uses[i].last, width);
        add(sum, uses[i]);
        if (i + 1 < uses.size() && bucket_start(uses[i + 1].last, width) == start) continue;
        sink(Family::usage, usage_row_key(uses[i].key, width, start), encode(sum));
        sum = {};
    }
}

void write_usage(std::span<RecordedUse> uses, const EventLog::RowSink& sink) {
    std::ranges::stable_sort(uses, {}, &RecordedUse::last);
    // In the order of their letters, which stand before the time in a row's key.
    for (const BucketWidth width : {BucketWidth::day, BucketWidth::hour, BucketWidth::minute}) {
        write_buckets(uses, width, sink);
    }
}

}  // namespace

void add(UsageCounts& counts, const RecordedUse& use) {
    counts.by_outcome[static_cast<std::size_t>(use.outcome)] += use.count;
    counts.cost += use.cost;
}

void UseTail::add(std::uint64_t seq, const KeysUsed& used) {
    if (seq < begin_) return;
    const std::scoped_lock lock(mutex_);
    for (const UseRow& row : used.rows) {
        open_.push_back({.key = row.key,
                         .seq = seq,
                         .last = row.last,
                         .cost = row.cost,
                         .count = row.count,
                         .outcome = row.outcome});
    }
    size_ += used.rows.size();
    if (open_.size() < block_uses) return;
    full_.push_back(std::make_shared<const Block>(std::move(open_)));
    open_ = {};
    open_.reserve(block_uses);
}

UseTail::Blocks UseTail::blocks() const {
    const std::scoped_lock lock(mutex_);
    Blocks blocks(full_.begin(), full_.end());
    if (!open_.empty()) blocks.push_back(std::make_shared<const Block>(open_));
    return blocks;
}

std::size_t UseTail::size() const {
    const std::scoped_lock lock(mutex_);
    return size_;
}

void UseTail::drop_before(std::uint64_t seq) {
    const std::scoped_lock lock(mutex_);
    // A block is as of one moment: the one that was open then may have been filled since.
    while (!full_.empty() && full_.front()->back().seq < seq) {
        size_ -= full_.front()->size();
        full_.pop_front();
    }
    const auto cut = [&](const Block& block) {
        const auto kept =
            std::ranges::find_if(block, [&](const RecordedUse& use) { return use.seq >= seq; });
        size_ -= static_cast<std::size_t>(kept - block.begin());
        return Block(kept, block.end());
    };
    if (full_.empty()) {
        open_ = cut(open_);
    } else {
        full_.front() = std::make_shared<const Block>(cut(*full_.front()));
    }
}

std::uint64_t use_rows_end(const EventLog& log) {
    const std::optional<std::string> row = log.row(Family::meta, end_row);
    return row && row->size() == 8 ? load_u64(*row) : 0;
}

Row use_rows_end_row(std::uint64_t end) {
    Row row{Family::meta, std::string(end_row), {}};
    append_u64(row.value, end);
    return row;
}

std::optional<LogFault> write_use_rows(EventLog& log, UseTail& tail) {
    const UseTail::Blocks blocks = tail.blocks();
    if (blocks.empty()) return {};
    const std::uint64_t end = blocks.back()->back().seq + 1;
    std::vector<RecordedUse> uses = by_key(blocks);
    const auto fault = log.ingest([&](const EventLog::RowSink& sink) {
        each_key(uses, [&](std::span<RecordedUse> key) { write_history(key, sink); });
        each_key(uses, [&](std::span<RecordedUse> key) { write_usage(key, sink); });
        sink(Family::meta, end_row, use_rows_end_row(end).value);
    });
    if (!fault) tail.drop_before(end);
    return fault;
}

}  // namespace keyledger
