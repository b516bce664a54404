#pragma once
// What the commands of `keyledger audit` share.

#include "ledger/proof/signed_note.hpp"
#include "tools/command_line.hpp"
#include "tools/exit_codes.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

// "keyledger audit verify: WHAT" on standard error; gives the code back.
ExitCode say(const CommandLine& line, std::string_view what, ExitCode exit_code);

// Standard output; an answer that does not arrive is an error.
ExitCode show(std::string_view text);

// The verifier keys of --key, or of another flag; nothing, which is said, if one of them is none.
std::optional<std::vector<VerifierKey>> keys_given(const CommandLine& line,
                                                   const std::string& flag = "key");

// How a signature names the key: eight hexadecimal digits.
std::string key_id_text(const VerifierKey& key);

}  // namespace keyledger
