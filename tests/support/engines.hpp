#pragma once
// Raft engines without disk and network: whatever they want stored is, and what they send arrives
// at once, unless a test says otherwise.

#include "replication/raft_engine.hpp"

#include <catch2/catch.hpp>

#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace keyledger {

// The state that all first voters of a cluster begin with: an entry 1 that nobody sends.
inline RaftStored first_state(std::vector<NodeId> voters) {
    RaftStored stored;
    stored.hard_state = {.term = 1, .vote = no_node, .commit = 1};
    stored.base_index = stored.base_term = stored.applied = 1;
    stored.members.voters = std::move(voters);
    return stored;
}

inline RaftEngine make_engine(const RaftSettings& settings, const RaftStored& stored) {
    auto made = RaftEngine::create(settings, stored);
    if (const auto* why = std::get_if<std::string>(&made)) FAIL(*why);
    return std::get<RaftEngine>(std::move(made));
}

inline RaftEngine make_engine(NodeId node, const RaftStored& stored) {
    RaftSettings settings;
    settings.node = node;
    return make_engine(settings, stored);
}

// Why such an engine can't be made; empty if it can.
inline std::string why_not_made(NodeId node, const RaftStored& stored) {
    RaftSettings settings;
    settings.node = node;
    const auto made = RaftEngine::create(settings, stored);
    const auto* why = std::get_if<std::string>(&made);
    return why ? *why : "";
}

class Engines {
public:
    void add(NodeId node, const RaftStored& stored) {
        engines_.insert_or_assign(node, make_engine(node, stored));
    }
    RaftEngine& at(NodeId node) { return engines_.at(node); }
    void stop_hearing(NodeId node) { deaf_.insert(node); }

    // Until nobody has anything to do.
    void settle() {
        for (bool worked = true; worked;) {
            worked = false;
            for (auto& [node, engine] : engines_) worked = run_once(node, engine) || worked;
            worked = deliver() || worked;
        }
    }

    // `node` leads when it returns; it has the votes for it.
    void elect(NodeId node) {
        REQUIRE(at(node).campaign() == RaftAnswer::done);
        settle();
        REQUIRE(at(node).status().role == RaftRole::leader);
    }

    // What was committed there since the beginning, but for what leaders mark their beginning with.
    const std::vector<std::string>& applied(NodeId node) { return applied_[node]; }
    const std::vector<ReadAnswer>& reads(NodeId node) { return reads_[node]; }

private:
    bool run_once(NodeId node, RaftEngine& engine) {
        auto ready = engine.take_ready();
        if (!ready) return false;
        for (RaftMessage& message : ready->messages) on_the_way_.emplace_back(std::move(message));
        for (const auto& [entry, change] : ready->committed)
            if (!change && !entry.data.empty()) applied_[node].push_back(entry.data);
        for (ReadAnswer& read : ready->reads) reads_[node].push_back(std::move(read));
        REQUIRE(engine.advance() == RaftAnswer::done);
        return true;
    }

    bool deliver() {
        if (on_the_way_.empty()) return false;
        const RaftMessage message = std::move(on_the_way_.front());
        on_the_way_.pop_front();
        const auto to = engines_.find(message.to);
        if (to == engines_.end() || deaf_.contains(message.to)) return true;
        REQUIRE(to->second.step(message.bytes) == RaftAnswer::done);
        return true;
    }

    std::map<NodeId, RaftEngine> engines_;
    std::set<NodeId> deaf_;
    std::deque<RaftMessage> on_the_way_;
    std::map<NodeId, std::vector<std::string>> applied_;
    std::map<NodeId, std::vector<ReadAnswer>> reads_;
};

}  // namespace keyledger
