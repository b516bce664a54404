#include "replication/use_batcher.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <atomic>
#include <bitset>
#include <cstddef>
#include <functional>
#include <iterator>
#include <span>
#include <string>
#include <thread>
#include <tuple>
#include <utility>

namespace keyledger {
namespace {

constexpr std::string_view other_scope = "other";

// Checks with the same fold are one row.
struct Fold {
    const KeyEntry* key;
    std::uint32_t secret_version;
    Outcome outcome;
    std::uint64_t texts;  // hash of scope and resource
    friend bool operator==(const Fold&, const Fold&) = default;
};

struct FoldHash {
    using is_avalanching = void;
    std::size_t operator()(const Fold& fold) const noexcept {
        const auto address = reinterpret_cast<std::uintptr_t>(fold.key);
        std::uint64_t hash = (address ^ fold.texts ^ fold.secret_version) * 0x9e3779b97f4a7c15U;
        hash ^= hash >> 32;
        return (hash + static_cast<std::uint64_t>(fold.outcome)) * 0xd6e8feb86659fd93U;
    }
};

using Counts = boost::unordered_flat_map<Fold, UseRow, FoldHash>;

std::uint64_t hash_of(std::string_view scope, std::string_view resource) {
    const std::hash<std::string_view> hash;
    return hash(scope) * 31 + hash(resource);
}

void add(UseRow& row, const UseRow& more) {
    row.count += more.count;
    row.spent += more.spent;
    row.first = std::min(row.first, more.first);
    row.last = std::max(row.last, more.last);
}

UseRow row_of(const CountedUse& use, std::string_view scope, std::string_view resource) {
    UseRow row;
    row.key = use.key->id;
    row.secret_version = use.secret_version;
    row.outcome = use.outcome;
    row.scope = scope;
    row.resource = resource;
    row.count = 1;
    row.spent = use.spends ? 1 : 0;
    row.first = row.last = use.time;
    return row;
}

// The rows of one key, those that say most first. Where they are too many, the last ones become one
// row an outcome.
void append_folded(std::vector<UseRow>& out, std::span<UseRow> rows) {
    std::bitset<256> outcomes;
    for (const UseRow& row : rows) outcomes.set(static_cast<std::size_t>(row.outcome));
    const bool fits = rows.size() <= use_rows_per_key_max;
    const std::size_t kept = fits ? rows.size() : use_rows_per_key_max - outcomes.count();
    out.insert(out.end(), rows.begin(), rows.begin() + std::ptrdiff_t(kept));
    const auto others = static_cast<std::ptrdiff_t>(out.size());
    for (UseRow& row : rows.subspan(kept)) {
        const auto same = std::find_if(out.begin() + others, out.end(), [&](const UseRow& other) {
            return other.outcome == row.outcome;
        });
        if (same != out.end()) {
            add(*same, row);
            continue;
        }
        row.scope = other_scope;
        row.resource.clear();
        out.push_back(std::move(row));
    }
}

}  // namespace

struct UseBatcher::Shard {
    std::atomic_flag busy;
    Counts counts;
    std::vector<UseRow> each;

    void lock() {
        while (busy.test_and_set(std::memory_order_acquire)) std::this_thread::yield();
    }
    void unlock() { busy.clear(std::memory_order_release); }
};

UseBatcher::UseBatcher(std::size_t threads, UsageDetail detail) : detail_(detail) {
    for (std::size_t i = 0; i < threads; ++i) shards_.push_back(std::make_unique<Shard>());
}

UseBatcher::~UseBatcher() = default;

void UseBatcher::count(std::size_t thread, const CountedUse& use) {
    const bool allowed = use.outcome == Outcome::valid;
    std::string_view scope = use.scope;
    std::string_view resource = allowed ? use.resource : std::string_view{};
    Shard& shard = *shards_[thread];
    shard.lock();
    if (detail_ == UsageDetail::each && shard.each.size() < use_rows_per_thread_max) {
        UseRow& row = shard.each.emplace_back(row_of(use, scope, resource));
        if (use.address) row.address = to_text(*use.address);
        shard.unlock();
        return;
    }
    if (shard.counts.size() >= use_rows_per_thread_max) {
        scope = other_scope;
        resource = {};
    }
    const Fold fold{use.key, use.secret_version, use.outcome, hash_of(scope, resource)};
    const auto found = shard.counts.find(fold);
    if (found == shard.counts.end()) {
        shard.counts.emplace(fold, row_of(use, scope, resource));
    } else {
        UseRow& row = found->second;
        row.count += 1;
        row.spent += use.spends ? 1 : 0;
        row.first = std::min(row.first, use.time);
        row.last = std::max(row.last, use.time);
    }
    shard.unlock();
}

std::vector<UseRow> UseBatcher::take() {
    std::vector<UseRow> each;
    Counts merged;
    for (const auto& shard : shards_) {
        Counts counts;
        std::vector<UseRow> single;
        shard->lock();
        std::swap(counts, shard->counts);
        std::swap(single, shard->each);
        shard->unlock();
        std::ranges::move(single, std::back_inserter(each));
        for (auto& [fold, row] : counts) {
            const auto [place, is_new] = merged.try_emplace(fold, row);
            if (!is_new) add(place->second, row);
        }
    }
    std::vector<UseRow> rows;
    rows.reserve(merged.size());
    for (auto& [fold, row] : merged) rows.push_back(std::move(row));
    // The rows that say most come first, in an order that does not depend on where keys lie.
    std::ranges::sort(rows, [](const UseRow& a, const UseRow& b) {
        return std::tie(a.key, b.count, a.outcome, a.scope, a.resource, a.secret_version) <
               std::tie(b.key, a.count, b.outcome, b.scope, b.resource, b.secret_version);
    });
    std::vector<UseRow> folded;
    for (auto first = rows.begin(); first != rows.end();) {
        const auto last = std::find_if(first, rows.end(),
                                       [&](const UseRow& row) { return row.key != first->key; });
        append_folded(folded, {first, last});
        first = last;
    }
    std::ranges::move(each, std::back_inserter(folded));
    return folded;
}

}  // namespace keyledger
