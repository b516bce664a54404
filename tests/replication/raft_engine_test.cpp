// What the engine takes and refuses, and what it says must come before what.

#include "replication/raft_engine.hpp"

#include "tests/support/engines.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace keyledger {

namespace {

using Strings = std::vector<std::string>;

constexpr NodeId one{1}, two{2}, three{3}, four{4};

RaftEngine follower() {
    return make_engine(one, first_state({one, two}));
}

// Engines of three voters; the first leads.
Engines led_by_one() {
    Engines engines;
    for (const NodeId node : {one, two, three}) engines.add(node, first_state({one, two, three}));
    engines.elect(one);
    return engines;
}

RaftStored with_entries(std::vector<RaftEntry> entries) {
    RaftStored stored = first_state({one});
    stored.hard_state.term = 5;
    stored.entries = std::move(entries);
    return stored;
}

RaftEntry entry(std::uint64_t index, std::uint64_t term) {
    return {.index = index, .term = term, .kind = EntryKind::normal, .data = "x"};
}

}  // namespace

TEST_CASE("an only voter commits by itself, one ready after the other") {
    Engines engines;
    engines.add(one, first_state({one}));
    engines.elect(one);
    CHECK(engines.at(one).propose("a") == RaftAnswer::done);
    CHECK(engines.at(one).propose("b") == RaftAnswer::done);
    engines.settle();
    CHECK(engines.applied(one) == Strings{"a", "b"});
    const RaftStatus status = engines.at(one).status();
    CHECK(status.leader == one);
    CHECK(status.term == 2);
    CHECK(status.commit == 4);  // behind 1, where all begin, and the leader's mark
    CHECK(status.applied == 4);
    CHECK(status.applied_own_term);
}

TEST_CASE("a ready must be advanced before the next, and only once") {
    RaftEngine engine = make_engine(one, first_state({one}));
    CHECK(engine.advance() == RaftAnswer::refused);
    REQUIRE(engine.campaign() == RaftAnswer::done);
    const auto ready = engine.take_ready();
    REQUIRE(ready);
    CHECK(ready->must_sync);
    REQUIRE(ready->hard_state);
    CHECK(ready->hard_state->vote == one);
    REQUIRE(engine.propose("a") == RaftAnswer::done);
    CHECK_FALSE(engine.take_ready());
    CHECK(engine.advance() == RaftAnswer::done);
    CHECK(engine.advance() == RaftAnswer::refused);
    CHECK(engine.take_ready());
}

TEST_CASE("what three voters agree on is the same for all") {
    Engines engines = led_by_one();
    for (const char* data : {"a", "b", "c"})
        REQUIRE(engines.at(one).propose(data) == RaftAnswer::done);
    engines.settle();
    REQUIRE(engines.at(one).tick() == RaftAnswer::done);  // tells the others of the commit
    engines.settle();
    for (const NodeId node : {one, two, three})
        CHECK(engines.applied(node) == Strings{"a", "b", "c"});
}

TEST_CASE("only a leader takes proposals, and never passes one on") {
    Engines engines = led_by_one();
    CHECK(engines.at(two).propose("a") == RaftAnswer::not_leader);
    CHECK(engines.at(two).propose_change({ChangeKind::add_voter, four}) == RaftAnswer::not_leader);
    CHECK(engines.at(two).transfer(three) == RaftAnswer::not_leader);
    engines.settle();
    CHECK(engines.applied(one).empty());
}

TEST_CASE("an entry that is empty or too long is refused, and one too many is not taken") {
    RaftSettings settings;
    settings.node = one;
    settings.uncommitted_bytes_max = 100;
    settings.entry_bytes_max = 80;
    RaftEngine engine = make_engine(settings, first_state({one}));
    REQUIRE(engine.campaign() == RaftAnswer::done);
    CHECK(engine.propose("") == RaftAnswer::refused);
    CHECK(engine.propose(std::string(81, 'x')) == RaftAnswer::refused);
    CHECK(engine.propose(std::string(80, 'x')) == RaftAnswer::done);
    CHECK(engine.propose(std::string(80, 'x')) == RaftAnswer::busy);
    while (engine.take_ready()) REQUIRE(engine.advance() == RaftAnswer::done);
    CHECK(engine.propose(std::string(80, 'x')) == RaftAnswer::done);
}

