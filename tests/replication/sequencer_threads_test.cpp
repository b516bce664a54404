// Many threads ask at once, and a disk thread commits.

#include "ledger/base/sha256.hpp"
#include "ledger/log/memory_log.hpp"
#include "projections/replay.hpp"
#include "replication/local_commit_log.hpp"
#include "replication/sequencer.hpp"
#include "tests/support/given.hpp"
#include "tests/support/random_history.hpp"
#include "tests/support/running_sequencer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <deque>
#include <set>
#include <thread>

namespace keyledger {

namespace asio = boost::asio;

namespace {

constexpr std::size_t clients = 3;

void rethrow(std::exception_ptr thrown) {
    if (thrown) std::rethrow_exception(thrown);
}

// All parts of a server but the server, on a ledger thread and a disk thread.
class Ledger {
public:
    explicit Ledger(EventLog& log, SequencerSettings settings)
        : applier_(log, tables, signal_),
          commits_(log, applier_),
          logger_("test", std::make_shared<spdlog::sinks::null_sink_mt>()) {
        restore(log, tables, Rebuild::if_needed);
        settings.node = RunningSequencer::node;
        settings.flush_interval = std::chrono::milliseconds(2);
        const auto end = [](const LogFault&) { std::abort(); };
        sequencer.emplace(context_, log, commits_, tables, uses, clock_, random_, logger_, end,
                          settings);
        sequencer->start([] {});
        thread_ = std::thread([this] { context_.run(); });
    }
    ~Ledger() {
        if (thread_.joinable()) stop();
        sequencer.reset();  // before the context that it lives on
    }
    void stop() {
        sequencer->stop();
        thread_.join();
    }

    Tables tables;
    UseBatcher uses{clients, UsageDetail::folded};
    std::optional<Sequencer> sequencer;

private:
    TestClock clock_{noon};
    SeededRandom random_{1};
    asio::io_context context_{1};
    AppliedSignal signal_{tables};
    Applier applier_;
    LocalCommitLog commits_;
    spdlog::logger logger_;
    std::thread thread_;
};

// A client with a thread and a context of its own, which outlives the ledger's thread. Counts what
// is not as it should be.
class Client {
public:
    Client(Ledger& ledger, std::size_t number, std::uint32_t commands)
        : ledger_(ledger), number_(number), commands_(commands) {}

    void run() {
        asio::co_spawn(context_, ask(), rethrow);
        context_.run();
    }

    int wrong = 0;
    std::uint64_t used = 0;
    std::vector<std::uint64_t> seqs;
    std::size_t stopping = 0;
    std::size_t answers = 0;

private:
    // A submission is handed over as a server's handlers do it: moved from in the call.
    asio::awaitable<void> ask() {
        for (std::uint32_t i = 0; i < commands_; ++i) {
            const auto thousand = static_cast<std::uint32_t>(1000 * (number_ + 1));
            std::optional<Submission> asked_for = asked(new_key(thousand + i));
            asked_for->reason = std::string(100, 'r');
            const Submitted submitted = co_await ledger_.sequencer->submit(std::move(*asked_for));
            ++answers;
            if (const auto* receipt = std::get_if<Receipt>(&submitted)) {
                look_up(*receipt, key_id(thousand + i));
            } else if (std::get<Unavailable>(submitted) == Unavailable::stopping) {
                ++stopping;
            } else {
                ++wrong;
            }
        }
    }

    void look_up(const Receipt& receipt, const KeyId& id) {
        wrong += seqs.empty() || receipt.seq > seqs.back() ? 0 : 1;
        seqs.push_back(receipt.seq);
        wrong += ledger_.tables.applied() >= receipt.seq ? 0 : 1;
        const ReadGuard reading = ledger_.tables.read();
        const KeyEntry* entry = ledger_.tables.find_key(id);
        wrong += entry && entry->state.load()->created_seq == receipt.seq ? 0 : 1;
        if (!entry) return;
        CountedUse use;
        use.key = entry;
        use.time = noon;
        ledger_.uses.count(number_, use);
        ++used;
    }

    Ledger& ledger_;
    const std::size_t number_;
    const std::uint32_t commands_;
    asio::io_context context_{1};
};

std::uint64_t counted_in(const EventLog& log) {
    std::uint64_t counted = 0;
    for (const Event& event : events_of(log)) {
        const auto* flush = std::get_if<KeysUsed>(&event.body);
        if (!flush) continue;
        for (const UseRow& row : flush->rows) counted += row.count;
    }
    return counted;
}

}  // namespace

TEST_CASE("what several threads ask is answered once each, in order, and seen when answered") {
    MemoryLog log;
    const TestClock clock(noon);
    fill(log, clock);
    SequencerSettings settings;
    settings.snapshot_every_events = 50;
    Ledger ledger(log, settings);
    std::deque<Client> all;
    for (std::size_t i = 0; i < clients; ++i) all.emplace_back(ledger, i, 150U);
    std::vector<std::thread> threads;
    for (Client& client : all) threads.emplace_back([&client] { client.run(); });
    for (std::thread& thread : threads) thread.join();
    ledger.stop();

    std::set<std::uint64_t> seqs;
    std::uint64_t used = 0;
    for (const Client& client : all) {
        CHECK(client.wrong == 0);
        CHECK(client.stopping == 0);
        CHECK(client.seqs.size() == 150);
        seqs.insert(client.seqs.begin(), client.seqs.end());
        used += client.used;
    }
    CHECK(seqs.size() == clients * 150);
    CHECK(counted_in(log) == used);
    CHECK(std::holds_alternative<LedgerStopped>(events_of(log).back().body));
    Tables restored;
    CHECK(restore(log, restored, Rebuild::if_needed).restored.snapshot > 0);
    CHECK(difference(ledger.tables, restored) == "");
}

TEST_CASE("whoever asks while the ledger stops has an answer, and the stop is the last event") {
    for (int round = 0; round < 25; ++round) {
        MemoryLog log;
        const TestClock clock(noon);
        fill(log, clock);
        Ledger ledger(log, {});
        std::deque<Client> all;
        for (std::size_t i = 0; i < clients; ++i) all.emplace_back(ledger, i, 200U);
        std::vector<std::thread> threads;
        for (Client& client : all) threads.emplace_back([&client] { client.run(); });
        // At any moment of what they do.
        while (ledger.tables.applied() < 3 + 5 * static_cast<std::uint64_t>(round)) {
            std::this_thread::yield();
        }
        ledger.stop();
        for (std::thread& thread : threads) thread.join();
        std::size_t created = 0;
        for (const Client& client : all) {
            REQUIRE(client.wrong == 0);
            REQUIRE(client.answers == 200);
            REQUIRE(client.seqs.size() + client.stopping == 200);
            created += client.seqs.size();
        }
        REQUIRE(ledger.tables.keys_count() == created + 1);
        REQUIRE(std::holds_alternative<LedgerStopped>(events_of(log).back().body));
    }
}

}  // namespace keyledger
