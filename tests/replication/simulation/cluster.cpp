#include "tests/replication/simulation/cluster.hpp"

#include "tests/support/randomness.hpp"

#include <algorithm>
#include <cassert>

namespace keyledger {

namespace {

constexpr Millis tick_length{50}, tick_jitter{3};

constexpr std::string_view state_key = "state";

Row applied_row(std::uint64_t index, const Digest& state) {
    std::string value;
    append_u64(value, index);
    value += view_of(state);
    return {Family::meta, std::string(state_key), value};
}

}  // namespace

Cluster::Cluster(const ClusterSettings& settings) : settings_(settings), random_(settings.seed) {
    seed_elections(settings.seed);
}

void Cluster::add(NodeId node, const RaftSnapshot& first) {
    const HardState promised{.term = first.term, .vote = no_node, .commit = first.index};
    add(node, first, {}, promised);
}

void Cluster::add(NodeId node, const RaftSnapshot& first, const std::vector<RaftEntry>& entries,
                  HardState hard_state) {
    Node& made = nodes_[node];
    made.id = node;
    const RaftWrite created = RaftDisk::create(first, 0);
    (void)made.disk->change(created.changes, created.durability);
    RaftReady ready;
    ready.must_sync = true;
    ready.hard_state = hard_state;
    ready.entries = entries;
    auto log = std::get<RaftDisk>(RaftDisk::open(*made.disk));
    RaftWrite write = log.store(ready);
    write.changes.written.push_back(applied_row(first.index, Digest{}));
    (void)made.disk->change(write.changes, Durability::synced);
    if (first.index > 0) invariants_.begins(first.index);
    for (const RaftEntry& entry : entries) invariants_.stored(node, entry);
}

void Cluster::add_voters(std::uint64_t count) {
    RaftSnapshot first{.index = 1, .term = 1, .members = {}};
    for (std::uint64_t id = 1; id <= count; ++id) first.members.voters.push_back(NodeId{id});
    for (const NodeId node : first.members.voters) {
        add(node, first);
        start(node);
    }
}

void Cluster::start(NodeId id) {
    Node& node = at(id);
    assert(!node.engine);
    auto opened = RaftDisk::open(*node.disk);
    if (const auto* fault = std::get_if<LogFault>(&opened))
        return invariants_.violated(fault->what);
    node.log = std::get<RaftDisk>(std::move(opened));
    const std::string applied = *node.disk->row(Family::meta, state_key);
    node.applied = load_u64(applied);
    node.state = *digest_from_bytes(std::string_view(applied).substr(8));
    auto loaded = node.log->load(node.applied);
    if (const auto* fault = std::get_if<LogFault>(&loaded))
        return invariants_.violated(fault->what);
    auto& stored = std::get<RaftStored>(loaded);
    if (settings_.mutation == Mutation::hard_state_not_kept)
        stored.hard_state = {
            .term = stored.entries.empty() ? stored.base_term : stored.entries.back().term,
            .vote = no_node,
            .commit = node.applied};
    RaftSettings settings;
    settings.node = id;
    settings.message_entries_bytes_max = settings_.message_entries_bytes_max;
    auto made = RaftEngine::create(settings, stored);
    if (const auto* why = std::get_if<std::string>(&made)) return invariants_.violated(*why);
    node.engine = std::get<RaftEngine>(std::move(made));
    node.members = stored.members;
    ++node.life;
    at_time(Millis(draw<int>(random_, 0, 50)), node, [this](Node& up) { tick(up); });
    work(node);
}

void Cluster::crash(NodeId id) {
    Node& node = at(id);
    if (!node.engine) return;
    ++node.life;
    std::size_t kept = draw<std::size_t>(random_, 0, node.disk->unsynced());
    // What was being written may have come through, and then all before it has.
    if (node.writing && draw(random_, 0, 1) == 1) {
        (void)node.disk->change(node.writing->write.changes, Durability::synced);
        kept = 0;
    }
    node.disk->crash(kept);
    node.log.reset();
    node.engine.reset();
    node.writing.reset();
    node.incoming.clear();
    note(static_cast<std::uint64_t>(id));
}

void Cluster::isolate(NodeId node) {
    for (const NodeId other : nodes()) {
        cut(node, other);
        cut(other, node);
    }
}

void Cluster::mend() {
    cuts_.clear();
    lost_per_mille_ = 0;
}

void Cluster::run_for(Millis duration) {
    (void)run_until([] { return false; }, duration);
}

bool Cluster::run_until(const std::function<bool()>& condition, Millis limit) {
    const Millis end = now_ + limit;
    while (invariants_.violation().empty()) {
        if (condition()) return true;
        if (queue_.empty() || queue_.top().time > end) break;
        (void)step();
    }
    now_ = std::max(now_, end);
    return false;
}

bool Cluster::step() {
    if (queue_.empty()) return false;
    const Event event = queue_.top();
    queue_.pop();
    now_ = event.time;
    event.action();
    return true;
}

void Cluster::at_time(Millis delay, std::function<void()> action) {
    queue_.push({now_ + delay, events_++, std::move(action)});
}

void Cluster::at_time(Millis delay, const Node& node, std::function<void(Node&)> action) {
    at_time(delay, [this, id = node.id, life = node.life, action = std::move(action)] {
        Node& found = at(id);
        if (found.engine && found.life == life) action(found);
    });
}

void Cluster::tick(Node& node) {
    check(node, node.engine->tick());
    const auto jitter = Millis(draw<int>(random_, -static_cast<int>(tick_jitter.count()),
                                         static_cast<int>(tick_jitter.count())));
    at_time(tick_length + jitter, node, [this](Node& up) { tick(up); });
    work(node);
}

// Steps 1 and 2 of a ready.
void Cluster::work(Node& node) {
    const RaftStatus status = node.engine->status();
    if (status.role == RaftRole::leader) invariants_.leads(node.id, status.term);
    if (node.writing) return;
    auto ready = node.engine->take_ready();
    if (!ready) return;
    for (const RaftMessage& message : ready->messages)
        if (!message.after_sync || settings_.mutation == Mutation::no_wait_for_the_disk)
            send(node, message);
    for (const RaftEntry& entry : ready->entries) invariants_.stored(node.id, entry);
    RaftWrite write = node.log->store(*ready);
    if (ready->snapshot) {
        // Its state is there with its log, or neither is.
        const std::uint64_t index = ready->snapshot->index;
        if (!node.incoming.contains(index)) return invariants_.violated("a snapshot without state");
        write.changes.written.push_back(applied_row(index, node.incoming.at(index)));
    }
    node.writing = Writing{.ready = std::move(*ready), .write = std::move(write)};
    if (settings_.mutation == Mutation::no_wait_for_the_disk) {
        node.writing->write.durability = Durability::deferred;
        at_time(disk_delay(node), node, [](Node& up) { up.disk->sync(); });
        return finish(node);
    }
    at_time(disk_delay(node), node, [this](Node& up) { finish(up); });
}

// Steps 3 and 4, when the disk has it.
void Cluster::finish(Node& node) {
    const Writing writing = std::move(*node.writing);
    node.writing.reset();
    RowChanges state;
    if (writing.ready.snapshot) {
        const auto& [index, term, members] = *writing.ready.snapshot;
        node.state = node.incoming.at(index);
        node.applied = index;
        node.members = members;
        invariants_.took_over(node.id, index, node.state);
        // A later one may have come meanwhile.
        node.incoming.erase(node.incoming.begin(), node.incoming.upper_bound(index));
    }
    (void)node.disk->change(writing.write.changes, writing.write.durability);
    if (settings_.mutation != Mutation::no_wait_for_the_disk)
        for (const RaftMessage& message : writing.ready.messages)
            if (message.after_sync) send(node, message);
    apply(node, writing.ready, state);
    if (!state.written.empty()) (void)node.disk->change(state, Durability::deferred);
    check(node, node.engine->advance());
    work(node);
}

void Cluster::apply(Node& node, const RaftReady& ready, RowChanges& changes) {
    for (const auto& [entry, change] : ready.committed) {
        if (entry.index != node.applied + 1) invariants_.violated("an entry was left out");
        count_copies(node, entry);
        node.state = invariants_.applied(node.id, entry, node.state);
        node.applied = entry.index;
        note(entry.index * 31 + static_cast<std::uint64_t>(node.id));
        if (!change) continue;
        members_change_ = true;
        node.members = changed(node.members, *change);
        changes.written.push_back(node.log->store_members(node.members, entry.index));
    }
    if (!ready.committed.empty()) changes.written.push_back(applied_row(node.applied, node.state));
    for (const ReadAnswer& read : ready.reads) {
        ++read_answers_;
        invariants_.answered(read.context, read.index);
    }
}

}  // namespace keyledger
