#include "projections/verify.hpp"

#include "ledger/proof/tiles.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace keyledger {
namespace {

constexpr std::uint64_t progress_every = 65'536;

Flaw at(std::uint64_t seq, std::string what) {
    return {seq, std::move(what)};
}

// Which leaf of a tile of level 0 is another one than the event; `end` is behind the tile's last.
Flaw difference(const Row& made, const std::optional<std::string>& stored, std::uint64_t end) {
    if (!stored || stored->size() != made.value.size())
        return {std::nullopt,
                "a tile of the tree is missing or damaged, size=" + std::to_string(end)};
    const bool of_leaves = made.key == tile_row_key(0, end / tile_width_max - 1);
    const auto [mine, theirs] =
        std::mismatch(made.value.begin(), made.value.end(), stored->begin());
    const auto place = static_cast<std::uint64_t>(mine - made.value.begin()) / sizeof(Digest);
    if (of_leaves) return at(end - tile_width_max + place, not_in_tree);
    return {std::nullopt,
            "the tree beside the events is not theirs at size=" + std::to_string(end)};
}

// What of the tree beside the events is not that of all of them.
std::optional<Flaw> compare_end(const EventLog& log, const LedgerCheck& check) {
    const auto range = range_beside(log);
    if (!range || range->head() != check.head())
        return Flaw{std::nullopt, "the range of the tree is not that of the events"};
    for (unsigned level = 0; level < tile_levels_max; ++level) {
        const std::uint64_t next = full_tiles_count(level, check.size());
        if (log.row(Family::tree, tile_row_key(level, next)))
            return Flaw{std::nullopt, "the tree has a tile beyond the events"};
    }
    return {};
}

// A flaw of many events, named by the first of them that may be another one. All full tiles were
// compared before.
Flaw narrowed(Flaw wrong, const EventLog& log) {
    const auto doubted = wrong.seq ? std::nullopt : first_doubted(log);
    return doubted ? at(doubted->begin, wrong_with(*doubted)) : wrong;
}

}  // namespace

std::string to_text(const Flaw& flaw) {
    if (!flaw.seq) return flaw.what;
    return "event seq=" + std::to_string(*flaw.seq) + " " + flaw.what;
}

LedgerCheck::LedgerCheck(std::vector<TreeHead> published) : published_(std::move(published)) {
    std::ranges::sort(published_, {}, &TreeHead::size);
}

std::optional<Flaw> LedgerCheck::add(std::string_view leaf,
                                     std::optional<std::string_view> personal,
                                     std::vector<Row>& tiles) {
    const std::uint64_t seq = tree_.size();
    if (auto wrong = compare_published()) return wrong;
    if (!read_links(leaf, links_)) return at(seq, "holds bytes that are no event");
    if (personal) {
        const std::optional<std::size_t> values = committed_values(leaf, *personal);
        if (!values) return at(seq, "has personal values that it does not commit to");
        if (*values != links_.commitments)
            return at(seq, "commits to personal values that are not there");
    }
    const Digest hash = leaf_hash(leaf);
    if (const char* wrong = chains_.add(links_, hash)) return at(seq, wrong);
    if (const char* wrong = seals_.add(links_)) return at(seq, wrong);
    tree_.append(hash, tiles);
    return {};
}

// The trees of the size that is reached.
std::optional<Flaw> LedgerCheck::compare_published() {
    while (compared_ < published_.size() && published_[compared_].size == tree_.size()) {
        if (tree_.head() != published_[compared_])
            return Flaw{std::nullopt, "the first " + std::to_string(tree_.size()) +
                                          " events are not those that were signed"};
        compared_ += 1;
    }
    return {};
}

std::optional<Flaw> LedgerCheck::finish() {
    if (auto wrong = compare_published()) return wrong;
    if (compared_ == published_.size()) return {};
    return at(size(), "is missing: " + std::to_string(published_.back().size) +
                          " events were signed, there are " + std::to_string(size()));
}

Verification verify_log(const EventLog& log, std::vector<TreeHead> published,
                        const Progress& progress) {
    const std::uint64_t total = log.next_seq();
    LedgerCheck check(std::move(published));
    std::optional<Flaw> wrong;
    const std::unique_ptr<EventCursor> cursor = log.scan(0);
    std::vector<Row> tiles;
    while (!wrong) {
        const auto item = cursor->next();
        if (!item) break;
        wrong = item->seq == check.size() ? check.add(item->leaf, item->personal, tiles)
                                          : at(check.size(), "is missing");
        for (const Row& tile : tiles) {
            const auto stored = log.row(tile.family, tile.key);
            if (!wrong && stored != tile.value) wrong = difference(tile, stored, check.size());
        }
        tiles.clear();
        if (check.size() % progress_every == 0 && progress) progress(check.size(), total);
    }
    if (!wrong && cursor->fault())
        wrong = at(check.size(), "can't be read: " + cursor->fault()->what);
    if (!wrong && check.size() < total) wrong = at(check.size(), "is missing");
    if (!wrong) wrong = check.finish();
    if (!wrong) wrong = compare_end(log, check);
    if (wrong) wrong = narrowed(std::move(*wrong), log);
    return {check.head(), check.chains().keys().size(), std::move(wrong)};
}

}  // namespace keyledger
