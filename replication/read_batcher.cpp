#include "replication/read_batcher.hpp"

#include "ledger/rules/limits.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace keyledger {
namespace {

// No other filter is a lone word.
constexpr std::string_view folded_filter = "other";

void add(HistoryRead& sum, const HistoryRead& more) {
    if (sum.count == 0) {
        sum = more;
        return;
    }
    sum.from = std::min(sum.from, more.from);
    sum.until = std::max(sum.until, more.until);
    sum.events += more.events;
    sum.count += more.count;
    sum.last = std::max(sum.last, more.last);
}

}  // namespace

// Where a read begins and ends does not set it apart: a poller moves on.
ReadBatcher::Fold ReadBatcher::fold_of(const Actor& actor, const HistoryRead& read) {
    return {actor.id, actor.address.value, read.route, read.of_key, read.of_workspace, read.filter};
}

void ReadBatcher::note(const Actor& actor, HistoryRead read, Timestamp now) {
    read.count = 1;
    read.first = read.last = now;
    Fold fold = fold_of(actor, read);
    const std::scoped_lock lock(mutex_);
    std::size_t& kept_apart = folds_of_[actor.id];
    if (kept_apart >= folded_reads_max && !folds_.contains(fold)) {
        read.of_key = {};
        read.of_workspace.clear();
        read.filter = folded_filter;
        fold = fold_of(actor, read);
    }
    const auto [place, is_new] = folds_.try_emplace(std::move(fold));
    if (is_new) {
        ++kept_apart;
        place->second.hour = window_index(now, reads_folded_for);
        has_new_ = true;
    }
    add(place->second.read, read);
}

std::vector<ActorReads> ReadBatcher::take(Timestamp now) {
    return taken(now, false);
}

std::vector<ActorReads> ReadBatcher::take_all() {
    return taken({}, true);
}

std::vector<ActorReads> ReadBatcher::taken(Timestamp now, bool all) {
    std::vector<ActorReads> taken;
    const std::scoped_lock lock(mutex_);
    const std::int64_t hour = window_index(now, reads_folded_for);
    if (!all && !has_new_ && hour == looked_at_) return taken;
    has_new_ = false;
    looked_at_ = hour;
    for (auto fold = folds_.begin(); fold != folds_.end();) {
        Folded& folded = fold->second;
        const bool is_over = all || folded.hour < hour;
        if (folded.read.count > 0 && (is_over || folded.stated == 0)) {
            Actor actor{.kind = ActorKind::admin_key,
                        .id = std::get<0>(fold->first),
                        .address = std::get<1>(fold->first)};
            if (taken.empty() || taken.back().actor != actor) {
                taken.push_back({std::move(actor), {}});
            }
            taken.back().reads.push_back(std::exchange(folded.read, {}));
            folded.stated += 1;
        }
        if (!is_over) {
            ++fold;
            continue;
        }
        const auto count = folds_of_.find(std::get<0>(fold->first));
        if (--count->second == 0) folds_of_.erase(count);
        fold = folds_.erase(fold);
    }
    return taken;
}

}  // namespace keyledger
