#include "replication/head_sealer.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <variant>

namespace keyledger {
namespace {

// A checkpoint over all that was sealed has come by then.
constexpr std::chrono::seconds covered_within{2};

std::map<KeyId, StreamTip> tips_of(const Tables& tables) {
    std::map<KeyId, StreamTip> tips;
    for (const KeyEntry& entry : tables.keys()) {
        const KeyUse& use = *entry.use.load();
        tips[entry.id] = {.key = entry.id,
                          .revision = entry.state.load()->revision,
                          .last_seq = use.last_seq,
                          .total = use.total};
    }
    return tips;
}

}  // namespace

HeadSealer::HeadSealer(const EventLog& log, const Tables& tables, Sequencer& sequencer,
                       Duration interval, std::function<void(const LogFault&)> on_fault)
    : log_(log),
      tables_(tables),
      sequencer_(sequencer),
      interval_(interval),
      on_fault_(std::move(on_fault)) {
    keeper_.emplace(tips_of(tables), tables.applied() + 1);
}

HeadSealer::~HeadSealer() {
    if (thread_.joinable()) stop();
}

void HeadSealer::start() {
    thread_ = std::thread([this] { run(); });
}

void HeadSealer::stop() {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

std::shared_ptr<const SealedHeads> HeadSealer::sealed(std::uint64_t size) const {
    const std::scoped_lock lock(mutex_);
    for (auto sealed = sealed_.rbegin(); sealed != sealed_.rend(); ++sealed) {
        if (sealed->heads->seq < size) return sealed->heads;
    }
    return nullptr;
}

void HeadSealer::run() {
    bool first = true;
    for (;;) {
        if (!follow()) return;
        if (first || keeper_->is_changed()) seal();
        first = false;
        std::unique_lock lock(mutex_);
        if (wake_.wait_for(lock, interval_, [this] { return stopping_; })) return;
    }
}

// Reads what was applied meanwhile; false after a fault.
bool HeadSealer::follow() {
    const std::uint64_t until = tables_.applied() + 1;
    const std::unique_ptr<EventCursor> cursor = log_.scan(keeper_->next_seq());
    LeafLinks links;
    while (keeper_->next_seq() < until) {
        const auto item = cursor->next();
        if (!item || item->seq != keeper_->next_seq() || !read_links(item->leaf, links)) {
            on_fault_(cursor->fault().value_or(LogFault{
                "event seq=" + std::to_string(keeper_->next_seq()) + " can't be read back"}));
            return false;
        }
        keeper_->add(links);
    }
    return true;
}

// What is sealed is published once its event is in the ledger.
void HeadSealer::seal() {
    auto sealed = std::make_shared<SealedHeads>(
        SealedHeads{.heads = keeper_->seal(), .at_seq = keeper_->next_seq() - 1, .seq = 0});
    const StreamHeadsSealed event{
        .root = sealed->heads->root(), .keys = sealed->heads->keys(), .at_seq = sealed->at_seq};
    sequencer_.submit_own(SealStreamHeads{event}, [this, sealed](const Submitted& submitted) {
        const auto* receipt = std::get_if<Receipt>(&submitted);
        if (!receipt) return;
        sealed->seq = receipt->seq;
        const auto now = std::chrono::steady_clock::now();
        const std::scoped_lock lock(mutex_);
        sealed_.push_back({now, sealed});
        while (sealed_.size() > 1 && now - sealed_[1].since >= covered_within) sealed_.pop_front();
    });
}

}  // namespace keyledger
