#include "tests/replication/simulation/ledger_cluster.hpp"

#include "projections/replay.hpp"
#include "tests/replication/simulation/ledger_node.hpp"
#include "tests/support/given.hpp"
#include "tests/support/running_sequencer.hpp"

#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace keyledger {

namespace {

constexpr Millis tick_length{50}, tick_jitter{3};
// One in so many is far slower than the others.
constexpr int slow_writes = 30;

std::string name_of(NodeId node) {
    return "node " + std::to_string(static_cast<std::uint64_t>(node));
}

SequencerSettings sequencer_settings(NodeId node) {
    SequencerSettings settings;
    settings.node = static_cast<std::uint64_t>(node);
    settings.flush_interval = std::chrono::hours(1000);  // the wall's: none in a simulation
    settings.snapshot_every_events = 60;
    return settings;
}

spdlog::logger& silent() {
    static spdlog::logger logger("test", std::make_shared<spdlog::sinks::null_sink_mt>());
    return logger;
}

}  // namespace

LedgerCluster::LedgerCluster(const LedgerClusterSettings& settings)
    : settings_(settings), time_(settings.seed) {
    seed_elections(settings.seed);
}

LedgerCluster::~LedgerCluster() = default;

void LedgerCluster::add_voters(std::uint64_t count) {
    RaftSnapshot first{.index = 1, .term = 1, .members = {}};
    for (std::uint64_t id = 1; id <= count; ++id) first.members.voters.push_back(NodeId{id});
    for (const NodeId id : first.members.voters) {
        Node& node = nodes_[id];
        node.id = id;
        make_log(node);
        fill(*node.log, TestClock(noon));
        const RaftWrite created = RaftDisk::create(first, node.log->next_seq());
        (void)node.log->change(created.changes, created.durability);
        start(id);
    }
}

void LedgerCluster::add_joining(NodeId id) {
    Node& node = nodes_[id];
    node.id = id;
    make_log(node);
    const RaftWrite created = RaftDisk::create({}, 0);
    (void)node.log->change(created.changes, created.durability);
    start(id);
}

void LedgerCluster::make_log(Node& node) const {
    node.log = std::make_unique<CrashingLog>();
    if (settings_.mutation == LedgerMutation::torn_batches) node.log->tear();
}

void LedgerCluster::start(NodeId id) {
    Node& node = at(id);
    node.clock_off = Millis(draw(time_.random(), -200, 200));
    auto running = std::make_unique<Running>(*node.log, noon + time_.now() + node.clock_off,
                                             time_.random()());
    const RestoreResult restored = restore(*node.log, running->tables, Rebuild::if_needed);
    if (const auto problem = problem_of(restored))
        return history_.violated(name_of(id) + " can't start: " + *problem);
    ReplicaSettings settings;
    settings.raft.node = id;
    settings.raft.message_entries_bytes_max = 16'384;
    settings.entries_kept_max = settings_.entries_kept_max;
    auto opened = Replica::open(*node.log, running->tables, running->applier, running->random,
                                settings, std::nullopt);
    if (const auto* fault = std::get_if<LogFault>(&opened))
        return history_.violated(name_of(id) + " can't start: " + fault->what);
    running->replica = std::move(std::get<std::unique_ptr<Replica>>(opened));
    running->commits.emplace(*running->replica, settings_.mutation);
    running->sequencer.emplace(
        running->context, *node.log, *running->commits, running->tables, running->uses,
        running->clock, running->random, silent(),
        [](const LogFault& fault) { throw EndOfProcess(fault.what); }, sequencer_settings(id));
    running->sequencer->start([] {});
    node.checked = std::min(node.checked, node.log->next_seq());
    node.running = std::move(running);
    ++node.life;
    after(Millis(draw(time_.random(), 0, 50)), node, [this](Node& up) { tick(up); });
    work(node);
}

void LedgerCluster::crash(NodeId id) {
    Node& node = at(id);
    if (!node.running) return;
    ++node.life;
    std::size_t kept = draw<std::size_t>(time_.random(), 0, node.log->unsynced());
    // What was being written may have come through, and then all before it has.
    if (node.running->writing && draw(time_.random(), 0, 1) == 1) {
        (void)node.running->writing->write(*node.log);
        kept = node.log->unsynced();
    }
    auto left = node.log->crashed(kept);
    node.running.reset();  // before the log that it is on
    node.log = std::move(left);
}

