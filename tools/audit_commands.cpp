// The commands of `keyledger audit` (declared in command_rows.hpp).

#include "tools/command_rows.hpp"

namespace keyledger {

namespace {

constexpr CommandFlag replay_flags[] = {
    {"data", "DIR", "The directory of the ledger"},
    {"until", "SEQ|TIME", "After this event, or at this time; now if not given"},
    {"key", "ID", "This key alone"},
    {"signing-key", "FILE", "The key that signs checkpoints, if not DIR/log.key"},
};

constexpr CommandFlag export_flags[] = {
    {"data", "DIR", "The directory of the ledger"},
    {"format", "FORMAT", "ndjson, cloudevents, ocsf, or tiles [ndjson]"},
    {"from", "SEQ|TIME", "The first event, or the first one not before this time"},
    {"until", "SEQ|TIME", "The last event, or the last one not after this time"},
    {"to", "FILE", "A new file; standard output if not given. Of tiles: the directory to make"},
    {"signing-key", "FILE", "The key that signs checkpoints, if not DIR/log.key"},
};

constexpr CommandFlag verify_flags[] = {
    {"data", "DIR", "The ledger's directory"},
    {"file", "FILE", "Instead: the directory of an export, a receipt, or a key's proof bundle"},
    {"key", "VKEY", "The log's verifier key, again for each; else the directory's own"},
    {"checkpoint", "FILE", "A checkpoint kept elsewhere, which the ledger or export must extend"},
    {"derived", "", "Replay it too, and hold all rows beside the events, and snapshots, to it"},
    {"signing-key", "FILE", "The key that signs checkpoints, if not DIR/log.key"},
};

constexpr CommandFlag receipt_flags[] = {
    {"key", "VKEY", "The log's verifier key; again for each that the log has had"},
};

constexpr CommandFlag watch_flags[] = {
    {"state", "FILE", "Where the last checkpoint that was seen is kept"},
    {"key", "VKEY", "The log's verifier key; by default what the server says the first time"},
    {"once", "", "Look once, and end: for cron"},
    {"max-age", "DURATION", "Exit code 6 if the ledger has not grown for that long [never]"},
    {"interval", "DURATION", "How long between two looks [10s]"},
};

constexpr CommandFlag report_flags[] = {
    {"workspace", "SLUG", "Of that workspace alone"},
    {"as-of", "SEQ|TIME", "As it stood then, in place of now"},
    {"since", "TIME", "Of revocations and access-log: from then on, such as -90d"},
    {"until", "TIME", "The same: before then"},
    {"unused-since", "TIME", "Of dormant: not used since then [-90d]"},
    {"rotated-before", "TIME", "Of over-age: not rotated since then [-365d]"},
    {"scope", "LIST", "Of privileged: these scopes, in place of wildcards and those of system"},
    {"key", "VKEY", "The log's verifier key; else what the server says; again for each it has had"},
    {"witness", "VKEY", "Of integrity: the key of a witness whose cosignature is checked; again"},
    {"checkpoint", "FILE", "Of integrity: an earlier checkpoint, which the ledger must extend"},
    {"to", "DIR", "A directory to make, with a file for each report, and their SHA-256"},
    {.name = "output",
     .value = "FORMAT",
     .help = "json, ndjson, csv or table; else a table on a terminal, and json elsewhere",
     .letter = 'o'},
};

constexpr CommandFlag rotate_flags[] = {
    {"data", "DIR", "The ledger's directory"},
    {"overlap", "DURATION", "How long checkpoints are signed with the older key too [30d]"},
    {"signing-key", "FILE", "The key that signs checkpoints, if not DIR/log.key"},
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
     "GET /v1/events shows them (ndjson), CloudEvents 1.0, or OCSF 1.8.0. Changes no file.\n"
     "With --format tiles it is all that is signed, also of a ledger that is served: a directory "
     "as\n"
     "C2SP tlog-tiles has it, with checkpoint and key, which tools/verify_export.py and others'\n"
     "programs check. Erasable values, such as names and addresses, are not in that.\n",
     "keyledger audit export --data /var/lib/keyledger > history.ndjson\n"
     "keyledger audit export --data /var/lib/keyledger --format ocsf --from -30d --to "
     "ocsf.ndjson\n"
     "keyledger audit export --data /var/lib/keyledger --format tiles --to export-2026-11\n",
     std::nullopt, export_flags, ""},
    {.command = Command::audit_verify,
     .words = "audit verify",
     .summary = "Verify a whole ledger, an export or a receipt, without a server",
     .about =
         "Computes every hash anew, and compares them with the tree beside the events and with "
         "what\n"
         "was signed; follows the chain of every key, and its uses. Changes nothing. Exit code 6, "
         "and\n"
         "the first event or the file that is wrong, if anything does not hold. With a checkpoint\n"
         "that was kept elsewhere it shows too that the whole directory is not an older copy. An\n"
         "export that is verified without --key is whole by a key that lies in it, which anybody "
         "can\n"
         "put there: the answer names the key, to be compared.\n",
     .example =
         "keyledger audit verify --data /var/lib/keyledger\n"
         "keyledger audit verify --data /var/lib/keyledger --checkpoint kept/checkpoint\n"
         "keyledger audit verify --file export-2026-11 --key keys.example.com/ledger+1c2d...\n",
     .settings = std::nullopt,
     .flags = verify_flags,
     .argument = ""},
    {.command = Command::audit_verify_receipt,
     .words = "audit verify-receipt",
     .summary = "Verify a receipt by the log's verifier key alone",
     .about =
         "The receipt (C2SP tlog-proof) holds an event's bytes, its place in the tree, and the "
         "signed\n"
         "root. The key is what GET /v1/ledger/key says: keep it from a time when you trusted "
         "it.\n",
     .example =
         "keyledger audit verify-receipt --key keys.example.com/ledger+1c2d... 1042.tlog-proof\n",
     .settings = std::nullopt,
     .flags = receipt_flags,
     .argument = "FILE"},
    {.command = Command::audit_watch,
     .words = "audit watch",
     .summary = "Watch a server, and prove that its ledger only grows",
     .about =
         "Keeps the newest checkpoint in --state, and has the server prove that each one that\n"
         "follows extends it. Exit code 6 if it can't: its past was changed, or it shows others\n"
         "another one; both checkpoints, and what it said for a proof, are then in FILE.fork. One "
         "that\n"
         "is signed and not proved is kept in FILE.pending, and ends it after five looks without "
         "a\n"
         "proof. A rotated key is taken over while checkpoints are signed with the older one too.\n"
         "\n"
         "A server may hide what happens by showing the same checkpoint for ever. --max-age finds\n"
         "that, where the ledger is known to grow more often: each check of a key is an event.\n"
         "Run it where the server's operator can't change the files. Needs no credential. A server "
         "that\n"
         "does not answer is said once, again every ten minutes, and when it is back.\n",
     .example =
         "keyledger audit watch --url https://keys.example.com --state ledger.state\n"
         "keyledger audit watch --url https://keys.example.com --state ledger.state --once\n",
     .settings = std::nullopt,
     .flags = watch_flags,
     .argument = "",
     .client = ClientUse::reaches},
    {.command = Command::audit_report,
     .words = "audit report",
     .summary = "What auditors ask for, each report tied to a signed checkpoint",
     .about =
         "REPORT is one of\n"
         "  inventory    all keys: whose, what for, status, made, used, rotated, ends\n"
         "  dormant      keys that may work and were not used since --unused-since\n"
         "  over-age     keys that may work and were not rotated since --rotated-before\n"
         "  no-expiry    keys that may work and have no end\n"
         "  privileged   who held wildcards, or any scope of system; or those of --scope\n"
         "  revocations  by whom, when and why; how often a key was refused after it, how soon, "
         "and\n"
         "               whether a use was let through after it\n"
         "  access-log   who read the history, from where, and what of it\n"
         "  integrity    signatures, cosignatures, and that an earlier checkpoint was extended\n"
         "  all          all of these, as files (--to)\n"
         "  key KEY      a key's whole history, each event held to the proof of it,\n"
         "               but for texts and addresses, which are commitments there\n"
         "\n"
         "Each begins with the ledger's origin, the checkpoint's size and root, the event and time "
         "that\n"
         "it is as of, who asked and when, and the filters. It reads on until all is there: what "
         "ends\n"
         "early ends with an error, and lacks the count at its end. Distances such as -90d count "
         "from\n"
         "--as-of. A key that asks needs keys:read and events:read, and without --workspace\n"
         "workspaces:read. Exit code 6 where a proof or a signature does not hold.\n",
     .example =
         "keyledger audit report inventory --as-of 2026-01-01T00:00:00Z -o csv > inventory.csv\n"
         "keyledger audit report revocations --workspace acme --since -30d\n"
         "keyledger audit report key key_01J00000000000000000000000 --to key-2026\n"
         "keyledger audit report all --to audit-2026 --checkpoint kept/checkpoint\n",
     .settings = std::nullopt,
     .flags = report_flags,
     .argument = "REPORT [KEY]",
     .client = ClientUse::reaches,
     .argument_words = "inventory dormant over-age no-expiry privileged revocations access-log "
                       "integrity key all"},
    {.command = Command::audit_rotate_key,
     .words = "audit rotate-key",
     .summary = "Give a stopped ledger a new key to sign checkpoints with",
     .about =
         "Replaces log.key, and prints the new verifier key. The next start states it in the "
         "ledger,\n"
         "as LogKeyRotated. Until --overlap is over checkpoints have both signatures, so that who\n"
         "knows the older key alone can still check them; then the older key is forgotten.\n",
     .example = "keyledger audit rotate-key --data /var/lib/keyledger --overlap 90d\n",
     .settings = std::nullopt,
     .flags = rotate_flags,
     .argument = ""},
};

}  // namespace

std::span<const CommandRow> audit_command_rows() {
    return rows;
}

}  // namespace keyledger
