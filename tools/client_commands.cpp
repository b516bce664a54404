// The commands that ask a server about other things than keys (declared in command_rows.hpp).

#include "tools/command_rows.hpp"

namespace keyledger {

namespace {

constexpr CommandFlag document = {"file", "FILE",
                                  "The document, or what to change of it, as JSON; - is input"};
constexpr CommandFlag workspace = {"workspace", "SLUG", "Of that workspace"};
constexpr CommandFlag environment = {"environment", "NAME", "That environment is asked for"};
constexpr CommandFlag scopes = {"scopes", "LIST", "These scopes are asked for, with commas"};
constexpr CommandFlag resource = {"resource", "KIND/ID", "That thing is asked for"};
constexpr CommandFlag address = {"ip", "ADDRESS", "From that address"};

constexpr CommandFlag create_flags[] = {
    document,
    {"slug", "SLUG", "Its name in paths"},
    {"name", "TEXT", "What people call it"},
    {"prefix", "PREFIX", "What its tokens begin with"},
    {"environment", "NAME[:TAG]", "An environment, and its tag in tokens; may be given again"},
    {"scopes", "LIST", "The catalogue of scopes, with commas"},
};
constexpr CommandFlag update_flags[] = {
    document,
    {"name", "TEXT", "What people call it"},
    {"if-match", "REVISION", "Only if the workspace is still as of then"},
};
constexpr CommandFlag verify_flags[] = {
    {"file", "FILE", "Read the token to check from this file; standard input if not given"},
    workspace,
    environment,
    scopes,
    resource,
    address,
    {"cost", "NUMBER", "Units to take from the quota [1]"},
    {"durable", "", "The use is in the ledger before the answer"},
};
constexpr CommandFlag events_flags[] = {
    {"follow", "",
     "Go on as new events come, until Ctrl-C or --until; reconnects, loses and repeats none"},
    {"from", "SEQ", "The first event to show"},
    {"type", "TYPE", "Such as KeyRevoked"},
    {"key", "KEY", "Of that key"},
    workspace,
    {"actor", "KEY", "Caused by that admin key"},
    {"since", "TIME", "From then on, such as -1h"},
    {"until", "TIME", "Before then"},
};
constexpr CommandFlag access_flags[] = {
    {"workspace", "SLUG", "Of that workspace", true},
    {"scope", "SCOPE", "Who could use that scope", true},
    resource,
    {"as-of", "SEQ|TIME", "Then, in place of now"},
};
constexpr CommandFlag explain_flags[] = {
    {"at", "SEQ|TIME", "Then, in place of now; may be to come"},
    {"secret", "NUMBER", "By that version of its secret, in place of the newest"},
    scopes,
    resource,
    environment,
    workspace,
    address,
};

constexpr CommandRow rows[] = {
    {Command::workspaces_create, "workspaces create", "Make a workspace",
     "A workspace is a product or a tenant, with its prefix, environments and scopes.\n",
     "keyledger workspaces create --file workspace.json\n"
     "keyledger workspaces create --slug acme --name Acme --prefix ac --environment live\n",
     std::nullopt, create_flags, "", ClientUse::commands},
    {Command::workspaces_list,
     "workspaces list",
     "List workspaces",
     "",
     "keyledger workspaces list\n",
     std::nullopt,
     {},
     "",
     ClientUse::lists},
    {Command::workspaces_get,
     "workspaces get",
     "Show a workspace",
     "",
     "keyledger workspaces get acme -o json\n",
     std::nullopt,
     {},
     "WORKSPACE",
     ClientUse::reads},
    {Command::workspaces_update, "workspaces update", "Change a workspace",
     "The file is a JSON merge patch (RFC 7396): what is not in it stays.\n",
     "keyledger workspaces update acme --file patch.json --if-match 2\n", std::nullopt,
     update_flags, "WORKSPACE", ClientUse::changes},
    {Command::verify, "verify", "Check a token, as a product would",
     "Exit code 0 if the token is good for what is asked, 4 if it is not. It counts as a use. On "
     "the\n"
     "server's own machine no KEYLEDGER_TOKEN is needed.\n",
     "keyledger verify < token.txt\n"
     "keyledger verify --file token.txt --workspace acme --scopes leads:read\n",
     std::nullopt, verify_flags, "", ClientUse::reads},
    {Command::events, "events", "What happened, oldest first",
     "As lines, a table or JSON. With --follow it begins behind the newest event, or with --from\n"
     "or --since there, and goes on as new ones come.\n",
     "keyledger events --since -1h\n"
     "keyledger events --type KeyRevoked --workspace acme -o ndjson\n"
     "keyledger events --follow --from 120\n",
     std::nullopt, events_flags, "", ClientUse::lists},
    {Command::access, "access", "Who could use a scope, and since which event", "",
     "keyledger access --workspace acme --scope leads:read\n"
     "keyledger access --workspace acme --scope agents:run --resource agent/a1 --as-of -30d\n",
     std::nullopt, access_flags, "", ClientUse::lists},
    {Command::explain, "explain", "Which rule allows or denies a key, and by which event",
     "Asks what a check would come to, now or at another time, rule by rule.\n",
     "keyledger explain key_01J00000000000000000000000 --scopes leads:read\n"
     "keyledger explain key_01J00000000000000000000000 --at -2h --ip 192.0.2.7\n",
     std::nullopt, explain_flags, "KEY", ClientUse::reads},
    {Command::doctor,
     "doctor",
     "Look for what is wrong, and say what to do",
     "Looks at the data directory of --data (disk, room, permissions, clock), at the certificate,\n"
     "and at the server of --url or KEYLEDGER_URL, whatever of these is given. It writes nothing "
     "but\n"
     "a temporary file that goes. Each line is ok, warn or fail; exit code 1 if one fails.\n",
     "keyledger doctor --data /var/lib/keyledger\n"
     "keyledger doctor --config /etc/keyledger.toml --url https://keys.example.com\n",
     SettingsUse::doctor,
     {},
     "",
     ClientUse::reaches},
};

}  // namespace

std::span<const CommandRow> client_command_rows() {
    return rows;
}

}  // namespace keyledger
