#include "replication/raft_engine.hpp"

#include "replication/engine/engine.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

namespace keyledger {

static_assert(members_max == ENGINE_MEMBERS_MAX);

namespace {

constexpr std::size_t reason_bytes_max = 512;

// The engine only reads what it is passed.
engine_bytes bytes_for(std::string_view bytes) {
    auto* const data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    return {.data = const_cast<std::uint8_t*>(data), .size = bytes.size()};
}

engine_nodes nodes_for(const std::vector<NodeId>& nodes) {
    static_assert(sizeof(NodeId) == sizeof(std::uint64_t));
    auto* const ids = reinterpret_cast<const std::uint64_t*>(nodes.data());
    return {.ids = const_cast<std::uint64_t*>(ids), .count = nodes.size()};
}

engine_config config_of(const RaftSettings& settings) {
    return {.node = static_cast<std::uint64_t>(settings.node),
            .election_ticks = settings.election_ticks,
            .heartbeat_ticks = settings.heartbeat_ticks,
            .message_entries_bytes_max = settings.message_entries_bytes_max,
            .messages_in_flight_max = settings.messages_in_flight_max,
            .uncommitted_bytes_max = settings.uncommitted_bytes_max,
            .entry_bytes_max = settings.entry_bytes_max};
}

std::string string_of(const engine_bytes& bytes) {
    return {reinterpret_cast<const char*>(bytes.data), bytes.size};
}

std::vector<NodeId> nodes_of(const engine_nodes& nodes) {
    std::vector<NodeId> ids;
    for (const std::uint64_t id : std::span(nodes.ids, nodes.count)) ids.push_back(NodeId{id});
    std::sort(ids.begin(), ids.end());
    return ids;
}

RaftEntry entry_of(const engine_entry& entry) {
    return {.index = entry.index,
            .term = entry.term,
            .kind = static_cast<EntryKind>(entry.kind),
            .data = string_of(entry.data)};
}

CommittedEntry committed_of(const engine_entry& entry) {
    CommittedEntry committed{.entry = entry_of(entry), .change = std::nullopt};
    if (committed.entry.kind == EntryKind::change)
        committed.change = MemberChange{.kind = static_cast<ChangeKind>(entry.change),
                                        .node = NodeId{entry.change_node}};
    return committed;
}

RaftMessage message_of(const engine_message& message) {
    return {.to = NodeId{message.to},
            .after_sync = message.after_sync != 0,
            .snapshot_index = message.snapshot_index,
            .bytes = string_of(message.bytes)};
}

RaftReady ready_of(const engine_ready& from) {
    RaftReady ready;
    ready.must_sync = from.must_sync != 0;
    if (from.has_snapshot != 0)
        ready.snapshot = RaftSnapshot{.index = from.snapshot.index,
                                      .term = from.snapshot.term,
                                      .members = {.voters = nodes_of(from.snapshot.voters),
                                                  .learners = nodes_of(from.snapshot.learners)}};
    if (from.has_hard_state != 0)
        ready.hard_state = HardState{.term = from.hard_state.term,
                                     .vote = NodeId{from.hard_state.vote},
                                     .commit = from.hard_state.commit};
    for (const auto& entry : std::span(from.entries, from.entries_count))
        ready.entries.push_back(entry_of(entry));
    for (const auto& entry : std::span(from.committed, from.committed_count))
        ready.committed.push_back(committed_of(entry));
    for (const auto& message : std::span(from.messages, from.messages_count))
        ready.messages.push_back(message_of(message));
    for (const auto& read : std::span(from.reads, from.reads_count))
        ready.reads.push_back({.context = string_of(read.context), .index = read.index});
    return ready;
}

RaftAnswer answer_of(std::int32_t answer) {
    switch (answer) {
        case engine_done:
            return RaftAnswer::done;
        case engine_not_leader:
            return RaftAnswer::not_leader;
        case engine_no_leader:
            return RaftAnswer::no_leader;
        case engine_busy:
            return RaftAnswer::busy;
        case engine_refused:
            return RaftAnswer::refused;
        default:
            return RaftAnswer::broken;
    }
}

std::uint64_t id_of(NodeId node) {
    return static_cast<std::uint64_t>(node);
}

}  // namespace

void seed_elections(std::uint64_t seed) {
    engine_start();
    engine_seed(seed);
}

std::variant<RaftEngine, std::string> RaftEngine::create(const RaftSettings& settings,
                                                         const RaftStored& stored) {
    engine_start();
    std::vector<engine_entry> entries;
    entries.reserve(stored.entries.size());
    for (const RaftEntry& entry : stored.entries)
        entries.push_back({.index = entry.index,
                           .term = entry.term,
                           .kind = static_cast<std::uint32_t>(entry.kind),
                           .data = bytes_for(entry.data),
                           .change = 0,
                           .change_node = 0});
    const engine_stored passed{.hard_state = {.term = stored.hard_state.term,
                                              .vote = id_of(stored.hard_state.vote),
                                              .commit = stored.hard_state.commit},
                               .base = {.index = stored.base_index,
                                        .term = stored.base_term,
                                        .voters = nodes_for(stored.members.voters),
                                        .learners = nodes_for(stored.members.learners)},
                               .entries = entries.data(),
                               .entries_count = entries.size(),
                               .applied = stored.applied};
    std::uint64_t handle = 0;
    std::array<char, reason_bytes_max> why{};
    if (engine_create(config_of(settings), passed, &handle, why.data(), why.size()) != engine_done)
        return std::string(why.data());
    return RaftEngine(handle);
}

RaftEngine::RaftEngine(RaftEngine&& other) noexcept : handle_(std::exchange(other.handle_, 0)) {}

RaftEngine& RaftEngine::operator=(RaftEngine&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
}

RaftEngine::~RaftEngine() {
    if (handle_ != 0) engine_destroy(handle_);
}

RaftAnswer RaftEngine::tick() {
    return answer_of(engine_tick(handle_));
}

RaftAnswer RaftEngine::campaign() {
    return answer_of(engine_campaign(handle_));
}

RaftAnswer RaftEngine::step(std::string_view message) {
    return answer_of(engine_step(handle_, bytes_for(message)));
}

RaftAnswer RaftEngine::propose(std::string_view data) {
    return answer_of(engine_propose(handle_, bytes_for(data)));
}

RaftAnswer RaftEngine::propose_change(const MemberChange& change) {
    return answer_of(engine_propose_change(handle_, static_cast<std::uint32_t>(change.kind),
                                           id_of(change.node)));
}

RaftAnswer RaftEngine::read_index(std::string_view context) {
    return answer_of(engine_read_index(handle_, bytes_for(context)));
}

RaftAnswer RaftEngine::transfer(NodeId to) {
    return answer_of(engine_transfer(handle_, id_of(to)));
}

RaftAnswer RaftEngine::report_unreachable(NodeId node) {
    return answer_of(engine_report_unreachable(handle_, id_of(node)));
}

RaftAnswer RaftEngine::report_snapshot(NodeId node, SnapshotOutcome outcome) {
    return answer_of(
        engine_report_snapshot(handle_, id_of(node), outcome == SnapshotOutcome::arrived ? 1 : 0));
}

RaftAnswer RaftEngine::compact(std::uint64_t through) {
    return answer_of(engine_compact(handle_, through));
}

std::optional<RaftReady> RaftEngine::take_ready() {
    if (engine_has_ready(handle_) == 0) return std::nullopt;
    engine_ready ready{};
    if (engine_take_ready(handle_, &ready) != engine_done) return std::nullopt;
    return ready_of(ready);
}

RaftAnswer RaftEngine::advance() {
    return answer_of(engine_advance(handle_));
}

RaftStatus RaftEngine::status() const {
    engine_status status{};
    (void)engine_get_status(handle_, &status);
    return {.role = static_cast<RaftRole>(status.role),
            .term = status.term,
            .leader = NodeId{status.leader},
            .commit = status.commit,
            .applied = status.applied,
            .transferring_to = NodeId{status.transferring_to},
            .applied_own_term = status.applied_own_term != 0};
}

std::vector<RaftMember> RaftEngine::members() const {
    std::array<engine_member, members_max> found{};
    std::size_t count = 0;
    (void)engine_get_members(handle_, found.data(), &count);
    std::vector<RaftMember> members;
    for (const engine_member& member : std::span(found.data(), count))
        members.push_back({.node = NodeId{member.node},
                           .is_learner = member.is_learner != 0,
                           .match = member.match,
                           .state = static_cast<MemberState>(member.state),
                           .recently_active = member.recently_active != 0});
    return members;
}

std::string RaftEngine::failure() const {
    std::array<char, reason_bytes_max> why{};
    engine_failure(handle_, why.data(), why.size());
    return why.data();
}

}  // namespace keyledger
