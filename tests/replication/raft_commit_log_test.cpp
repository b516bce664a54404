#include "replication/raft_commit_log.hpp"

#include "ledger/log/memory_log.hpp"
#include "projections/replay.hpp"
#include "replication/sequencer.hpp"
#include "tests/support/given.hpp"
#include "tests/support/poll.hpp"
#include "tests/support/running_sequencer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>

#include <array>

namespace keyledger {

namespace {

namespace asio = boost::asio;

std::unique_ptr<Replica> open_replica(EventLog& log, Tables& tables, Applier& applier,
                                      Random& random, NodeId node) {
    const RestoreResult restored = restore(log, tables, Rebuild::if_needed);
    REQUIRE_FALSE(problem_of(restored));
    ReplicaSettings settings;
    settings.raft.node = node;
    auto opened = Replica::open(log, tables, applier, random, settings, std::nullopt);
    REQUIRE(std::holds_alternative<std::unique_ptr<Replica>>(opened));
    return std::move(std::get<std::unique_ptr<Replica>>(opened));
}

void rethrow(std::exception_ptr thrown) {
    if (thrown) std::rethrow_exception(thrown);
}

asio::awaitable<void> ask_into(Sequencer& sequencer, Submission submission, Answer answer) {
    *answer = co_await sequencer.submit(std::move(submission));
}

// A start of a node whose log is a voter's already, with a disk thread of its own.
struct RunningNode {
    RunningNode(asio::io_context& on, EventLog& log, NodeId node, SendMessage send)
        : context(on), applier(log, tables, signal), random(static_cast<std::uint64_t>(node)),
          replica(open_replica(log, tables, applier, random, node)),
          commits(on, log, *replica, std::move(send), end),
          logger("test", std::make_shared<spdlog::sinks::null_sink_mt>()),
          sequencer(on, log, commits, tables, uses, clock, random, logger, end, settings(node)) {
        commits.start();
        sequencer.start([this] { started = true; });
    }

    static void end(const LogFault& fault) { throw EndOfProcess(fault.what); }
    static SequencerSettings settings(NodeId node) {
        SequencerSettings made;
        made.node = static_cast<std::uint64_t>(node);
        made.snapshot_every_events = 5;
        return made;
    }

    Answer submit(Command command) {
        auto answer = std::make_shared<std::optional<Submitted>>();
        asio::co_spawn(context, ask_into(sequencer, asked(std::move(command)), answer), rethrow);
        return answer;
    }

    asio::io_context& context;
    TestClock clock{noon};
    Tables tables;
    AppliedSignal signal{tables};
    Applier applier;
    UseBatcher uses{1, UsageDetail::folded};
    SeededRandom random;
    std::unique_ptr<Replica> replica;
    RaftCommitLog commits;
    spdlog::logger logger;
    Sequencer sequencer;
    bool started = false;
};

bool run_until(asio::io_context& context, const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + test_patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        context.run_one_for(std::chrono::milliseconds(10));
    }
    return true;
}

bool is(const Answer& answer, Unavailable why) {
    const auto* unavailable = answer->has_value() ? std::get_if<Unavailable>(&**answer) : nullptr;
    return unavailable && *unavailable == why;
}

// Three voters on the thread of the test.
class Trio {
public:
    Trio() {
        for (std::size_t i = 0; i < 3; ++i) {
            fill(logs_[i], TestClock(noon));
            const RaftWrite created =
                RaftDisk::create({.index = 1,
                                  .term = 1,
                                  .members = {.voters = {NodeId{1}, NodeId{2}, NodeId{3}},
                                              .learners = {}}},
                                 logs_[i].next_seq());
            REQUIRE_FALSE(logs_[i].change(created.changes, created.durability));
        }
        for (std::size_t i = 0; i < 3; ++i)
            nodes_[i].emplace(context, logs_[i], NodeId{i + 1},
                              [this, i](const RaftMessage& message) { send(i, message); });
    }

    std::optional<std::size_t> leader() {
        for (std::size_t i = 0; i < 3; ++i)
            if (i != cut && nodes_[i]->replica->may_decide()) return i;
        return std::nullopt;
    }
    // Commits that, whoever leads.
    void commit(const Command& command) {
        REQUIRE(run_until(context, [&] { return leader().has_value(); }));
        const Answer answer = node(*leader()).submit(command);
        REQUIRE(run_until(context, [&] { return answer->has_value(); }));
        REQUIRE(std::holds_alternative<Receipt>(**answer));
    }
    RunningNode& cut_leader() {
        REQUIRE(run_until(context, [&] { return leader().has_value(); }));
        cut = leader();
        return *nodes_[*cut];
    }
    RunningNode& node(std::size_t i) { return *nodes_[i]; }
    const EventLog& log(std::size_t i) const { return logs_[i]; }

