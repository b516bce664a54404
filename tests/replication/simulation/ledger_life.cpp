#include "tests/replication/simulation/ledger_life.hpp"

#include "tests/replication/simulation/ledger_clients.hpp"

#include <optional>
#include <vector>

namespace keyledger {

namespace {

constexpr Millis mended_at_most{20'000};
constexpr std::size_t clients_count = 6;

class Life {
public:
    explicit Life(const LedgerLifeSettings& settings)
        : settings_(settings), cluster_(settings.cluster), clients_(cluster_, clients_count) {}

    LedgerLife run() {
        cluster_.add_voters(settings_.voters);
        lossy_ = pick(3) == 0 ? 150 : 10;
        cluster_.set_lost_per_mille(lossy_);
        pause_ = pick(2) == 0 ? 300 : 3000;
        cluster_.time().after(Millis(1000), [this] { fail(); });
        clients_.start();
        cluster_.run_for(settings_.length);
        end();
        return {.violation = cluster_.history().violation(),
                .events = cluster_.history().size(),
                .answered = clients_.answered(),
                .unknown = clients_.unknown(),
                .replayed = clients_.replayed(),
                .snapshots = cluster_.snapshots_taken(),
                .trace = cluster_.trace()};
    }

private:
    int pick(int count) { return draw(cluster_.time().random(), 0, count - 1); }
    NodeId any() {
        const auto nodes = cluster_.nodes();
        return nodes[static_cast<std::size_t>(pick(static_cast<int>(nodes.size())))];
    }

    void end() {
        ended_ = true;
        cluster_.mend();
        start_all();
        clients_.stop();
        const auto is_over = [this] { return clients_.all_answered() && cluster_.is_whole(); };
        if (!cluster_.run_until(is_over, mended_at_most))
            return cluster_.history().violated("not whole 20 s after all was mended");
        std::vector<const EventLog*> logs;
        for (const RaftMember& member : cluster_.members(*cluster_.leader()))
            logs.push_back(&cluster_.log(member.node));
        cluster_.history().check_rules();
        cluster_.history().check_rows(logs);
    }

    void start_all() {
        for (const NodeId node : cluster_.nodes())
            if (!cluster_.is_up(node)) cluster_.start(node);
    }

    void fail() {
        if (ended_) return;
        const NodeId node = any(), other = any();
        switch (pick(settings_.members_change ? 10 : 8)) {
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
                if (cluster_.is_up(node)) cluster_.transfer(node, other);
                break;
            case 6:
                cluster_.stall(node, Millis(pick(3000)));
                break;
            case 7:
                cluster_.crash(node);
                cluster_.start(node);
                break;
            default:
                change_members();
        }
        cluster_.time().after(Millis(30 + pick(pause_)), [this] { fail(); });
    }

    void change_members() {
        const auto leader = cluster_.leader();
        if (!leader) return;
        std::vector<NodeId> voters, learners;
        for (const RaftMember& member : cluster_.members(*leader))
            (member.is_learner ? learners : voters).push_back(member.node);
        if (!learners.empty() && pick(2) == 0) {
            cluster_.propose_change(*leader, {ChangeKind::add_voter, learners.front()});
        } else if (voters.size() > settings_.voters) {
            // Never the leader: who goes hears nothing of it, and keeps calling.
            std::erase(voters, *leader);
            const auto last = static_cast<int>(voters.size());
            cluster_.propose_change(
                *leader, {ChangeKind::remove, voters[static_cast<std::size_t>(pick(last))]});
        } else if (learners.size() < 2) {
            const NodeId joining{settings_.voters + ++joined_};
            cluster_.add_joining(joining);
            cluster_.propose_change(*leader, {ChangeKind::add_learner, joining});
        }
    }

    LedgerLifeSettings settings_;
    LedgerCluster cluster_;
    LedgerClients clients_;
    unsigned lossy_ = 0;
    int pause_ = 0;
    std::uint64_t joined_ = 0;
    bool ended_ = false;
};

}  // namespace

LedgerLife live_ledger(const LedgerLifeSettings& settings) {
    return Life(settings).run();
}

}  // namespace keyledger
