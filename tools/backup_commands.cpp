// `keyledger backup` and `keyledger restore` (declared in command_rows.hpp).

#include "tools/command_rows.hpp"

namespace keyledger {

namespace {

constexpr CommandFlag backup_flags[] = {
    {"to", "DIR", "The directory to make; it gets its name when all is there", true},
    {"data", "DIR", "Of that directory, which no server is using; else a server is asked"},
    {"with-log-key", "", "With --data: take the key that signs along. Keep the backup as safe"},
    {"signing-key", "FILE", "With --data: the key that signs checkpoints, if not DIR/log.key"},
    {"curl", "", "Print the equal call of curl, which gives a tar archive, and do nothing"},
};

constexpr CommandFlag restore_flags[] = {
    {"from", "DIR", "The backup", true},
    {"data", "DIR", "The directory to make the ledger in", true},
    {"log-key", "FILE", "The key that signs checkpoints; put there as DIR/log.key"},
    {"until", "SEQ|TIME", "Leave out what came after this event, or after this time"},
    {"origin", "NAME", "Make it another log, of that name and with a new key"},
};

constexpr CommandRow rows[] = {
    {.command = Command::backup,
     .words = "backup",
     .summary = "Copy a ledger, also while it is served",
     .about =
         "Asks the server of --url (or KEYLEDGER_URL) for all that it has, which takes a key of\n"
         "`system` with cluster:write, and one backup at a time; or with --data takes it from a\n"
         "directory that no server is using. It is held to the last checkpoint, and gets its name\n"
         "when all of it is there and synced: nothing is left of one that did not become whole.\n"
         "\n"
         "It holds every event with names, owners and addresses, but no token, and not the key\n"
         "that signs checkpoints: keep log.key elsewhere, once. `sha256sum -c manifest` in DIR\n"
         "tells whether the files are still what they were.\n",
     .example =
         "keyledger backup --url https://keys.example.com --to 2026-12-01\n"
         "keyledger backup --data /var/lib/keyledger --to 2026-12-01 --with-log-key\n",
     .settings = std::nullopt,
     .flags = backup_flags,
     .argument = "",
     .client = ClientUse::reaches},
    {.command = Command::restore,
     .words = "restore",
     .summary = "Make a ledger of a backup",
     .about =
         "Exit code 6, and the file's name, if one is not what the backup's manifest says; 5 if\n"
         "the directory has a ledger. Without a key that signs, what is made can be verified; to\n"
         "be served it needs one (--log-key, or `serve --signing-key`).\n"
         "\n"
         "What happened after the backup is lost, and a ledger that goes on from there is another\n"
         "history than the one that went on from there before: who has a later checkpoint of\n"
         "that one calls it a fork, and is right. --origin makes it another log, with a name and\n"
         "a key of its own, and says so in the ledger. Where --until leaves out what the backup's\n"
         "own checkpoint covers it is another log in any case, and its name is made up without\n"
         "--origin.\n",
     .example =
         "keyledger restore --from 2026-12-01 --data /var/lib/keyledger --log-key log.key\n"
         "keyledger restore --from 2026-12-01 --data before --until -24h --origin day-before\n",
     .settings = std::nullopt,
     .flags = restore_flags,
     .argument = ""},
};

}  // namespace

std::span<const CommandRow> backup_command_rows() {
    return rows;
}

}  // namespace keyledger
