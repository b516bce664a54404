#pragma once
// The commands that ask a server. Each says its own mistakes on standard error, and returns what
// the program ends with; with_api (api.hpp) runs it.

#include "tools/commands/api.hpp"

namespace keyledger {

ExitCode create_workspace(Api& api);
ExitCode list_workspaces(Api& api);
ExitCode get_workspace(Api& api);
ExitCode update_workspace(Api& api);

ExitCode create_key(Api& api);
ExitCode list_keys(Api& api);
ExitCode get_key(Api& api);
ExitCode update_key(Api& api);
ExitCode set_key_scopes(Api& api);
ExitCode rotate_key(Api& api);
ExitCode suspend_key(Api& api);
ExitCode resume_key(Api& api);
ExitCode list_key_events(Api& api);
ExitCode show_key_usage(Api& api);

ExitCode revoke_keys(Api& api);
ExitCode find_tokens(Api& api);
ExitCode revoke_tokens(Api& api);
ExitCode import_keys(Api& api);

ExitCode verify_token(Api& api);
ExitCode show_events(Api& api);
ExitCode list_access(Api& api);
ExitCode explain_key(Api& api);

}  // namespace keyledger
