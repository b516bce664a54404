#pragma once
// What a checkpoint tells of the end of the Raft log, whose events may not be beside it any more.

#include "ledger/log/event_log.hpp"
#include "ledger/proof/merkle_tree.hpp"
#include "replication/raft_engine.hpp"

#include <cstdint>
#include <string>
#include <variant>

namespace keyledger {

// Events are written unsynced after their entries, so that a power cut may leave fewer of them than
// a checkpoint was signed over: the entries after `stored.applied` have the rest. Gives the index
// that they are committed up to, since they are the history that was signed; else what does not
// fit.
std::variant<std::uint64_t, std::string> committed_by(const TreeHead& checkpoint,
                                                      const EventLog& log,
                                                      const RaftStored& stored);

}  // namespace keyledger