TEST_CASE("what is no message for this node is refused") {
    Engines engines = led_by_one();
    RaftEngine engine = follower();
    for (const std::string& bytes : {std::string("\xff\xff"), std::string(), std::string(9, '\0')})
        CHECK(engine.step(bytes) == RaftAnswer::refused);

    // From three to one, and so not to two; nor to three itself.
    REQUIRE(engines.at(one).propose("a") == RaftAnswer::done);
    const auto ready = engines.at(one).take_ready();
    REQUIRE(ready);
    REQUIRE(ready->messages.size() == 2);
    for (const RaftMessage& message : ready->messages) {
        CHECK(engines.at(one).step(message.bytes) == RaftAnswer::refused);
        CHECK(engines.at(message.to == two ? three : two).step(message.bytes) ==
              RaftAnswer::refused);
        // Cut at each length, it is refused or is another message; it breaks nothing.
        for (std::size_t size = 0; size < message.bytes.size(); ++size)
            CHECK(engines.at(message.to).step(message.bytes.substr(0, size)) != RaftAnswer::broken);
    }
}

TEST_CASE("a vote is on the disk before anybody hears of it") {
    RaftEngine candidate = follower();
    REQUIRE(candidate.campaign() == RaftAnswer::done);
    auto asking = candidate.take_ready();  // whether it would be voted for: changes nothing yet
    REQUIRE(asking);
    REQUIRE(asking->messages.size() == 1);

    RaftEngine voter = make_engine(two, first_state({one, two}));
    REQUIRE(voter.step(asking->messages[0].bytes) == RaftAnswer::done);
    const auto would = voter.take_ready();
    REQUIRE(would);
    REQUIRE(voter.advance() == RaftAnswer::done);
    REQUIRE(candidate.advance() == RaftAnswer::done);
    REQUIRE(candidate.step(would->messages.at(0).bytes) == RaftAnswer::done);
    const auto standing = candidate.take_ready();
    REQUIRE(standing);
    CHECK(standing->must_sync);
    CHECK(standing->hard_state == HardState{.term = 2, .vote = one, .commit = 1});
    REQUIRE(standing->messages.size() == 1);
    CHECK(standing->messages[0].after_sync);

    REQUIRE(voter.step(standing->messages[0].bytes) == RaftAnswer::done);
    const auto votes = voter.take_ready();
    REQUIRE(votes);
    CHECK(votes->must_sync);
    CHECK(votes->hard_state == HardState{.term = 2, .vote = one, .commit = 1});
    REQUIRE(votes->messages.size() == 1);
    CHECK(votes->messages[0].after_sync);
}

TEST_CASE("a leader sends before it has synced, and a follower acknowledges after it has") {
    Engines engines = led_by_one();
    REQUIRE(engines.at(one).propose("a") == RaftAnswer::done);
    const auto ready = engines.at(one).take_ready();
    REQUIRE(ready);
    CHECK(ready->must_sync);
    REQUIRE(ready->entries.size() == 1);
    CHECK(ready->committed.empty());
    for (const RaftMessage& message : ready->messages) {
        CHECK_FALSE(message.after_sync);
        REQUIRE(engines.at(message.to).step(message.bytes) == RaftAnswer::done);
        const auto acknowledged = engines.at(message.to).take_ready();
        REQUIRE(acknowledged);
        CHECK(acknowledged->must_sync);
        CHECK(acknowledged->entries == ready->entries);
        REQUIRE(acknowledged->messages.size() == 1);
        CHECK(acknowledged->messages[0].after_sync);
    }
}

TEST_CASE("an only voter tells its learner of a commit when its own disk has it") {
    Engines engines;
    engines.add(one, first_state({one}));
    engines.elect(one);
    REQUIRE(engines.at(one).propose_change({ChangeKind::add_learner, two}) == RaftAnswer::done);
    engines.settle();
    engines.add(two, RaftStored{});
    for (int i = 0; i < 3; ++i) {
        REQUIRE(engines.at(one).tick() == RaftAnswer::done);
        engines.settle();
    }
    REQUIRE(engines.at(one).propose("a") == RaftAnswer::done);
    const auto ready = engines.at(one).take_ready();
    REQUIRE(ready);
    CHECK(ready->committed.size() == 1);  // together with the entry that is not stored yet
    REQUIRE_FALSE(ready->messages.empty());
    for (const RaftMessage& message : ready->messages) CHECK(message.after_sync);
}

TEST_CASE("a read is answered with its context, from a follower too") {
    Engines engines = led_by_one();
    REQUIRE(engines.at(one).propose("a") == RaftAnswer::done);
    engines.settle();
    CHECK(engines.at(two).read_index("") == RaftAnswer::refused);
    CHECK(engines.at(two).read_index(std::string(65, 'x')) == RaftAnswer::refused);
    CHECK(engines.at(two).read_index("question 1") == RaftAnswer::done);
    CHECK(engines.at(one).read_index("question 2") == RaftAnswer::done);
    engines.settle();
    REQUIRE(engines.reads(two).size() == 1);
    CHECK(engines.reads(two)[0].context == "question 1");
    CHECK(engines.reads(two)[0].index == 3);
    REQUIRE(engines.reads(one).size() == 1);
    CHECK(engines.reads(one)[0].context == "question 2");
    CHECK(follower().read_index("question") == RaftAnswer::no_leader);
}

