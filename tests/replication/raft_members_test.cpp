// Members come and go one at a time.

#include "replication/raft_types.hpp"
#include "tests/support/engines.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace keyledger {

namespace {

constexpr NodeId one{1}, two{2}, three{3};

Members members_of(const RaftEngine& engine) {
    Members members;
    for (const RaftMember& member : engine.members())
        (member.is_learner ? members.learners : members.voters).push_back(member.node);
    return members;
}

Engines led_by_one() {
    Engines engines;
    engines.add(one, first_state({one}));
    engines.elect(one);
    return engines;
}

void change(Engines& engines, const MemberChange& change) {
    REQUIRE(engines.at(one).propose_change(change) == RaftAnswer::done);
    engines.settle();
}

}  // namespace

TEST_CASE("a committed change makes the members that the engine has too") {
    Engines engines = led_by_one();
    Members members = members_of(engines.at(one));
    CHECK(members == Members{.voters = {one}, .learners = {}});
    for (const NodeId node : {two, three}) engines.add(node, RaftStored{});
    for (const auto& [kind, node, expected] :
         {std::tuple(ChangeKind::add_learner, three, Members{{one}, {three}}),
          std::tuple(ChangeKind::add_learner, two, Members{{one}, {two, three}}),
          std::tuple(ChangeKind::add_voter, two, Members{{one, two}, {three}}),
          std::tuple(ChangeKind::add_voter, three, Members{{one, two, three}, {}}),
          std::tuple(ChangeKind::remove, two, Members{{one, three}, {}})}) {
        change(engines, {.kind = kind, .node = node});
        members = changed(members, {.kind = kind, .node = node});
        CHECK(members == expected);
        CHECK(members_of(engines.at(one)) == expected);
        for (int i = 0; i < 3; ++i) {  // so that who is new catches up
            REQUIRE(engines.at(one).tick() == RaftAnswer::done);
            engines.settle();
        }
    }
}

TEST_CASE("a change that was made before changes nothing") {
    const Members members{.voters = {one, two}, .learners = {three}};
    CHECK(changed(members, {ChangeKind::add_voter, two}) == members);
    CHECK(changed(members, {ChangeKind::add_learner, three}) == members);
    CHECK(changed(members, {ChangeKind::add_learner, two}) == members);
    CHECK(changed(members, {ChangeKind::remove, NodeId{9}}) == members);
}

TEST_CASE("changes against the contract are refused") {
    Engines engines = led_by_one();
    RaftEngine& engine = engines.at(one);
    CHECK(engine.propose_change({ChangeKind::remove, one}) == RaftAnswer::refused);
    CHECK(engine.propose_change({ChangeKind::remove, two}) == RaftAnswer::refused);
    CHECK(engine.propose_change({ChangeKind::add_voter, one}) == RaftAnswer::refused);
    CHECK(engine.propose_change({ChangeKind::add_learner, one}) == RaftAnswer::refused);
    CHECK(engine.propose_change({ChangeKind::add_voter, no_node}) == RaftAnswer::refused);
    CHECK(engine.propose_change({ChangeKind::add_learner, no_node}) == RaftAnswer::refused);
    engines.settle();
    CHECK(members_of(engine) == Members{.voters = {one}, .learners = {}});
}

TEST_CASE("no change is taken while the one before it is not applied") {
    Engines engines = led_by_one();
    RaftEngine& engine = engines.at(one);
    REQUIRE(engine.propose_change({ChangeKind::add_learner, two}) == RaftAnswer::done);
    CHECK(engine.propose_change({ChangeKind::add_learner, three}) == RaftAnswer::busy);
    engines.settle();
    CHECK(engine.propose_change({ChangeKind::add_learner, three}) == RaftAnswer::done);
    engines.settle();
    CHECK(members_of(engine) == Members{.voters = {one}, .learners = {two, three}});
}

TEST_CASE("a leader takes no change before an entry of its own term is applied") {
    RaftEngine engine = make_engine(one, first_state({one}));
    REQUIRE(engine.campaign() == RaftAnswer::done);
    CHECK_FALSE(engine.status().applied_own_term);
    CHECK(engine.propose_change({ChangeKind::add_learner, two}) == RaftAnswer::busy);
    while (engine.take_ready()) REQUIRE(engine.advance() == RaftAnswer::done);
    CHECK(engine.status().applied_own_term);
    CHECK(engine.propose_change({ChangeKind::add_learner, two}) == RaftAnswer::done);
}

