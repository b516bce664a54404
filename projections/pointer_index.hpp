#pragma once
// A hash index that one thread fills and any number read without a lock.

#include "projections/reclaimer.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace keyledger {

// Open addressing over (hash, node). Nothing is ever taken out; nodes belong to the caller and
// stay. `insert` is for the writer; `find` for any thread that holds a ReadGuard. The caller's
// hashes must spread well: their low bits are used as they are.
template <class Node>
class PointerIndex {
public:
    explicit PointerIndex(Reclaimer& reclaimer, std::size_t slots = 1024)
        : reclaimer_(reclaimer), array_(new Array(slots)) {}
    ~PointerIndex() { delete array_.load(); }
    PointerIndex(const PointerIndex&) = delete;
    PointerIndex& operator=(const PointerIndex&) = delete;

    // The first node with that hash for which `matches(node)` is true, or null.
    template <class Matches>
    Node* find(std::uint64_t hash, const Matches& matches) const {
        const Array& array = *array_.load();
        for (std::size_t i = hash & array.mask;; i = (i + 1) & array.mask) {
            Node* node = array.slots[i].node.load(std::memory_order_acquire);
            if (!node) return nullptr;
            if (array.slots[i].hash.load(std::memory_order_relaxed) == hash && matches(*node)) {
                return node;
            }
        }
    }

    void insert(std::uint64_t hash, Node& node) {
        Array* array = array_.load(std::memory_order_relaxed);
        if ((count_ + 1) * 4 > (array->mask + 1) * 3) array = grow(*array);
        place(*array, hash, node);
        ++count_;
    }

    std::size_t size() const { return count_; }
    std::size_t bytes() const { return (array_.load()->mask + 1) * sizeof(Slot); }

private:
    struct Slot {
        std::atomic<std::uint64_t> hash{0};
        std::atomic<Node*> node{nullptr};
    };
    struct Array {
        explicit Array(std::size_t count)
            : mask(count - 1), slots(std::make_unique<Slot[]>(count)) {}
        std::size_t mask;
        std::unique_ptr<Slot[]> slots;
    };

    // The hash is in place before the node can be seen.
    static void place(Array& array, std::uint64_t hash, Node& node) {
        std::size_t i = hash & array.mask;
        while (array.slots[i].node.load(std::memory_order_relaxed)) i = (i + 1) & array.mask;
        array.slots[i].hash.store(hash, std::memory_order_relaxed);
        array.slots[i].node.store(&node, std::memory_order_release);
    }

    // Readers go on in the old array, which holds all that was there.
    Array* grow(const Array& old) {
        auto* grown = new Array((old.mask + 1) * 2);
        for (std::size_t i = 0; i <= old.mask; ++i) {
            if (Node* node = old.slots[i].node.load(std::memory_order_relaxed)) {
                place(*grown, old.slots[i].hash.load(std::memory_order_relaxed), *node);
            }
        }
        array_.store(grown);
        reclaimer_.retire(&old);
        return grown;
    }

    Reclaimer& reclaimer_;
    std::atomic<Array*> array_;
    std::size_t count_ = 0;
};

}  // namespace keyledger
