#include "replication/raft_types.hpp"

#include <algorithm>

namespace keyledger {

namespace {

void insert(std::vector<NodeId>& nodes, NodeId node) {
    const auto place = std::lower_bound(nodes.begin(), nodes.end(), node);
    if (place == nodes.end() || *place != node) nodes.insert(place, node);
}

bool holds(const std::vector<NodeId>& nodes, NodeId node) {
    return std::binary_search(nodes.begin(), nodes.end(), node);
}

}  // namespace

Members changed(Members members, const MemberChange& change) {
    switch (change.kind) {
        case ChangeKind::add_voter:
            std::erase(members.learners, change.node);
            insert(members.voters, change.node);
            break;
        case ChangeKind::remove:
            std::erase(members.voters, change.node);
            std::erase(members.learners, change.node);
            break;
        case ChangeKind::add_learner:
            if (!holds(members.voters, change.node)) insert(members.learners, change.node);
            break;
    }
    return members;
}

}  // namespace keyledger
