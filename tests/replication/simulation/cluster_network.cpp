// The half of the cluster that sends, asks and looks.

#include "replication/raft_rows.hpp"
#include "tests/replication/simulation/cluster.hpp"
#include "tests/support/randomness.hpp"

#include <algorithm>

namespace keyledger {

namespace {

// One in so many is far slower than the others, or comes twice.
constexpr int slow_messages = 20, slow_writes = 30, twice = 50;

}  // namespace

void Cluster::send(Node& node, const RaftMessage& message) {
    if (watch_ && !watch_(node.id, message)) return;
    using Snapshot = RaftEngine::SnapshotOutcome;
    const bool lost = cuts_.contains({node.id, message.to}) || !nodes_.contains(message.to) ||
                      draw(random_, 1u, 1000u) <= lost_per_mille_;
    report(node, message, lost ? Snapshot::failed : Snapshot::arrived);
    if (lost) return;
    std::optional<Digest> state;
    if (message.snapshot_index != 0) state = invariants_.state_at(message.snapshot_index);
    for (int copies = draw(random_, 1, twice) == 1 ? 2 : 1; copies > 0; --copies)
        at_time(network_delay(),
                [this, from = node.id, message, state] { arrive(from, message, state); });
}

// A sender of a snapshot waits for its outcome; of others it may hear that they were lost.
void Cluster::report(const Node& node, const RaftMessage& message,
                     RaftEngine::SnapshotOutcome outcome) {
    const bool failed = outcome == RaftEngine::SnapshotOutcome::failed;
    if (message.snapshot_index != 0)
        at_time(network_delay(), node, [this, to = message.to, outcome](Node& up) {
            check(up, up.engine->report_snapshot(to, outcome));
            work(up);
        });
    else if (failed && draw(random_, 0, 3) == 0)
        check(at(node.id), at(node.id).engine->report_unreachable(message.to));
}

void Cluster::arrive(NodeId from, const RaftMessage& message, const std::optional<Digest>& state) {
    if (cuts_.contains({from, message.to}) || !is_up(message.to)) return;
    if (state) at(message.to).incoming.insert_or_assign(message.snapshot_index, *state);
    deliver(message);
}

void Cluster::deliver(const RaftMessage& message) {
    Node& node = at(message.to);
    note(message.bytes.size());
    check(node, node.engine->step(message.bytes));
    work(node);
}

Millis Cluster::network_delay() {
    return Millis(draw(random_, 1, draw(random_, 1, slow_messages) == 1 ? 300 : 15));
}

Millis Cluster::disk_delay(const Node& node) {
    const Millis delay(draw(random_, 1, draw(random_, 1, slow_writes) == 1 ? 600 : 3));
    return std::max(delay, node.stalled_until - now_);
}

RaftAnswer Cluster::propose(NodeId node, const std::string& data) {
    const RaftAnswer answer = at(node).engine->propose(data);
    work(at(node));
    return answer;
}

RaftAnswer Cluster::propose_change(NodeId node, const MemberChange& change) {
    const RaftAnswer answer = at(node).engine->propose_change(change);
    if (answer == RaftAnswer::done) members_change_ = true;
    work(at(node));
    return answer;
}

RaftAnswer Cluster::transfer(NodeId node, NodeId to) {
    const RaftAnswer answer = at(node).engine->transfer(to);
    work(at(node));
    return answer;
}

RaftAnswer Cluster::read(NodeId node) {
    const std::string context = "read " + std::to_string(++reads_);
    invariants_.asked(context);
    const RaftAnswer answer = at(node).engine->read_index(context);
    work(at(node));
    return answer;
}

void Cluster::compact(NodeId id) {
    Node& node = at(id);
    // Not while a write is under way that was made for the log as it is.
    if (!node.engine || node.writing || node.applied <= node.log->base_index()) return;
    check(node, node.engine->compact(node.applied));
    auto compacted = node.log->compact(node.applied);
    if (const auto* fault = std::get_if<LogFault>(&compacted))
        return invariants_.violated(fault->what);
    const auto& write = std::get<RaftWrite>(compacted);
    (void)node.disk->change(write.changes, write.durability);
}

void Cluster::count_copies(const Node& node, const RaftEntry& entry) {
    if (!settings_.count_copies || members_change_) return;
    const Row row = entry_row(entry);
    const auto has = [&](NodeId voter) {
        const SimulatedDisk& disk = *at(voter).disk;
        if (disk.durable_row(Family::raft, row.key) == row.value) return true;
        const auto bounds = disk.durable_row(Family::raft, std::string(bounds_key));
        const auto numbers = decode_numbers<3>(bounds_key, *bounds);
        return (*numbers)[0] >= entry.index;
    };
    const auto& voters = node.members.voters;
    const auto copies = std::count_if(voters.begin(), voters.end(), has);
    if (static_cast<std::size_t>(copies) * 2 <= voters.size())
        invariants_.violated("entry " + std::to_string(entry.index) + " was applied with " +
                             std::to_string(copies) + " copies");
}

std::optional<NodeId> Cluster::leader() const {
    std::optional<NodeId> found;
    std::uint64_t term = 0;
    for (const auto& [id, node] : nodes_) {
        if (!node.engine) continue;
        const RaftStatus known = node.engine->status();
        if (known.role != RaftRole::leader || known.term < term) continue;
        term = known.term;
        found = known.applied_own_term ? std::optional(id) : std::nullopt;
    }
    return found;
}

bool Cluster::is_whole() const {
    const auto leading = leader();
    if (!leading) return false;
    const auto found = members(*leading);
    return std::all_of(found.begin(), found.end(), [&](const RaftMember& member) {
        return is_up(member.node) && applied(member.node) == invariants_.last_applied();
    });
}

std::vector<NodeId> Cluster::nodes() const {
    std::vector<NodeId> found;
    for (const auto& [id, node] : nodes_) found.push_back(id);
    return found;
}

void Cluster::check(Node& node, RaftAnswer answer) {
    if (answer == RaftAnswer::broken) invariants_.violated(node.engine->failure());
    if (answer == RaftAnswer::refused) invariants_.violated("the engine refused what it sent");
}

void Cluster::note(std::uint64_t value) {
    trace_ = (trace_ ^ value ^ static_cast<std::uint64_t>(now_.count())) * 1099511628211u;
}

}  // namespace keyledger
