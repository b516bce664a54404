#pragma once
// Lets many threads read what one thread replaces, without a lock: what was replaced is freed only
// when every reader that might still see it has gone (epoch-based reclamation).

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace keyledger {

inline constexpr std::size_t reader_threads_max = 512;

// `retire` and `collect` are called by one thread, the writer; ReadGuards are held on any.
class Reclaimer {
public:
    Reclaimer();
    ~Reclaimer();  // frees all that is left; no reader may be there any more
    Reclaimer(const Reclaimer&) = delete;
    Reclaimer& operator=(const Reclaimer&) = delete;

    // Takes over an object that no new reader can reach any more: the pointer to it was replaced by
    // a sequentially consistent store before this call.
    template <class T>
    void retire(const T* object) {
        retire(object, [](const void* old) { delete static_cast<const T*>(old); });
    }

    // Frees what no reader can see any more. Cheap: once a batch.
    void collect();

private:
    friend class ReadGuard;
    struct alignas(64) Slot {
        std::atomic<std::uint64_t> epoch{0};  // 0: not reading
    };
    struct Retired {
        std::uint64_t epoch;
        const void* object;
        void (*destroy)(const void*);
    };
    void retire(const void* object, void (*destroy)(const void*));

    std::atomic<std::uint64_t> epoch_{1};
    std::unique_ptr<Slot[]> slots_;
    std::vector<Retired> retired_;
};

// While one is held, nothing that can be reached through the tables is freed. May nest. Must not be
// held across a wait: it would keep everything that is replaced meanwhile.
class ReadGuard {
public:
    explicit ReadGuard(const Reclaimer& reclaimer);
    ~ReadGuard();
    ReadGuard(const ReadGuard&) = delete;
    ReadGuard& operator=(const ReadGuard&) = delete;

private:
    std::atomic<std::uint64_t>* entered_;  // null in an inner guard
};

}  // namespace keyledger
