// The commands of `keyledger audit` (declared in command_rows.hpp).

#include "tools/command_rows.hpp"

namespace keyledger {

namespace {

constexpr CommandFlag replay_flags[] = {
    {"data", "DIR", "The directory of the ledger"},
    {"until", "SEQ|TIME", "After this event, or at this time; now if not given"},
    {"key", "ID", "This key alone"},
};

constexpr CommandFlag export_flags[] = {
    {"data", "DIR", "The directory of the ledger"},
    {"format", "FORMAT", "ndjson, cloudevents or ocsf [ndjson]"},
    {"from", "SEQ|TIME", "The first event, or the first one not before this time"},
    {"until", "SEQ|TIME", "The last event, or the last one not after this time"},
    {"to", "FILE", "A new file; standard output if not given"},
};

constexpr CommandRow rows[] = {
    {Command::audit_replay, "audit replay", "Show the keys as they stood, without a server",
     "Makes the keys again from the events of a directory that no server is using, and prints a\n"
     "JSON document a line, as GET /v1/keys/{id} shows them. Checks on the way that each event\n"
     "continues its stream: exit code 6 names the first that does not. Changes no file.\n",
     "keyledger audit replay --data /var/lib/keyledger --until 2026-11-21T20:53:04Z\n"
     "keyledger audit replay --data /var/lib/keyledger --until 1042 --key key_...\n",
     std::nullopt, replay_flags, ""},
    {Command::audit_export, "audit export", "Write the history out, an event a line",
     "Reads a directory that no server is using, and prints a JSON document a line: events as\n"
     "GET /v1/events shows them (ndjson), CloudEvents 1.0, or OCSF 1.8.0. Changes no file.\n",
     "keyledger audit export --data /var/lib/keyledger > history.ndjson\n"
     "keyledger audit export --data /var/lib/keyledger --format ocsf --from -30d --to "
     "ocsf.ndjson\n",
     std::nullopt, export_flags, ""},
};

}  // namespace

std::span<const CommandRow> audit_command_rows() {
    return rows;
}

}  // namespace keyledger
