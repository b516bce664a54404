// The half of the cluster that sends, asks and looks.

#include "tests/replication/simulation/ledger_cluster.hpp"
#include "tests/replication/simulation/ledger_node.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <exception>

namespace keyledger {

namespace asio = boost::asio;

namespace {

// One in so many is far slower than the others, or comes twice.
constexpr int slow_messages = 20, twice = 50;

asio::awaitable<void> ask(Sequencer& sequencer, Submission submission,
                          std::function<void(Submitted)> answered) {
    Submitted submitted = co_await sequencer.submit(std::move(submission));
    answered(std::move(submitted));
}

void rethrow(std::exception_ptr thrown) {
    if (thrown) std::rethrow_exception(thrown);
}

}  // namespace

void LedgerCluster::send(Node& node, const RaftMessage& message) {
    using Snapshot = RaftEngine::SnapshotOutcome;
    const bool lost = cuts_.contains({node.id, message.to}) || !nodes_.contains(message.to) ||
                      draw(time_.random(), 1u, 1000u) <= lost_per_mille_;
    // A sender of a snapshot waits for its outcome; of others it may hear that they were lost.
    if (message.snapshot_index != 0) {
        const Snapshot outcome = lost ? Snapshot::failed : Snapshot::arrived;
        after(network_delay(), node, [this, to = message.to, outcome](Node& up) {
            check(up, up.running->replica->engine().report_snapshot(to, outcome));
            work(up);
        });
    } else if (lost && draw(time_.random(), 0, 3) == 0) {
        check(node, node.running->replica->engine().report_unreachable(message.to));
    }
    if (lost) return;
    std::optional<std::uint64_t> next_seq;
    if (message.snapshot_index != 0) {
        next_seq = node.running->replica->next_seq_at(message.snapshot_index);
        if (!next_seq) return history_.violated("a snapshot is sent of nobody knows what");
    }
    for (int copies = draw(time_.random(), 1, twice) == 1 ? 2 : 1; copies > 0; --copies)
        time_.after(network_delay(), [this, from = node.id, message, next_seq] {
            arrive(from, message, next_seq);
        });
}

// The state of a snapshot is what its sender has more, as it would be asked for.
void LedgerCluster::arrive(NodeId from, const RaftMessage& message,
                           std::optional<std::uint64_t> next_seq) {
    if (cuts_.contains({from, message.to}) || !is_up(message.to)) return;
    Node& node = at(message.to);
    if (next_seq) {
        if (!is_up(from)) return;
        FetchedState state{.first_seq = node.log->next_seq(), .events = {}};
        for (std::uint64_t seq = state.first_seq; seq < *next_seq; ++seq)
            state.events.push_back(*at(from).log->read(seq));
        node.running->replica->take_state(message.snapshot_index, std::move(state));
    }
    check(node, node.running->replica->engine().step(message.bytes));
    work(node);
}

Millis LedgerCluster::network_delay() {
    return Millis(draw(time_.random(), 1, draw(time_.random(), 1, slow_messages) == 1 ? 300 : 15));
}

void LedgerCluster::submit(NodeId id, Submission submission,
                           std::function<void(Submitted)> answered) {
    Node& node = at(id);
    asio::co_spawn(node.running->context,
                   ask(*node.running->sequencer, std::move(submission), std::move(answered)),
                   rethrow);
    work(node);
}

void LedgerCluster::propose_change(NodeId node, const MemberChange& change) {
    (void)at(node).running->replica->engine().propose_change(change);
    work(at(node));
}

void LedgerCluster::transfer(NodeId node, NodeId to) {
    (void)at(node).running->replica->engine().transfer(to);
    work(at(node));
}

std::optional<NodeId> LedgerCluster::leader() const {
    std::optional<NodeId> found;
    std::uint64_t term = 0;
    for (const auto& [id, node] : nodes_) {
        if (!node.running) continue;
        const RaftStatus known = node.running->replica->engine().status();
        if (known.role != RaftRole::leader || known.term < term) continue;
        term = known.term;
        found = known.applied_own_term ? std::optional(id) : std::nullopt;
    }
    return found;
}

bool LedgerCluster::is_whole() const {
    const auto leading = leader();
    if (!leading) return false;
    const auto found = members(*leading);
    return std::all_of(found.begin(), found.end(), [&](const RaftMember& member) {
        return is_up(member.node) && at(member.node).log->next_seq() == history_.size();
    });
}

std::vector<RaftMember> LedgerCluster::members(NodeId node) const {
    return at(node).running->replica->engine().members();
}

std::vector<NodeId> LedgerCluster::nodes() const {
    std::vector<NodeId> found;
    for (const auto& [id, node] : nodes_) found.push_back(id);
    return found;
}

}  // namespace keyledger
