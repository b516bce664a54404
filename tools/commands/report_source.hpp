#pragma once
// What a report is of: one ledger, signed up to one size, as of one event. All reports of one call
// share it, so that they agree with each other.

#include "ledger/proof/checkpoint.hpp"
#include "tools/commands/api.hpp"
#include "tools/report/report_kinds.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace keyledger {

struct ReportSource {
    std::uint64_t seq = 0;  // the last event that is looked at
    Timestamp time{};       // as of which a status is told
    std::string as_of;      // both, as the API's asOf takes it

    std::vector<VerifierKey> keys;       // of the log
    bool keys_were_given = false;        // else they are what the server said
    std::vector<VerifierKey> witnesses;  // whose cosignatures are looked at
    std::string note;                    // the checkpoint's bytes
    SignedCheckpoint checkpoint;         // covers `seq`

    std::string asked_by;  // the caller's key
    Timestamp asked_at{};  // by this machine's clock

    std::optional<std::string> workspace;        // that one alone
    std::optional<Timestamp> since, until;       // of what happened; `until` exclusive
    Timestamp unused_since{}, rotated_before{};  // cut-offs
    std::vector<std::string> scopes;             // that are asked for; none: what is privileged
};

// The source, or what the program ends with; that is said by then.
struct OpenedSource {
    std::optional<ReportSource> source;
    ExitCode exit_code = ExitCode::success;
};

// Asks who is asking, settles the event that --as-of means, and waits until a checkpoint covers it,
// for some seconds. A signature that does not hold ends it with 6.
OpenedSource open_report_source(Api& api);

// What a report begins with.
JsonValue report_head(Api& api, const ReportSource& source, const ReportKind& kind);

}  // namespace keyledger