    std::optional<std::size_t> cut;  // hears nothing, and is not heard

private:
    void send(std::size_t from, const RaftMessage& message) {
        const std::size_t to = static_cast<std::size_t>(message.to) - 1;
        asio::post(context, [this, from, to, bytes = message.bytes] {
            if (from != cut && to != cut) nodes_[to]->commits.receive(bytes);
        });
    }

    std::array<MemoryLog, 3> logs_;

public:
    asio::io_context context{1};

private:
    std::array<std::optional<RunningNode>, 3> nodes_;
};

}  // namespace

TEST_CASE("a ledger of one voter begins, commits, stops, and begins again where it was") {
    MemoryLog log;
    fill(log, TestClock(noon));
    const RaftWrite created = Replica::found_cluster(log, NodeId{7});
    REQUIRE_FALSE(log.change(created.changes, created.durability));
    std::string digest;
    for (std::uint32_t start = 0; start < 3; ++start) {
        asio::io_context context{1};
        RunningNode node(context, log, NodeId{7}, [](const RaftMessage&) { FAIL(); });
        if (start > 0) CHECK(node.tables.digest() == digest);
        REQUIRE(run_until(context, [&] { return node.started; }));
        std::vector<Answer> answers;
        for (std::uint32_t i = 0; i < 20; ++i)
            answers.push_back(node.submit(new_key(2 + 20 * start + i)));
        const auto is_answered = [](const Answer& answer) { return answer->has_value(); };
        REQUIRE(run_until(context, [&] { return std::ranges::all_of(answers, is_answered); }));
        for (const Answer& answer : answers) CHECK(std::holds_alternative<Receipt>(**answer));
        REQUIRE(run_until(context, [&] { return node.sequencer.counts().snapshots > 0; }));
        node.sequencer.stop();
        REQUIRE(run_until(context, [&] { return context.stopped(); }));
        CHECK(std::holds_alternative<LedgerStopped>(events_of(log).back().body));
        digest = node.tables.digest();
    }
}

TEST_CASE("what one of three commits all come to show, in the same bytes") {
    Trio given;
    for (std::uint32_t i = 2; i < 12; ++i) given.commit(new_key(i));
    const auto all_show = [&] {
        const std::uint64_t size = given.log(*given.leader()).next_seq();
        return given.log(0).next_seq() == size && given.log(1).next_seq() == size &&
               given.log(2).next_seq() == size;
    };
    REQUIRE(run_until(given.context, [&] { return given.leader() && all_show(); }));
    for (std::uint64_t seq = 0; seq < given.log(0).next_seq(); ++seq)
        for (std::size_t i = 1; i < 3; ++i)
            REQUIRE(given.log(i).read(seq)->leaf == given.log(0).read(seq)->leaf);
    CHECK(given.node(0).tables.digest() == given.node(1).tables.digest());
    CHECK(given.node(0).tables.digest() == given.node(2).tables.digest());
}

TEST_CASE("a leader that is cut off does not say that nothing is left to do") {
    Trio given;
    given.commit(new_key(2));
    RunningNode& first = given.cut_leader();
    const Answer asked = first.submit(ResumeKey{key_id(2)});
    REQUIRE(run_until(given.context, [&] { return asked->has_value(); }));
    CHECK(is(asked, Unavailable::not_leading));
}

TEST_CASE("a leader that is cut off does not know, and takes on what came meanwhile") {
    Trio given;
    given.commit(new_key(2));
    RunningNode& first = given.cut_leader();
    const Answer lost = first.submit(new_key(3));
    REQUIRE(run_until(given.context, [&] { return lost->has_value(); }));
    CHECK(is(lost, Unavailable::outcome_unknown));
    const Answer refused = first.submit(new_key(4));
    REQUIRE(run_until(given.context, [&] { return refused->has_value(); }));
    CHECK(is(refused, Unavailable::not_leading));

    given.commit(new_key(5));
    given.cut.reset();
    REQUIRE(run_until(given.context, [&] { return first.tables.find_key(key_id(5)) != nullptr; }));
    CHECK_FALSE(first.tables.find_key(key_id(3)));
    given.commit(new_key(3));
    REQUIRE(run_until(given.context, [&] { return first.tables.find_key(key_id(3)) != nullptr; }));
}

}  // namespace keyledger
