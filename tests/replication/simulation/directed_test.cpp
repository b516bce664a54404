// Cases that consensus is known to go wrong in, each by its name.

#include "tests/replication/simulation/cluster.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <deque>

namespace keyledger {

namespace {

constexpr NodeId one{1}, two{2}, three{3}, four{4}, five{5};
constexpr Millis soon{20'000};

RaftEntry entry(std::uint64_t index, std::uint64_t term) {
    return {.index = index,
            .term = term,
            .kind = EntryKind::normal,
            .data = "entry " + std::to_string(index) + " of term " + std::to_string(term)};
}

// Entries from 2 on, of these terms.
std::vector<RaftEntry> entries(const std::vector<std::uint64_t>& terms) {
    std::vector<RaftEntry> made;
    for (const std::uint64_t term : terms) made.push_back(entry(made.size() + 2, term));
    return made;
}

RaftSnapshot first_of(std::vector<NodeId> voters) {
    return {.index = 1, .term = 1, .members = {.voters = std::move(voters), .learners = {}}};
}

HardState promised(std::uint64_t term) {
    return {.term = term, .vote = no_node, .commit = 1};
}

std::uint64_t match(const Cluster& cluster, NodeId leader, NodeId member) {
    for (const RaftMember& known : cluster.members(leader))
        if (known.node == member) return known.match;
    return 0;
}

void require_leader(Cluster& cluster) {
    REQUIRE(cluster.run_until([&] { return cluster.leader().has_value(); }, soon));
}

void require_whole(Cluster& cluster) {
    const bool whole = cluster.run_until([&] { return cluster.is_whole(); }, soon);
    INFO(cluster.invariants().violation());
    REQUIRE(whole);
}

// Until no node has an entry that is applied.
void require_compacted(Cluster& cluster) {
    for (const NodeId node : cluster.nodes()) {
        const auto compacted = [&] {
            cluster.compact(node);
            return cluster.base_stored(node) == cluster.applied(node);
        };
        REQUIRE(cluster.run_until(compacted, soon));
    }
}

// Until the leader, whichever it is, has applied so many more.
void commit(Cluster& cluster, int count) {
    for (int i = 0; i < count; ++i) {
        require_leader(cluster);
        const NodeId leader = *cluster.leader();
        const std::uint64_t before = cluster.applied(leader);
        REQUIRE(cluster.propose(leader, "entry " + std::to_string(before)) == RaftAnswer::done);
        REQUIRE(cluster.run_until([&] { return cluster.applied(leader) > before; }, soon));
    }
}

}  // namespace

// The Raft paper, figure 8: an entry of an older term on a majority is not committed by counting.
TEST_CASE("figure 8: a leader commits older entries only with one of its own term") {
    Cluster cluster({.seed = 8, .message_entries_bytes_max = 0});  // one entry a message
    const std::vector<NodeId> all{one, two, three, four, five};
    cluster.add(one, first_of(all), entries({2}), promised(3));
    cluster.add(two, first_of(all), entries({2}), promised(3));
    for (const NodeId node : {three, four}) cluster.add(node, first_of(all), {}, promised(3));
    cluster.add(five, first_of(all), entries({3}), promised(3));
    for (const NodeId node : {one, two, three, four}) cluster.start(node);

    // One leads in a later term and brings its entry 2 to a majority. No other may stand meanwhile.
    const auto leads = [&](NodeId node) { return cluster.status(node).role == RaftRole::leader; };
    const auto on_majority = [&] {
        return leads(one) &&
               match(cluster, one, two) + match(cluster, one, three) + match(cluster, one, four) >=
                   4;
    };
    // What is behind entry 2 does not reach anybody.
    cluster.set_watch([&](NodeId from, const RaftMessage& message) {
        if (from != one || !leads(one)) return true;
        return match(cluster, one, message.to) < 2;
    });
    REQUIRE(cluster.run_until([&] { return leads(one) || leads(two); }, soon));
    if (!leads(one)) REQUIRE(cluster.transfer(two, one) == RaftAnswer::done);
    REQUIRE(cluster.run_until(on_majority, soon));
    const std::uint64_t term = cluster.status(one).term;
    CHECK(term > 3);
    for (const NodeId node : {one, two, three, four}) {
        CHECK(cluster.status(node).commit == 1);
        CHECK(cluster.applied(node) == 1);
    }

    // It goes, and the one with the entry of term 3 still wins, and replaces what a majority had.
    cluster.crash(one);
    cluster.crash(two);
    cluster.set_watch(nullptr);
    cluster.start(five);
    require_leader(cluster);
    CHECK(cluster.leader() == five);
    CHECK(cluster.applied(five) >= 3);
    cluster.start(one);
    cluster.start(two);
    require_whole(cluster);
    commit(cluster, 3);
    require_whole(cluster);
}

TEST_CASE("pre-vote: a longer log of an older term neither wins nor blocks") {
    Cluster cluster({.seed = 11});
    const std::vector<NodeId> all{one, two, three};
    cluster.add(one, first_of(all), entries({2, 2, 2, 2, 2, 2}), promised(2));
    cluster.add(two, first_of(all), entries({2, 3}), promised(3));
    cluster.add(three, first_of(all));  // down all the while
    cluster.start(one);
    cluster.start(two);
    require_leader(cluster);
    CHECK(cluster.leader() == two);
    REQUIRE(cluster.run_until([&] { return cluster.applied(one) == cluster.applied(two); }, soon));
    CHECK(cluster.last_stored(one) == cluster.last_stored(two));
    cluster.start(three);
    require_whole(cluster);
}

TEST_CASE("over-acknowledgement: a stale suffix is not counted as what was sent") {
    Cluster cluster({.seed = 12, .message_entries_bytes_max = 0});
    const std::vector<NodeId> all{one, two, three};
    cluster.add(one, first_of(all), entries({1, 3}), promised(3));
    cluster.add(two, first_of(all), entries({1, 2, 2, 2, 2, 2, 2}), promised(3));
    cluster.add(three, first_of(all), entries({1, 3}), promised(3));
    for (const NodeId node : all) cluster.start(node);
    require_leader(cluster);
    // Alone with the one that had the stale suffix, nothing may be committed that it lacks.
    const NodeId leader = *cluster.leader();
    CHECK(leader != two);
    cluster.crash(leader == one ? three : one);
    for (int i = 0; i < 5; ++i) (void)cluster.propose(leader, "entry " + std::to_string(i));
    REQUIRE(cluster.run_until(
        [&] {
            CHECK(cluster.last_stored(two) >= match(cluster, leader, two));
            return cluster.applied(two) >= 8;
        },
        soon));
    CHECK(cluster.invariants().violation().empty());
    cluster.start(leader == one ? three : one);
    require_whole(cluster);
}

TEST_CASE("a stale first append that comes after a compaction changes nothing") {
    Cluster cluster({.seed = 13});
    cluster.add_voters(3);
    std::deque<RaftMessage> first;
    cluster.set_watch([&](NodeId from, const RaftMessage& message) {
        const bool appends = cluster.status(from).role == RaftRole::leader;
        if (appends && message.to != from && first.size() < 40) first.push_back(message);
        return true;
    });
    commit(cluster, 20);
    require_whole(cluster);
    REQUIRE(first.size() == 40);
    require_compacted(cluster);
    CHECK(cluster.base_stored(one) > 15);

    const NodeId leader = *cluster.leader();
    const std::uint64_t term = cluster.status(leader).term;
    for (const RaftMessage& message : first) {
        const std::uint64_t base = cluster.base_stored(message.to);
        const std::uint64_t last = cluster.last_stored(message.to);
        cluster.deliver(message);
        CHECK(cluster.base_stored(message.to) == base);
        CHECK(cluster.last_stored(message.to) == last);
    }
    commit(cluster, 5);
    require_whole(cluster);
    CHECK(cluster.leader() == leader);
    CHECK(cluster.status(leader).term == term);
}

TEST_CASE("a learner that joins is given a snapshot, has all, and does not vote") {
    Cluster cluster({.seed = 14});
    cluster.add_voters(3);
    commit(cluster, 10);
    require_whole(cluster);
    require_compacted(cluster);
    cluster.add(four, {});
    cluster.start(four);
    const NodeId leader = *cluster.leader();
    REQUIRE(cluster.propose_change(leader, {ChangeKind::add_learner, four}) == RaftAnswer::done);
    REQUIRE(cluster.run_until([&] { return cluster.applied(four) > 10; }, soon));
    CHECK(cluster.base_stored(four) > 1);  // by a snapshot, then
    commit(cluster, 5);
    require_whole(cluster);

    // One voter and the learner are no majority, and the learner never stands.
    const NodeId other = leader == one ? two : one;
    cluster.crash(leader);
    cluster.crash(other);
    CHECK_FALSE(cluster.run_until([&] { return cluster.leader().has_value(); }, soon));
    CHECK(cluster.status(four).role == RaftRole::follower);

    cluster.crash(four);
    for (const NodeId node : {leader, other, four}) cluster.start(node);
    require_whole(cluster);
    CHECK(cluster.applied(four) == cluster.invariants().last_applied());
}

TEST_CASE("a leader that hears nobody makes way for another") {
    Cluster cluster({.seed = 15});
    cluster.add_voters(3);
    commit(cluster, 3);
    const NodeId deaf = *cluster.leader();
    for (const NodeId other : cluster.nodes())
        if (other != deaf) cluster.cut(other, deaf);
    REQUIRE(cluster.run_until(
        [&] { return cluster.leader().has_value() && cluster.leader() != deaf; }, soon));
    CHECK(cluster.status(deaf).role != RaftRole::leader);
    commit(cluster, 3);
    cluster.mend();
    require_whole(cluster);
}

TEST_CASE("a removed node that keeps calling disturbs nobody") {
    Cluster cluster({.seed = 16});
    cluster.add_voters(4);
    commit(cluster, 3);
    const NodeId leader = *cluster.leader();
    const NodeId removed = leader == four ? three : four;
    cluster.isolate(removed);
    REQUIRE(cluster.propose_change(leader, {ChangeKind::remove, removed}) == RaftAnswer::done);
    REQUIRE(cluster.run_until([&] { return cluster.members(leader).size() == 3; }, soon));
    cluster.mend();

    int calls = 0;
    cluster.set_watch([&](NodeId from, const RaftMessage&) {
        if (from == removed) ++calls;
        return true;
    });
    const std::uint64_t term = cluster.status(leader).term;
    for (int i = 0; i < 20; ++i) {
        cluster.run_for(Millis(1000));
        commit(cluster, 1);
    }
    CHECK(calls > 20);
    CHECK(cluster.leader() == leader);
    CHECK(cluster.status(leader).term == term);
    CHECK(cluster.status(removed).role != RaftRole::leader);
    CHECK(cluster.invariants().violation().empty());
}

TEST_CASE("a leader whose disk stands still is followed by nobody for ever, and loses nothing") {
    Cluster cluster({.seed = 17});
    cluster.add_voters(3);
    commit(cluster, 3);
    const NodeId leader = *cluster.leader();
    cluster.stall(leader, Millis(5000));
    REQUIRE(cluster.propose(leader, "while it stands still") == RaftAnswer::done);
    cluster.run_for(Millis(1000));
    CHECK(cluster.applied(leader) < cluster.last_stored(leader));  // not acknowledged
    cluster.crash(leader);
    require_leader(cluster);
    commit(cluster, 2);
    cluster.start(leader);
    require_whole(cluster);
}

}  // namespace keyledger