TEST_CASE("a leader whom nobody answers confirms no read") {
    Engines engines = led_by_one();
    engines.stop_hearing(two);
    engines.stop_hearing(three);
    REQUIRE(engines.at(one).read_index("question") == RaftAnswer::done);
    for (int i = 0; i < 5; ++i) {
        REQUIRE(engines.at(one).tick() == RaftAnswer::done);
        engines.settle();
    }
    CHECK(engines.at(one).status().role == RaftRole::leader);
    CHECK(engines.reads(one).empty());
}

TEST_CASE("leadership is handed over to a voter that has it all") {
    Engines engines = led_by_one();
    CHECK(engines.at(one).transfer(one) == RaftAnswer::refused);
    CHECK(engines.at(one).transfer(four) == RaftAnswer::refused);
    CHECK(engines.at(one).transfer(two) == RaftAnswer::done);
    CHECK(engines.at(one).propose("a") == RaftAnswer::busy);
    CHECK(engines.at(one).status().transferring_to == two);
    engines.settle();
    CHECK(engines.at(two).status().role == RaftRole::leader);
    CHECK(engines.at(one).status().leader == two);
}

TEST_CASE("compaction goes no further than what is applied") {
    Engines engines = led_by_one();
    REQUIRE(engines.at(one).propose("a") == RaftAnswer::done);
    CHECK(engines.at(one).compact(3) == RaftAnswer::refused);
    engines.settle();
    CHECK(engines.at(one).compact(3) == RaftAnswer::done);
    CHECK(engines.at(one).compact(2) == RaftAnswer::done);
    REQUIRE(engines.at(one).propose("b") == RaftAnswer::done);
    engines.settle();
    CHECK(engines.applied(one) == Strings{"a", "b"});
}

TEST_CASE("a start from what can't be is refused, and says why") {
    CHECK(why_not_made(one, with_entries({entry(2, 2), entry(3, 2)})).empty());
    CHECK(why_not_made(one, with_entries({entry(2, 2), entry(4, 2)})) ==
          "entry 4 of term 2 follows entry 2 of term 2");
    CHECK(why_not_made(one, with_entries({entry(2, 3), entry(3, 2)})) ==
          "entry 3 of term 2 follows entry 2 of term 3");
    CHECK(why_not_made(one, with_entries({entry(3, 2)})) ==
          "entry 3 of term 2 follows entry 1 of term 1");
    CHECK(why_not_made(no_node, first_state({one})) == "cannot use none as id");

    RaftStored stored = with_entries({entry(2, 2)});
    stored.applied = 3;
    CHECK(why_not_made(one, stored) == "3 is applied, and the log has entries from 2 to 2");
    stored.applied = 0;
    CHECK(why_not_made(one, stored) == "0 is applied, and the log has entries from 2 to 2");
    stored.applied = 1;
    stored.hard_state.commit = 3;
    CHECK(why_not_made(one, stored) ==
          "commit is 3 in term 5, and the log ends with entry 2 of term 2");
    stored.hard_state = {.term = 1, .vote = no_node, .commit = 1};
    CHECK(why_not_made(one, stored) ==
          "commit is 1 in term 1, and the log ends with entry 2 of term 2");
}

TEST_CASE("a start goes on with what was committed and not yet applied") {
    RaftStored stored = with_entries({entry(2, 2), entry(3, 2), entry(4, 2)});
    stored.applied = 2;
    stored.hard_state.commit = 3;
    RaftEngine engine = make_engine(one, stored);
    const auto ready = engine.take_ready();
    REQUIRE(ready);
    REQUIRE(ready->committed.size() == 1);
    CHECK(ready->committed[0].entry == entry(3, 2));
}

TEST_CASE("an engine whose disk lost what it had acknowledged is broken, and stays so") {
    Engines engines = led_by_one();
    REQUIRE(engines.at(one).propose("a") == RaftAnswer::done);
    engines.settle();
    RaftEngine forgetful = make_engine(two, first_state({one, two, three}));
    REQUIRE(engines.at(one).tick() == RaftAnswer::done);
    const auto ready = engines.at(one).take_ready();
    REQUIRE(ready);
    RaftAnswer answer = RaftAnswer::done;
    for (const RaftMessage& message : ready->messages)
        if (message.to == two) answer = forgetful.step(message.bytes);
    CHECK(answer == RaftAnswer::broken);
    CHECK_THAT(forgetful.failure(), Catch::Contains("Was the raft log corrupted, truncated, or"));
    CHECK(forgetful.tick() == RaftAnswer::broken);
    CHECK_FALSE(forgetful.take_ready());
    CHECK(forgetful.members().empty());
    CHECK(follower().failure().empty());
}

}  // namespace keyledger
