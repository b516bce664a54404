// One thread appends while others read.

#include "ledger/log/memory_log.hpp"
#include "tests/support/rocksdb_directory.hpp"
#include "tests/support/stored_events.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

namespace keyledger {

namespace {

constexpr std::uint64_t appended_max = 600;

// Counts what is not as it should be: Catch2's checks are for one thread.
class Reader {
public:
    Reader(const EventLog& log, const std::atomic<bool>& done) : log_(log), done_(done) {}

    void run() {
        do {
            const std::uint64_t end = log_.next_seq();
            scan(end);
            if (end > 0) look_up(end - 1);
            count_rows(end);
        } while (!done_);
    }
    int wrong() const { return wrong_; }

private:
    void scan(std::uint64_t end) {
        std::uint64_t seq = end > 20 ? end - 20 : 0;
        const auto cursor = log_.scan(seq);
        while (const auto item = cursor->next()) {
            expect(item->seq == seq && item->leaf == stored_event(seq).leaf);
            ++seq;
        }
        expect(seq >= end && !cursor->fault());
    }
    void look_up(std::uint64_t seq) {
        const auto event = log_.read(seq);
        expect(event && is_same(*event, stored_event(seq)));
    }
    void count_rows(std::uint64_t end) {
        std::uint64_t rows = 0;
        log_.rows(Family::streams, "", "\xff", [&](std::string_view, std::string_view) {
            ++rows;
            return true;
        });
        expect(rows >= end);
    }
    void expect(bool holds) { wrong_ += holds ? 0 : 1; }

    const EventLog& log_;
    const std::atomic<bool>& done_;
    int wrong_ = 0;
};

void append_while_reading(EventLog& log, const std::function<void(std::uint64_t)>& after_each) {
    std::atomic<bool> done = false;
    std::vector<Reader> readers(3, Reader(log, done));
    std::vector<std::thread> threads;
    for (Reader& reader : readers) threads.emplace_back([&] { reader.run(); });
    for (std::uint64_t seq = 0; seq < appended_max; seq += 3) {
        if (const auto fault = log.append(batch_of(seq, 3))) FAIL_CHECK(fault->what);
        log.set_ledger_time(Timestamp(Duration(static_cast<std::int64_t>(seq))));
        after_each(seq);
    }
    done = true;
    for (std::thread& thread : threads) thread.join();
    for (const Reader& reader : readers) CHECK(reader.wrong() == 0);
    CHECK(log.next_seq() == appended_max);
}

}  // namespace

TEST_CASE("readers of the log in memory see whole batches while it grows") {
    MemoryLog log;
    append_while_reading(log, [](std::uint64_t) {});
}

TEST_CASE("readers of the log on RocksDB see whole batches while it grows and is compacted") {
    const TemporaryDirectory directory;
    const auto log = open_log(directory.file("log"), Mode::create);
    append_while_reading(*log, [&](std::uint64_t seq) {
        if (seq % 150 == 0) CHECK_FALSE(log->compact(Family::usage));
    });
}

}  // namespace keyledger
