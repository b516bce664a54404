#pragma once
// A replica on a log, with what it applies to, on the thread of the test.

#include "projections/replay.hpp"
#include "replication/batch_builder.hpp"
#include "replication/replica.hpp"
#include "tests/support/given.hpp"
#include "tests/support/randomness.hpp"
#include "tests/support/test_clock.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace keyledger {

inline constexpr NodeId only_node{7};

// The only voter of a cluster, or a voter that hears of no other. A fault is thrown.
class ReplicaNode {
public:
    explicit ReplicaNode(EventLog& on, ReplicaSettings settings = {},
                         const std::optional<TreeHead>& signed_before = {})
        : log_(on) {
        settings.raft.node = only_node;
        const RestoreResult restored = restore(log_, tables, Rebuild::if_needed);
        if (const auto problem = problem_of(restored)) throw std::runtime_error(*problem);
        auto opened =
            Replica::open(log_, tables, applier_, random_, settings, signed_before);
        if (const auto* fault = std::get_if<LogFault>(&opened))
            throw std::runtime_error(fault->what);
        replica = std::move(std::get<std::unique_ptr<Replica>>(opened));
        builder.emplace(log_, tables, clock, random_);
    }

    // All steps that there are to do.
    void run() {
        while (auto step = replica->begin()) {
            if (step->writes()) check(step->write(log_));
            check(replica->finish());
        }
    }

    // What a batch of these commands came to, if that is known by then.
    std::optional<CommitOutcome> commit(const std::vector<Command>& commands) {
        auto outcome = std::make_shared<std::optional<CommitOutcome>>();
        builder->clear();
        for (const Command& command : commands) (void)builder->add(asked(command));
        replica->propose(builder->growing(), [outcome](CommitOutcome came) { *outcome = came; });
        run();
        return *outcome;
    }

    Tables tables;
    TestClock clock{noon};
    std::unique_ptr<Replica> replica;
    std::optional<BatchBuilder> builder;

private:
    static void check(const std::optional<LogFault>& fault) {
        if (fault) throw std::runtime_error(fault->what);
    }

    EventLog& log_;
    AppliedSignal signal_{tables};
    Applier applier_{log_, tables, signal_};
    SeededRandom random_{3};
};

}  // namespace keyledger
