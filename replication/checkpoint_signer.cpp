#include "replication/checkpoint_signer.hpp"

#include "ledger/proof/signed_note.hpp"

#include <chrono>
#include <memory>
#include <utility>

namespace keyledger {
namespace {

constexpr std::chrono::seconds interval{1};

}  // namespace

CheckpointSigner::CheckpointSigner(const EventLog& log, const Tables& tables, const SignerKey& key,
                                   std::string file, CompactRange signed_before,
                                   std::function<void(const LogFault&)> on_fault)
    : log_(log),
      tables_(tables),
      key_(key),
      file_(std::move(file)),
      range_(std::move(signed_before)),
      on_fault_(std::move(on_fault)),
      signed_size_(range_.size()) {}

CheckpointSigner::~CheckpointSigner() {
    if (thread_.joinable()) stop();
}

void CheckpointSigner::start() {
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

void CheckpointSigner::run() {
    bool last = false;
    while (!last) {
        {
            std::unique_lock lock(mutex_);
            last = wake_.wait_for(lock, interval, [&] { return stopping_; });
        }
        // All that is applied is in a log that a finished sync has covered.
        sign_up_to(tables_.applied() + 1);
    }
}

void CheckpointSigner::sign_up_to(std::uint64_t size) {
    if (size <= range_.size()) return;
    const std::unique_ptr<EventCursor> cursor = log_.scan(range_.size());
    while (range_.size() < size) {
        const auto item = cursor->next();
        if (!item || item->seq != range_.size()) {
            on_fault_(cursor->fault().value_or(LogFault{
                "event seq=" + std::to_string(range_.size()) + " can't be read back"}));
            return;
        }
        range_.append(leaf_hash(item->leaf));
    }
    const std::optional<CompactRange> beside = stored_range(log_, size);
    if (!beside || beside->root() != range_.root()) {
        on_fault_({"the tree beside the events is not theirs at size=" + std::to_string(size)});
        return;
    }
    const SignedNote note = sign_checkpoint(range_.head(), key_);
    if (const auto fault = write_checkpoint_file(file_, note)) {
        on_fault_(*fault);
        return;
    }
    signed_size_.store(size);
}

std::optional<std::string> contradiction(const EventLog& log, const TreeHead& checkpoint) {
    const std::string size = std::to_string(checkpoint.size);
    if (checkpoint.size > log.next_seq()) {
        return "events are missing: the last checkpoint says size=" + size + ", the log holds " +
               std::to_string(log.next_seq());
    }
    const std::optional<CompactRange> range = stored_range(log, checkpoint.size);
    if (!range) return "the tree of the last checkpoint, size=" + size + ", can't be read";
    if (range->root() == checkpoint.root) return {};
    return "the first " + size + " events are not those of the last checkpoint";
}

}  // namespace keyledger
