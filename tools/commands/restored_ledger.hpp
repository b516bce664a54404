#pragma once
// Making a ledger of another's events: fewer of them, or as another log.

#include "ledger/base/time.hpp"
#include "ledger/log/event_log.hpp"
#include "ledger/proof/merkle_tree.hpp"
#include "ledger/proof/signed_note.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>

namespace keyledger {

using EventProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

// How many events there are up to `time`, the one at that time included.
std::uint64_t events_until(const EventLog& log, Timestamp time);

// Makes a ledger in `directory`, which is not there, with the first `end` events of `from` and all
// that follows from them. What is wrong, in words; then the directory is of no use.
std::optional<std::string> make_shorter_ledger(const EventLog& from, std::uint64_t end,
                                               const std::string& directory,
                                               const EventProgress& progress);

// Says in the ledger of `directory` that `after` signs from here on, and not `before`. The tree
// over all that it holds then, or what is wrong.
std::variant<TreeHead, std::string> make_other_log(const std::string& directory,
                                                   const VerifierKey& before,
                                                   const VerifierKey& after);

}  // namespace keyledger