void LedgerCluster::isolate(NodeId node) {
    for (const NodeId other : nodes()) {
        cut(node, other);
        cut(other, node);
    }
}

void LedgerCluster::mend() {
    cuts_.clear();
    lost_per_mille_ = 0;
}

void LedgerCluster::run_for(Millis duration) {
    (void)run_until([] { return false; }, duration);
}

bool LedgerCluster::run_until(const std::function<bool()>& condition, Millis limit) {
    const Millis end = time_.now() + limit;
    while (history_.violation().empty()) {
        if (condition()) return true;
        if (!time_.step(end)) break;
    }
    return false;
}

void LedgerCluster::after(Millis delay, const Node& node, std::function<void(Node&)> action) {
    time_.after(delay, [this, id = node.id, life = node.life, action = std::move(action)] {
        Node& same = at(id);
        if (same.running && same.life == life) action(same);
    });
}

void LedgerCluster::tick(Node& node) {
    check(node, node.running->replica->engine().tick());
    node.running->clock.set(noon + time_.now() + node.clock_off);
    after(tick_length + Millis(draw(time_.random(), 0, 3)) - tick_jitter / 2, node,
          [this](Node& up) { tick(up); });
    work(node);
}

// Steps and turns of the sequencer, until one waits for the disk or there is nothing to do.
void LedgerCluster::work(Node& node) {
    try {
        while (!node.running->writing) {
            node.running->commits->write_what_waits();
            poll(node);
            std::optional<ReplicaStep> step = node.running->replica->begin();
            if (!step) {
                node.running->commits->tell();
                poll(node);  // which may propose
                step = node.running->replica->begin();
            }
            if (!step || !run_step(node, std::move(*step))) return;
        }
        poll(node);
    } catch (const EndOfProcess& fault) {
        history_.violated(name_of(node.id) + " ended: " + fault.what());
    }
}

// False if it waits for the disk.
bool LedgerCluster::run_step(Node& node, ReplicaStep step) {
    for (const RaftMessage& message : step.at_once) send(node, message);
    if (step.state) ++snapshots_taken_;
    const bool waits =
        step.writes() && settings_.mutation != LedgerMutation::no_wait_for_the_disk;
    if (step.writes() && !waits) {
        step.change.durability = Durability::deferred;
        (void)step.write(*node.log);
    }
    node.running->writing = std::move(step);
    if (!waits) {
        finish(node);
        return true;
    }
    after(disk_delay(node), node, [this](Node& up) {
        if (const auto fault = up.running->writing->write(*up.log))
            return history_.violated(name_of(up.id) + ": " + fault->what);
        finish(up);
        work(up);
    });
    return false;
}

void LedgerCluster::finish(Node& node) {
    Running& running = *node.running;
    const ReplicaStep step = std::move(*running.writing);
    running.writing.reset();
    for (const RaftMessage& message : step.after_write) send(node, message);
    const std::uint64_t before = node.log->next_seq();
    if (const auto fault = running.replica->finish())
        return history_.violated(name_of(node.id) + ": " + fault->what);
    if (node.checked == node.log->next_seq() && before == node.log->next_seq()) return;
    history_.shown(name_of(node.id), *node.log, node.checked, running.tables);
    node.checked = node.log->next_seq();
    trace_ = (trace_ ^ node.checked ^ static_cast<std::uint64_t>(time_.now().count())) *
             1099511628211u;
}

void LedgerCluster::poll(Node& node) {
    while (node.running->context.poll() > 0) {
    }
}

void LedgerCluster::check(const Node& node, RaftAnswer answer) {
    if (answer == RaftAnswer::broken)
        history_.violated(name_of(node.id) + ": " + node.running->replica->engine().failure());
    if (answer == RaftAnswer::refused) history_.violated("an engine refused what it was sent");
}

Millis LedgerCluster::disk_delay(const Node& node) {
    const Millis delay(
        draw(time_.random(), 1, draw(time_.random(), 1, slow_writes) == 1 ? 600 : 3));
    return std::max(delay, node.stalled_until - time_.now());
}

}  // namespace keyledger
