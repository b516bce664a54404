#include "tests/replication/simulation/faults.hpp"

#include "tests/support/randomness.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace keyledger {

namespace {

constexpr Millis mended_at_most{20'000};

class Faults {
public:
    explicit Faults(const LifeSettings& settings)
        : settings_(settings), cluster_(settings.cluster) {}

    Life run() {
        cluster_.add_voters(settings_.voters);
        lossy_ = pick(3) == 0 ? 150 : 10;
        cluster_.set_lost_per_mille(lossy_);
        pause_ = Millis(pick(2) == 0 ? 300 : 3000);
        cluster_.at_time(Millis(1000), [this] { fail(); });
        cluster_.at_time(Millis(200), [this] { ask(); });
        cluster_.run_for(settings_.length);
        end();
        const Invariants& invariants = cluster_.invariants();
        return {.violation = invariants.violation(),
                .entries = invariants.last_applied(),
                .leaders = invariants.leaders(),
                .reads = cluster_.read_answers(),
                .trace = cluster_.trace()};
    }

private:
    int pick(int count) { return draw(cluster_.random(), 0, count - 1); }
    NodeId any() {
        const auto nodes = cluster_.nodes();
        return nodes[static_cast<std::size_t>(pick(static_cast<int>(nodes.size())))];
    }

    void end() {
        ended_ = true;
        cluster_.mend();
        start_all();
        if (!cluster_.run_until([this] { return cluster_.is_whole(); }, mended_at_most))
            cluster_.invariants().violated("not whole 20 s after all was mended");
    }

    void start_all() {
        for (const NodeId node : cluster_.nodes())
            if (!cluster_.is_up(node)) cluster_.start(node);
    }

    // Clients: all that leads, or believes so, is asked.
    void ask() {
        if (ended_) return;
        for (const NodeId node : cluster_.nodes()) {
            if (!cluster_.is_up(node)) continue;
            if (cluster_.status(node).role == RaftRole::leader) {
                const auto size = draw<std::size_t>(cluster_.random(), 1, 600);
                (void)cluster_.propose(node, std::to_string(++asked_) + std::string(size, '.'));
            }
            if (pick(4) == 0) (void)cluster_.read(node);
        }
        cluster_.at_time(Millis(20 + pick(80)), [this] { ask(); });
    }

    void fail() {
        if (ended_) return;
        const NodeId node = any(), other = any();
        switch (pick(settings_.members_change ? 11 : 9)) {
            case 0:
                cluster_.crash(node);
                break;
            case 1:
                start_all();
                break;
            case 2:
                cluster_.cut(node, other);
                break;
            case 3:
                cluster_.isolate(node);
                break;
            case 4:
                cluster_.mend();
                cluster_.set_lost_per_mille(lossy_);
                break;
            case 5:
                if (cluster_.is_up(node)) (void)cluster_.transfer(node, other);
                break;
            case 6:
                cluster_.stall(node, Millis(pick(3000)));
                break;
            case 7:
                cluster_.compact(node);
                break;
            case 8:
                cluster_.crash(node);
                cluster_.start(node);
                break;
            default:
                change_members();
        }
        cluster_.at_time(Millis(30 + pick(static_cast<int>(pause_.count()))), [this] { fail(); });
    }

    void change_members() {
        const auto leader = cluster_.leader();
        if (!leader) return;
        std::vector<NodeId> voters, learners;
        for (const RaftMember& member : cluster_.members(*leader))
            (member.is_learner ? learners : voters).push_back(member.node);
        if (!learners.empty() && pick(2) == 0) {
            propose({ChangeKind::add_voter, learners.front()}, *leader);
        } else if (voters.size() > settings_.voters) {
            // Never the leader: who goes hears nothing of it, and keeps calling.
            std::erase(voters, *leader);
            const auto last = static_cast<int>(voters.size());
            propose({ChangeKind::remove, voters[static_cast<std::size_t>(pick(last))]}, *leader);
        } else if (learners.size() < 2) {
            const NodeId joining{settings_.voters + ++joined_};
            cluster_.add(joining, {});
            cluster_.start(joining);
            propose({ChangeKind::add_learner, joining}, *leader);
        }
    }

    void propose(const MemberChange& change, NodeId leader) {
        (void)cluster_.propose_change(leader, change);
    }

    LifeSettings settings_;
    Cluster cluster_;
    unsigned lossy_ = 0;
    Millis pause_{0};
    std::uint64_t asked_ = 0, joined_ = 0;
    bool ended_ = false;
};

}  // namespace

Life live(const LifeSettings& settings) {
    return Faults(settings).run();
}

}  // namespace keyledger