TEST_CASE("there is room for so many members, and no more") {
    RaftStored stored = first_state({one});
    for (std::uint64_t id = 2; id <= members_max; ++id)
        stored.members.learners.push_back(NodeId{id});
    RaftEngine engine = make_engine(one, stored);
    REQUIRE(engine.campaign() == RaftAnswer::done);
    while (engine.take_ready()) REQUIRE(engine.advance() == RaftAnswer::done);
    CHECK(engine.members().size() == members_max);
    const NodeId next{members_max + 1};
    CHECK(engine.propose_change({ChangeKind::add_learner, next}) == RaftAnswer::refused);
    CHECK(engine.propose_change({ChangeKind::add_voter, next}) == RaftAnswer::refused);
    CHECK(engine.propose_change({ChangeKind::add_voter, two}) == RaftAnswer::done);
}

TEST_CASE("a node that takes a snapshot over stands for no election before it has it") {
    Engines engines;
    for (const NodeId node : {one, two, three}) engines.add(node, first_state({one, two, three}));
    engines.stop_hearing(three);
    engines.elect(one);
    REQUIRE(engines.at(one).propose("a") == RaftAnswer::done);
    engines.settle();
    REQUIRE(engines.at(one).compact(3) == RaftAnswer::done);

    // Three has heard of nothing, so that it is sent a snapshot, at the latest after its refusal.
    RaftEngine late = make_engine(three, first_state({one, two, three}));
    RaftEngine& leader = engines.at(one);
    std::optional<RaftReady> taking;
    for (int i = 0; i < 20 && !(taking && taking->snapshot); ++i) {
        REQUIRE(leader.tick() == RaftAnswer::done);
        const auto ready = leader.take_ready();
        if (!ready) continue;
        REQUIRE(leader.advance() == RaftAnswer::done);
        for (const RaftMessage& message : ready->messages) {
            if (message.to != three) continue;
            REQUIRE(late.step(message.bytes) == RaftAnswer::done);
            taking = late.take_ready();
            if (!taking || taking->snapshot) break;
            REQUIRE(late.advance() == RaftAnswer::done);
            for (const RaftMessage& answer : taking->messages)
                REQUIRE(leader.step(answer.bytes) == RaftAnswer::done);
        }
    }
    REQUIRE(taking);
    REQUIRE(taking->snapshot);
    for (int i = 0; i < 50; ++i) REQUIRE(late.tick() == RaftAnswer::done);
    CHECK(late.campaign() == RaftAnswer::done);
    CHECK(late.status().role == RaftRole::follower);
    REQUIRE(late.advance() == RaftAnswer::done);
    REQUIRE(late.tick() == RaftAnswer::done);
    CHECK(late.status().role == RaftRole::pre_candidate);
    CHECK(late.status().applied == 3);
}

TEST_CASE("a new learner is sent a snapshot that names it") {
    Engines engines = led_by_one();
    change(engines, {ChangeKind::add_learner, two});
    RaftEngine learner = make_engine(two, RaftStored{});
    RaftEngine& leader = engines.at(one);

    bool arrived = false;
    for (int i = 0; i < 10 && !arrived; ++i) {
        REQUIRE(leader.tick() == RaftAnswer::done);
        while (const auto ready = leader.take_ready()) {
            for (const RaftMessage& message : ready->messages) {
                REQUIRE(learner.step(message.bytes) == RaftAnswer::done);
                arrived = arrived || message.snapshot_index != 0;
            }
            REQUIRE(leader.advance() == RaftAnswer::done);
        }
        while (const auto ready = learner.take_ready()) {
            if (arrived) {
                REQUIRE(ready->snapshot);
                CHECK(ready->must_sync);
                CHECK(ready->snapshot->index == leader.status().applied);
                CHECK(ready->snapshot->members == Members{.voters = {one}, .learners = {two}});
            }
            REQUIRE(learner.advance() == RaftAnswer::done);
            for (const RaftMessage& message : ready->messages)
                REQUIRE(leader.step(message.bytes) == RaftAnswer::done);
        }
    }
    CHECK(arrived);
    CHECK(members_of(learner) == Members{.voters = {one}, .learners = {two}});
    CHECK(learner.status().applied == leader.status().applied);
}

}  // namespace keyledger
