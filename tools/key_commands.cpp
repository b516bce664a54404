// The commands about keys, for the table (declared in command_rows.hpp).

#include "tools/command_rows.hpp"

namespace keyledger {

namespace {

constexpr CommandFlag workspace = {"workspace", "SLUG", "Whose keys", true};
constexpr CommandFlag if_match = {"if-match", "REVISION", "Only if the key is still as of then"};
constexpr CommandFlag name_flag = {"name", "TEXT", "What people call it"};
constexpr CommandFlag owner_flag = {"owner", "TEXT", "Whose it is"};
constexpr CommandFlag metadata = {"metadata", "JSON", "An object of your own"};
constexpr CommandFlag expires = {"expires-at", "TIME", "RFC 3339, or from now (+30d)"};
constexpr CommandFlag rate_limit = {"rate-limit", "N/WINDOW", "Such as 300/1m"};
constexpr CommandFlag quota = {"quota", "N[/WINDOW]", "Such as 10000/30d; exact, kept for ever"};
constexpr CommandFlag allowed_ips = {"allowed-ips", "LIST", "Addresses and ranges, with commas"};
constexpr CommandFlag document = {"file", "FILE",
                                  "The same as JSON, in the API's names; - is input"};
constexpr CommandFlag force = {"force", "",
                               "Also where the last key that can administer would be lost"};
constexpr CommandFlag quiet = {"quiet", "", "Print the token, and nothing else"};

constexpr CommandFlag create_flags[] = {
    workspace,
    name_flag,
    {"environment", "NAME", "Such as live"},
    {"scopes", "LIST", "Such as leads:read,leads:write"},
    owner_flag,
    {"resource", "KIND/ID", "The one thing that it works for"},
    metadata,
    expires,
    {"not-before", "TIME", "When it begins to work"},
    rate_limit,
    quota,
    allowed_ips,
    document,
    quiet,
};
constexpr CommandFlag list_flags[] = {
    workspace,
    {"status", "STATUS", "active, suspended, expired, revoked or pending"},
    {"environment", "NAME", "Of that environment"},
    {"owner", "TEXT", "Of that owner"},
    {"scope", "SCOPE", "That may use that scope"},
    {"unused-since", "TIME", "Not used since then, such as -90d"},
    {"expires-before", "TIME", "That end by then, such as +14d"},
    {"rotated-before", "TIME", "Whose secret is older than that, such as -365d"},
    {"search", "TEXT", "With that in name or hint"},
    {"as-of", "SEQ|TIME", "As they stood then"},
};
constexpr CommandFlag get_flags[] = {{"as-of", "SEQ|TIME", "As it stood then"}};
constexpr CommandFlag update_flags[] = {name_flag, owner_flag,  metadata, expires,  rate_limit,
                                        quota,     allowed_ips, document, if_match, force};
constexpr CommandFlag scopes_flags[] = {
    {"scopes", "LIST", "All that it shall have; '' is none", true},
    {"all", "", "Say that none means all, where the workspace says so"},
    if_match,
    force,
};
constexpr CommandFlag rotate_flags[] = {
    {"grace", "DURATION", "How long the old token works beside the new one [0s]"}, quiet, if_match};
constexpr CommandFlag revoke_flags[] = {
    {"owner", "TEXT", "All keys of that owner; needs --workspace"},
    {"workspace", "SLUG", "Whose keys; ids are then one entry in the ledger"},
    {"ids-file", "FILE", "A key id a line; needs --workspace; - is standard input"},
    {"yes", "", "Don't ask; needed where there is no terminal"},
    if_match,
    force,
};
constexpr CommandFlag suspend_flags[] = {if_match, force};
constexpr CommandFlag resume_flags[] = {if_match};
constexpr CommandFlag import_flags[] = {
    workspace,
    {"skip-existing", "", "Count keys whose digests are there already, and go on without them"},
    {"resume", "", "Go on where the last run on this file was cut off"},
    {"state", "FILE", "Where to note how far it is [FILE.import-state]"},
};
constexpr CommandFlag events_flags[] = {{"uses", "", "Also the uses of the key"}};
constexpr CommandFlag usage_flags[] = {
    {"since", "TIME", "From then on [-24h]"},
    {"until", "TIME", "Before then"},
    {"bucket", "1m|1h|1d", "How long a line is [1h]"},
};
constexpr CommandFlag find_flags[] = {
    {"file", "FILE", "A token or digest a line; standard input if not given, or -"},
};

constexpr CommandFlag tokens_flags[] = {
    {"file", "FILE", "A token or a digest (sha256:HEX) a line; standard input if not given"},
    {"yes", "", "Don't ask; needed where there is no terminal"},
    force,
};

constexpr CommandRow rows[] = {
    {Command::keys_create, "keys create", "Make a key; its token is shown this once",
     "With --quiet only the token is printed, so that it can go straight to where it is kept.\n",
     "keyledger keys create --workspace acme --name first --environment live --scopes leads:read\n"
     "keyledger keys create --workspace acme --file key.json --quiet > token\n"
     "keyledger keys create --workspace acme --name ci --environment test --expires-at +30d\n",
     std::nullopt, create_flags, "", ClientUse::commands},
    {Command::keys_list, "keys list", "List keys", "",
     "keyledger keys list --workspace acme --owner ada\n"
     "keyledger keys list --workspace acme --unused-since -90d -o ndjson\n"
     "keyledger keys list --workspace acme --rotated-before -365d --as-of 2026-01-01T00:00:00Z\n",
     std::nullopt, list_flags, "", ClientUse::lists},
    {Command::keys_get, "keys get", "Show a key, also as it stood", "",
     "keyledger keys get key_01J00000000000000000000000\n"
     "keyledger keys get key_01J00000000000000000000000 --as-of -7d\n",
     std::nullopt, get_flags, "KEY", ClientUse::reads},
    {Command::keys_update, "keys update", "Change a key",
     "What is not given stays. An empty value takes it away: --owner ''.\n",
     "keyledger keys update key_01J00000000000000000000000 --name second --rate-limit 600/1m\n"
     "keyledger keys update key_01J00000000000000000000000 --expires-at '' --if-match 3\n",
     std::nullopt, update_flags, "KEY", ClientUse::changes},
    {Command::keys_scopes, "keys scopes", "Set the scopes of a key", "",
     "keyledger keys scopes key_01J00000000000000000000000 --scopes leads:read,leads:write\n",
     std::nullopt, scopes_flags, "KEY", ClientUse::changes},
    {Command::keys_rotate, "keys rotate", "Give a key a new token, shown this once",
     "The old token ends at once, or after --grace.\n",
     "keyledger keys rotate key_01J00000000000000000000000 --grace 24h\n"
     "keyledger keys rotate key_01J00000000000000000000000 --quiet > token\n",
     std::nullopt, rotate_flags, "KEY", ClientUse::commands},
    {Command::keys_revoke, "keys revoke", "End keys for ever",
     "Asks before it does so. Says when each was last used, and where the server tells it, how\n"
     "often in the last 24 hours. With --workspace, up to 10,000 ids are one entry in the ledger,\n"
     "revoked all or none; without it each is a call of its own. A key that was revoked before\n"
     "stays as it is. Exit code 3 if an --owner has no keys.\n",
     "keyledger keys revoke key_01J00000000000000000000000 --reason leaked\n"
     "keyledger keys revoke --workspace acme --owner ada --yes\n"
     "keyledger keys revoke --workspace acme --ids-file ids.txt --yes\n",
     std::nullopt, revoke_flags, "[KEY...]", ClientUse::commands},
    {Command::keys_suspend, "keys suspend", "Stop a key until it is resumed", "",
     "keyledger keys suspend key_01J00000000000000000000000 --reason 'not paid'\n", std::nullopt,
     suspend_flags, "KEY", ClientUse::commands},
    {Command::keys_resume, "keys resume", "Let a suspended key work again", "",
     "keyledger keys resume key_01J00000000000000000000000\n", std::nullopt, resume_flags, "KEY",
     ClientUse::commands},
    {Command::keys_import, "keys import",
     "Bring in keys that were made elsewhere, by their digests",
     "Each line of FILE (- is standard input) is a key as the API's import takes it:\n"
     "  {\"digest\": \"sha256:HEX\", \"name\": \"...\", \"environment\": \"live\", \"scopes\": "
     "[]}\n"
     "A file of any size: it goes in calls of at most 10,000 keys and 8 MiB, each of which is "
     "made\n"
     "whole or not at all. A line that is wrong is named, and then nothing of its call is made. "
     "How\n"
     "far it is stands in the state file until the end; --resume goes on from there. Each call's\n"
     "Idempotency-Key comes from the file, so that within a day nothing is made twice. A digest "
     "that\n"
     "a key has already, in whichever workspace, is an error (5), or is counted and skipped with\n"
     "--skip-existing, which is quick where the caller's key has the scope keys:read too.\n",
     "keyledger keys import old-keys.ndjson --workspace acme\n"
     "keyledger keys import old-keys.ndjson --workspace acme --resume\n"
     "keyledger keys import all-keys.ndjson --workspace acme --skip-existing\n",
     std::nullopt, import_flags, "FILE|-", ClientUse::commands},
    {Command::keys_events, "keys events", "The history of a key, oldest first", "",
     "keyledger keys events key_01J00000000000000000000000\n", std::nullopt, events_flags, "KEY",
     ClientUse::lists},
    {Command::keys_usage, "keys usage", "How often a key was checked, and what came of it", "",
     "keyledger keys usage key_01J00000000000000000000000 --since -7d --bucket 1d\n", std::nullopt,
     usage_flags, "KEY", ClientUse::reads},
    {Command::tokens_find, "tokens find", "Say whose tokens are that turned up somewhere",
     "Tokens come from a file or standard input, never as arguments. Lines that begin with "
     "sha256:\n"
     "are digests of tokens. Nothing is changed, and no use is counted. Exit code 1 if a line is\n"
     "of no key that is known.\n",
     "keyledger tokens find --file leaked.txt\n", std::nullopt, find_flags, "", ClientUse::reads},
    {Command::tokens_revoke, "tokens revoke", "End the keys that leaked tokens belong to",
     "Tokens come from a file or standard input, never as arguments. Lines that begin with "
     "sha256:\n"
     "are digests of tokens. Says of each line, by its digest, what came of it. Exit code 1 if a\n"
     "line was of no key that is known, 5 if a key was kept, as the last that can administer.\n",
     "keyledger tokens revoke --file leaked.txt --reason 'found on a forum'\n"
     "keyledger tokens revoke --yes < leaked.txt\n",
     std::nullopt, tokens_flags, "", ClientUse::commands},
};

}  // namespace

std::span<const CommandRow> key_command_rows() {
    return rows;
}

}  // namespace keyledger
