#include "projections/reclaimer.hpp"

#include <algorithm>
#include <bitset>
#include <cassert>
#include <mutex>

namespace keyledger {
namespace {

// A thread has one slot number for its life; the number goes back when the thread ends.
class SlotNumber {
public:
    SlotNumber() {
        const std::scoped_lock lock(mutex);
        while (taken[number_]) ++number_;
        assert(number_ < reader_threads_max);
        taken[number_] = true;
    }
    ~SlotNumber() {
        const std::scoped_lock lock(mutex);
        taken[number_] = false;
    }
    std::size_t number() const { return number_; }

private:
    static std::mutex mutex;
    static std::bitset<reader_threads_max + 1> taken;
    std::size_t number_ = 0;
};

std::mutex SlotNumber::mutex;
std::bitset<reader_threads_max + 1> SlotNumber::taken;

std::size_t own_slot() {
    thread_local const SlotNumber slot;
    return slot.number();
}

}  // namespace

Reclaimer::Reclaimer() : slots_(std::make_unique<Slot[]>(reader_threads_max)) {}

Reclaimer::~Reclaimer() {
    for (const Retired& retired : retired_) retired.destroy(retired.object);
}

void Reclaimer::retire(const void* object, void (*destroy)(const void*)) {
    retired_.push_back({epoch_.load(), object, destroy});
}

// A reader enters by storing the epoch that it saw and then loads pointers; all of it is
// sequentially consistent. A reader whose slot is seen as 0 here stores later, and so loads the
// newer pointers.
void Reclaimer::collect() {
    if (retired_.empty()) return;
    const std::uint64_t now = epoch_.fetch_add(1) + 1;
    std::uint64_t oldest = now;
    for (std::size_t i = 0; i < reader_threads_max; ++i) {
        const std::uint64_t entered = slots_[i].epoch.load();
        if (entered != 0) oldest = std::min(oldest, entered);
    }
    const auto still_seen = std::partition_point(
        retired_.begin(), retired_.end(), [&](const Retired& r) { return r.epoch < oldest; });
    for (auto it = retired_.begin(); it != still_seen; ++it) it->destroy(it->object);
    retired_.erase(retired_.begin(), still_seen);
}

ReadGuard::ReadGuard(const Reclaimer& reclaimer) : entered_(&reclaimer.slots_[own_slot()].epoch) {
    if (entered_->load(std::memory_order_relaxed) != 0) {
        entered_ = nullptr;
        return;
    }
    entered_->store(reclaimer.epoch_.load());
}

ReadGuard::~ReadGuard() {
    if (entered_) entered_->store(0, std::memory_order_release);
}

}  // namespace keyledger
