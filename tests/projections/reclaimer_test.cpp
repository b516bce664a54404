#include "projections/reclaimer.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

namespace keyledger {

namespace {

// Counts itself while it lives.
struct Counted {
    explicit Counted(int& living) : count(living) { ++count; }
    ~Counted() { --count; }
    int& count;
};

// What a reader reads: it says of itself whether it was freed.
struct Record {
    static constexpr std::uint64_t living = 0x6c6976696e67;
    explicit Record(std::uint64_t n) : number(n), negative(~n) {}
    ~Record() { sign = 0; }
    std::uint64_t sign = living, number, negative;
};

}  // namespace

TEST_CASE("what was retired is freed as soon as nobody reads") {
    Reclaimer reclaimer;
    int living = 0;
    reclaimer.retire(new Counted(living));
    reclaimer.retire(new Counted(living));
    CHECK(living == 2);
    reclaimer.collect();
    CHECK(living == 0);
}

TEST_CASE("what was retired while somebody reads lives until he has gone") {
    Reclaimer reclaimer;
    int living = 0;
    {
        const ReadGuard outer(reclaimer);
        reclaimer.retire(new Counted(living));
        reclaimer.collect();
        CHECK(living == 1);
        {
            const ReadGuard inner(reclaimer);
            reclaimer.collect();
        }
        reclaimer.collect();
        CHECK(living == 1);
    }
    reclaimer.collect();
    CHECK(living == 0);
}

TEST_CASE("a reader who came later does not keep what was replaced before") {
    Reclaimer reclaimer;
    int early = 0, late = 0;
    std::optional<ReadGuard> first(std::in_place, reclaimer);
    reclaimer.retire(new Counted(early));
    reclaimer.collect();  // the epoch goes on, the guard holds the old one

    std::atomic<bool> entered = false, leave = false;
    std::thread second([&] {
        const ReadGuard guard(reclaimer);
        entered = true;
        leave.wait(false);
    });
    while (!entered) std::this_thread::yield();
    reclaimer.retire(new Counted(late));
    first.reset();
    reclaimer.collect();
    CHECK(early == 0);
    CHECK(late == 1);
    leave = true;
    leave.notify_one();
    second.join();
    reclaimer.collect();
    CHECK(late == 0);
}

TEST_CASE("two reclaimers do not see each other's readers") {
    Reclaimer read, other;
    int living = 0;
    const ReadGuard guard(read);
    other.retire(new Counted(living));
    other.collect();
    CHECK(living == 0);
}

TEST_CASE("what nobody collected is freed with the reclaimer") {
    int living = 0;
    {
        Reclaimer reclaimer;
        reclaimer.retire(new Counted(living));
    }
    CHECK(living == 0);
}

TEST_CASE("a thread that ends gives its place to the next") {
    const Reclaimer reclaimer;
    std::atomic<std::size_t> read = 0;
    for (std::size_t i = 0; i < 2 * reader_threads_max; ++i) {
        std::thread([&] {
            const ReadGuard guard(reclaimer);
            ++read;
        }).join();
    }
    CHECK(read == 2 * reader_threads_max);
}

TEST_CASE("readers never see a freed record under a writer that replaces it") {
    Reclaimer reclaimer;
    std::atomic<const Record*> shared = new Record(0);
    std::atomic<bool> done = false;
    std::atomic<int> wrong = 0, reading = 0;
    const auto read = [&] {
        std::uint64_t newest = 0;
        ++reading;
        while (!done) {
            const ReadGuard guard(reclaimer);
            const Record* record = shared.load();
            const bool right = record->sign == Record::living &&
                               record->negative == ~record->number && record->number >= newest;
            wrong += right ? 0 : 1;
            newest = record->number;
        }
    };
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i) readers.emplace_back(read);
    while (reading < 3) std::this_thread::yield();
    for (std::uint64_t i = 1; i <= 20'000; ++i) {
        reclaimer.retire(shared.exchange(new Record(i)));
        if (i % 3 == 0) reclaimer.collect();
    }
    done = true;
    for (std::thread& reader : readers) reader.join();
    CHECK(wrong == 0);
    delete shared.load();
}

}  // namespace keyledger
