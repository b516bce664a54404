#include "replication/checkpoint_signer.hpp"

#include "ledger/proof/signed_note.hpp"

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

namespace keyledger {
namespace {

// An event waits for the one under way, this long, and its own: less than a second in all.
constexpr std::chrono::milliseconds interval{500};
constexpr std::chrono::minutes signed_again_after{1};

LogFault not_theirs(std::uint64_t size) {
    return {"the tree beside the events is not theirs at size=" + std::to_string(size)};
}

}  // namespace

CheckpointSigner::CheckpointSigner(const EventLog& log, const Tables& tables,
                                   const SigningKeys& keys, const Clock& clock,
                                   CheckpointPlaces places, PublishedCheckpoint before,
                                   std::function<void(const LogFault&)> on_fault)
    : log_(log),
      tables_(tables),
      keys_(keys),
      clock_(clock),
      places_(std::move(places)),
      tree_(before.tree),
      on_fault_(std::move(on_fault)),
      published_(std::make_shared<const PublishedCheckpoint>(std::move(before))) {}

CheckpointSigner::~CheckpointSigner() {
    if (thread_.joinable()) stop();
}

void CheckpointSigner::start() {
    sign_what_is_applied();
    thread_ = std::thread([this] { run(); });
}

void CheckpointSigner::stop() {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

std::shared_ptr<const PublishedCheckpoint> CheckpointSigner::published() const {
    const std::scoped_lock lock(mutex_);
    return published_;
}

void CheckpointSigner::run() {
    auto signed_at = std::chrono::steady_clock::now();
    bool last = false;
    while (!last) {
        {
            std::unique_lock lock(mutex_);
            last = wake_.wait_for(lock, interval, [&] { return stopping_; });
        }
        const bool is_new = sign_what_is_applied();
        const auto now = std::chrono::steady_clock::now();
        if (!is_new && now - signed_at < signed_again_after) continue;
        if (!is_new && !failed_) sign();
        signed_at = now;
    }
}

// All that is applied is in a log that a finished sync has covered. The range beside the newest
// event says what its root must be, unless a batch is just being applied: then only its tiles do,
// and the next checkpoint's range.
bool CheckpointSigner::sign_what_is_applied() {
    if (failed_) return false;
    const std::optional<CompactRange> beside = range_beside(log_);
    const std::uint64_t applied = tables_.applied() + 1;
    const bool is_applied = beside && beside->size() <= applied;
    const std::uint64_t size = is_applied ? beside->size() : applied;
    if (size <= tree_.size()) return false;
    auto fault = read_back(size);
    if (!fault && is_applied && beside->root() != tree_.head().root) fault = not_theirs(size);
    if (fault) {
        failed_ = true;
        on_fault_(*fault);
        return false;
    }
    sign();
    return true;
}

// Grows the tree by events as the log gives them now, and holds the tiles beside them to it.
std::optional<LogFault> CheckpointSigner::read_back(std::uint64_t size) {
    const std::unique_ptr<EventCursor> cursor = log_.scan(tree_.size());
    std::vector<Row> tiles;
    while (tree_.size() < size) {
        const auto item = cursor->next();
        if (!item || item->seq != tree_.size()) {
            return cursor->fault().value_or(
                LogFault{"event seq=" + std::to_string(tree_.size()) + " can't be read back"});
        }
        tree_.append(leaf_hash(item->leaf), tiles);
        for (const Row& tile : tiles) {
            if (log_.row(tile.family, tile.key) == tile.value) continue;
            return not_theirs(tree_.size());
        }
        tiles.clear();
    }
    return {};
}

void CheckpointSigner::sign() {
    const SignedNote note = sign_checkpoint(tree_.head(), keys_, clock_.now());
    if (const auto fault = write_checkpoint_file(places_.file, note)) {
        on_fault_(*fault);
        return;
    }
    if (!places_.copy.empty()) {
        if (const auto fault = write_checkpoint_file(places_.copy, note)) {
            places_.on_copy_fault(*fault);
        }
    }
    auto published = std::make_shared<const PublishedCheckpoint>(
        PublishedCheckpoint{.note = to_text(note), .head = tree_.head(), .tree = tree_});
    const std::scoped_lock lock(mutex_);
    published_.swap(published);
}

std::optional<std::string> contradiction(const EventLog& log, const TreeHead& checkpoint) {
    const std::string size = std::to_string(checkpoint.size);
    if (checkpoint.size > log.next_seq()) {
        return "event seq=" + std::to_string(log.next_seq()) + " is missing: the last checkpoint " +
               "covers " + size + " events";
    }
    const std::optional<CompactRange> range = stored_range(log, checkpoint.size);
    if (!range) return "the tree of the last checkpoint, size=" + size + ", can't be read";
    if (range->root() == checkpoint.root) return {};
    return "the first " + size + " events are not those of the last checkpoint";
}

}  // namespace keyledger
