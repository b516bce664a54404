#pragma once
// Verifies a whole ledger from its bytes alone: every hash, the tree beside the events, the chains
// of all streams, what was sealed and what was signed. Changes nothing.

#include "ledger/log/event_log.hpp"
#include "ledger/log/export_directory.hpp"  // Progress
#include "ledger/log/tree_rows.hpp"
#include "ledger/proof/merkle_tree.hpp"
#include "projections/chains.hpp"
#include "projections/seal_check.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

// What does not hold.
struct Flaw {
    std::optional<std::uint64_t> seq;  // the first event that it is about; nothing: of none alone
    std::string what;
};

// "event seq=7 holds another seq".
std::string to_text(const Flaw& flaw);

// Takes in the events of a ledger, one after the other, and holds them to each other and to the
// trees that were signed. Lives on one thread.
class LedgerCheck {
public:
    // `published` are trees that the ledger must extend.
    explicit LedgerCheck(std::vector<TreeHead> published);

    // The next event. `personal` is what is kept beside it; nothing where that is not known, as in
    // an export.
    // The tiles that it completes are appended to `tiles`. Of no use after a flaw.
    std::optional<Flaw> add(std::string_view leaf, std::optional<std::string_view> personal,
                            std::vector<Row>& tiles);
    // After the last one: whether all that was signed is there.
    std::optional<Flaw> finish();

    std::uint64_t size() const { return tree_.size(); }
    TreeHead head() const { return tree_.head(); }
    const TreeWriter& tree() const { return tree_; }
    const Chains& chains() const { return chains_; }

private:
    std::optional<Flaw> compare_published();

    std::vector<TreeHead> published_;  // by size
    std::size_t compared_ = 0;         // of those
    TreeWriter tree_;
    Chains chains_;
    SealCheck seals_;
    LeafLinks links_;
};

struct Verification {
    TreeHead head;
    std::size_t keys = 0;
    std::optional<Flaw> wrong;  // the first
};

// `progress(done, total)` is called now and then. Any thread; the log may be open for reading
// alone.
Verification verify_log(const EventLog& log, std::vector<TreeHead> published,
                        const Progress& progress = {});

}  // namespace keyledger
