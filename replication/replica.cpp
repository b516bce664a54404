#include "replication/replica.hpp"

#include "ledger/base/bytes.hpp"
#include "replication/raft_tail.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

namespace keyledger {

namespace {

std::uint64_t draw_boot(Random& random) {
    std::array<std::uint8_t, 8> bytes{};
    random.fill(bytes);
    return load_u64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

LogFault fault_of(std::uint64_t index, const std::string& what) {
    return {"apply entry " + std::to_string(index) + " of the Raft log: " + what};
}

// The next event, which another node has decided.
std::optional<LogFault> receive(GrowingBatch& batch, StoredEvent event, std::uint64_t index) {
    const std::uint64_t seq = batch.view().next_seq();
    const auto wrong = batch.append_received(std::move(event));
    if (!wrong) return {};
    return fault_of(index, "event seq=" + std::to_string(seq) + " " + *wrong);
}

}  // namespace

bool ReplicaStep::writes() const {
    return fault || state || !change.changes.written.empty() || !change.changes.erased.empty();
}

std::optional<LogFault> ReplicaStep::write(EventLog& log) {
    if (fault) return fault;
    return state ? log.append(*state) : log.change(change.changes, change.durability);
}

RaftWrite Replica::found_cluster(const EventLog& log, NodeId node) {
    return RaftDisk::create({.index = 1, .term = 1, .members = {.voters = {node}, .learners = {}}},
                            log.next_seq());
}

std::variant<std::unique_ptr<Replica>, LogFault> Replica::open(
    EventLog& log, Tables& tables, Applier& applier, Random& random,
    const ReplicaSettings& settings, const std::optional<TreeHead>& signed_before) {
    assert(tables.next_seq() == log.next_seq());
    auto opened = RaftDisk::open(log);
    if (auto* fault = std::get_if<LogFault>(&opened)) return std::move(*fault);
    auto& disk = std::get<RaftDisk>(opened);
    if (disk.applied_next_seq() != log.next_seq())
        return LogFault{"the Raft log was applied up to " +
                        std::to_string(disk.applied_next_seq()) + " events, and the log holds " +
                        std::to_string(log.next_seq())};
    auto loaded = disk.load(disk.applied_index());
    if (auto* fault = std::get_if<LogFault>(&loaded)) return std::move(*fault);
    auto& stored = std::get<RaftStored>(loaded);
    if (signed_before) {
        auto committed = committed_by(*signed_before, log, stored);
        if (auto* problem = std::get_if<std::string>(&committed))
            return LogFault{std::move(*problem)};
        std::uint64_t& commit = stored.hard_state.commit;
        commit = std::max(commit, std::get<std::uint64_t>(committed));
    }
    auto made = RaftEngine::create(settings.raft, stored);
    if (auto* why = std::get_if<std::string>(&made)) return LogFault{"the Raft log: " + *why};
    return std::unique_ptr<Replica>(new Replica(log, tables, applier, random, std::move(disk),
                                                std::get<RaftEngine>(std::move(made)), settings,
                                                stored));
}

Replica::Replica(EventLog& log, const Tables& tables, Applier& applier, Random& random,
                 RaftDisk disk, RaftEngine engine, const ReplicaSettings& settings,
                 const RaftStored& stored)
    : log_(log),
      applier_(applier),
      disk_(std::move(disk)),
      engine_(std::move(engine)),
      settings_(settings),
      boot_(draw_boot(random)),
      received_(log, tables) {
    kept_.push_back({stored.base_index, 0, std::nullopt});
    for (const RaftEntry& entry : stored.entries)
        if (entry.index <= stored.applied) keep(entry.index, entry.data.size());
    kept_.back().next_seq = log.next_seq();
    // Nobody else could lead: no need to wait for that.
    if (stored.members.voters == std::vector{settings.raft.node}) (void)engine_.campaign();
}

bool Replica::is_voter() const {
    const std::vector<NodeId>& voters = disk_.members().voters;
    return std::binary_search(voters.begin(), voters.end(), settings_.raft.node);
}

bool Replica::may_decide() const {
    if (in_flight_ || !is_voter()) return false;
    const RaftStatus status = engine_.status();
    return status.role == RaftRole::leader && status.applied_own_term &&
           status.transferring_to == no_node;
}

void Replica::propose(GrowingBatch& batch, std::function<void(CommitOutcome)> ended) {
    assert(may_decide());
    in_flight_ = InFlight{
        .batch = &batch,
        .ended = std::move(ended),
        .proposer = {.node = settings_.raft.node, .boot = boot_, .number = ++proposals_},
        .term = engine_.status().term,
        .confirmed_at = std::nullopt};
    RaftAnswer answer = RaftAnswer::done;
    if (batch.events().empty()) {
        answer = engine_.read_index(context_of(in_flight_->proposer));
    } else {
        const EntryHeader header{.term = in_flight_->term,
                                 .first_seq = batch.batch().first_seq,
                                 .proposer = in_flight_->proposer};
        answer = engine_.propose(encode_entry(header, batch.batch().events));
    }
    if (answer != RaftAnswer::done) end(CommitOutcome::dropped);
}

// Unique for ever, as the engine wants it.
std::string Replica::context_of(const Proposer& proposer) const {
    std::string context;
    append_u64(context, static_cast<std::uint64_t>(proposer.node));
    append_u64(context, proposer.boot);
    append_u64(context, proposer.number);
    return context;
}

void Replica::end(CommitOutcome outcome) {
    const InFlight ended = *std::exchange(in_flight_, std::nullopt);
    ended.ended(outcome);
}

// Whether the batch in flight was confirmed, or leadership was lost with it.
void Replica::settle() {
    if (!in_flight_) return;
    const RaftStatus status = engine_.status();
    if (in_flight_->confirmed_at && *in_flight_->confirmed_at <= status.applied)
        end(CommitOutcome::committed);
    else if (status.role != RaftRole::leader || status.term != in_flight_->term)
        end(in_flight_->batch->events().empty() ? CommitOutcome::dropped : CommitOutcome::unknown);
}

// A leader that was removed goes on leading, and can propose nothing. What asks the next one to
// take over may be lost.
void Replica::hand_over_if_removed() {
    if (is_voter()) return;
    const RaftStatus status = engine_.status();
    if (status.role != RaftRole::leader || status.transferring_to != no_node) return;
    const RaftMember* next = nullptr;
    const std::vector<RaftMember> members = engine_.members();
    for (const RaftMember& member : members)
        if (!member.is_learner && (next == nullptr || member.match > next->match)) next = &member;
    if (next != nullptr) (void)engine_.transfer(next->node);
}

std::optional<ReplicaStep> Replica::begin() {
    assert(!ready_);
    settle();
    hand_over_if_removed();
    ready_ = engine_.take_ready();
    if (!ready_) return std::nullopt;
    ReplicaStep step;
    for (RaftMessage& message : ready_->messages)
        (message.after_sync ? step.after_write : step.at_once).push_back(std::move(message));
    step.change = disk_.store(*ready_);
    if (ready_->snapshot) prepare_state(step);
    return step;
}

// The events that are missing, and the Raft log that begins after them, in one write.
void Replica::prepare_state(ReplicaStep& step) {
    const std::uint64_t index = ready_->snapshot->index;
    FetchedState& fetched = fetched_.at(index);
    received_.clear();
    // Some may have come as entries meanwhile.
    const std::uint64_t known = log_.next_seq() - fetched.first_seq;
    for (std::size_t i = known; i < fetched.events.size() && !step.fault; ++i)
        step.fault = receive(received_, std::move(fetched.events[i]), index);

    LogBatch& state = received_.batch();
    state.erased = std::move(step.change.changes.erased);
    for (Row& row : step.change.changes.written) state.rows.push_back(std::move(row));
    state.rows.push_back(disk_.store_applied(index, received_.view().next_seq()));
    step.state = &state;
}

std::optional<LogFault> Replica::finish() {
    assert(ready_);
    const RaftReady ready = *std::exchange(ready_, std::nullopt);
    if (ready.snapshot) {
        applier_.show(received_.events());
        kept_.assign(1, {ready.snapshot->index, 0, log_.next_seq()});
        kept_bytes_ = 0;
    }
    for (const CommittedEntry& committed : ready.committed)
        if (auto fault = apply(committed)) return fault;
    if (engine_.advance() != RaftAnswer::done)
        return LogFault{"the Raft engine: " + engine_.failure()};
    for (const ReadAnswer& read : ready.reads)
        if (in_flight_ && read.context == context_of(in_flight_->proposer))
            in_flight_->confirmed_at = read.index;
    fetched_.erase(fetched_.begin(), fetched_.upper_bound(applied()));
    settle();
    return compact_if_long();
}

std::optional<LogFault> Replica::apply(const CommittedEntry& committed) {
    const RaftEntry& entry = committed.entry;
    std::optional<LogFault> fault;
    if (committed.change)
        fault = apply_change(*committed.change, entry.index);
    else if (!entry.data.empty())
        fault = apply_batch(entry);
    keep(entry.index, entry.data.size());
    kept_.back().next_seq = log_.next_seq();
    return fault;
}

std::optional<LogFault> Replica::apply_change(const MemberChange& change, std::uint64_t index) {
    RowChanges changes;
    changes.written = {disk_.store_members(changed(disk_.members(), change), index),
                       disk_.store_applied(index, log_.next_seq())};
    return log_.change(changes, Durability::deferred);
}

std::optional<LogFault> Replica::apply_batch(const RaftEntry& entry) {
    const auto header = decode_entry_header(entry.data);
    if (!header) return fault_of(entry.index, "it holds no batch");
    const bool is_own = in_flight_ && in_flight_->proposer == header->proposer;
    // All nodes pass over it alike.
    if (header->term != entry.term || header->first_seq != log_.next_seq()) {
        if (is_own) end(CommitOutcome::dropped);
        return {};
    }
    if (is_own) {
        if (auto fault = append(*in_flight_->batch, entry.index)) return fault;
        end(CommitOutcome::committed);
        return {};
    }
    auto events = decode_entry_events(entry.data);
    if (!events) return fault_of(entry.index, "it holds no events");
    received_.clear();
    for (StoredEvent& event : *events)
        if (auto fault = receive(received_, std::move(event), entry.index)) return fault;
    return append(received_, entry.index);
}

// Durable it is already, as an entry.
std::optional<LogFault> Replica::append(GrowingBatch& batch, std::uint64_t index) {
    batch.batch().rows.push_back(disk_.store_applied(index, batch.view().next_seq()));
    batch.batch().durability = Durability::deferred;
    if (auto fault = log_.append(batch.batch())) return fault;
    applier_.show(batch.events());
    return {};
}

void Replica::keep(std::uint64_t index, std::size_t bytes) {
    kept_.push_back({index, bytes, std::nullopt});
    kept_bytes_ += bytes;
}

// Entries go only after the state that they made was written.
std::optional<LogFault> Replica::compact_if_long() {
    if (kept_.size() <= settings_.entries_kept_max && kept_bytes_ <= settings_.bytes_kept_max)
        return {};
    std::uint64_t through = disk_.base_index();
    while (kept_.size() > 1 && kept_[1].index <= disk_.applied_index() &&
           (kept_.size() > settings_.entries_kept_max / 2 ||
            kept_bytes_ > settings_.bytes_kept_max / 2)) {
        kept_.pop_front();
        kept_bytes_ -= kept_.front().bytes;
        kept_.front().bytes = 0;  // the base: its entry goes
        through = kept_.front().index;
    }
    if (through == disk_.base_index()) return {};
    if (engine_.compact(through) != RaftAnswer::done)
        return LogFault{"the Raft engine: " + engine_.failure()};
    auto compacted = disk_.compact(through);
    if (auto* fault = std::get_if<LogFault>(&compacted)) return std::move(*fault);
    const auto& write = std::get<RaftWrite>(compacted);
    return log_.change(write.changes, write.durability);
}

std::optional<std::uint64_t> Replica::next_seq_at(std::uint64_t index) const {
    const std::uint64_t first = kept_.front().index;
    if (index < first || index - first >= kept_.size()) return std::nullopt;
    return kept_[index - first].next_seq;
}

void Replica::take_state(std::uint64_t index, FetchedState state) {
    assert(state.first_seq <= log_.next_seq());
    fetched_.insert_or_assign(index, std::move(state));
}

}  // namespace keyledger
