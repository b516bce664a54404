#include "ledger/base/random.hpp"
#include "ledger/log/checkpoint_file.hpp"
#include "tools/commands/audit.hpp"
#include "tools/commands/audit_say.hpp"
#include "tools/commands/data_directory.hpp"

namespace keyledger {
namespace {

constexpr std::string_view overlap_default = "30d";

}  // namespace

ExitCode run_audit_rotate_key(const CommandLine& line) {
    const auto data = line.value("data");
    const auto overlap =
        parse_duration(line.value("overlap").value_or(std::string(overlap_default)));
    if (!data) return say(line, "name --data DIR", ExitCode::usage);
    if (!overlap || *overlap < Duration::zero())
        return say(line, "--overlap is a duration, such as 30d", ExitCode::usage);
    // Held while the file changes: a server that runs has it open.
    const OpenedLedger ledger = open_ledger(*data, {});
    if (!ledger.log) return say(line, ledger.problem, ledger.exit_code);
    const std::string file = line.value("signing-key").value_or(signing_key_path(*data));
    SigningKeyFile read = read_signing_key_file(file);
    if (!read.key) return say(line, read.fault->what, ExitCode::integrity);
    if (read.previous && !is_stated(*ledger.log, read.key->verifier())) {
        return say(line, "the last rotation is not in the ledger yet: serve it first",
                   ExitCode::conflict);
    }
    // What the next start holds the ledger to must be signed by a key that it still has.
    if (!read_checkpoint_file(checkpoint_path(*data), read.key->verifier()).checkpoint) {
        return say(line, "no checkpoint is signed by the newest key yet: serve it first",
                   ExitCode::conflict);
    }
    const Timestamp until = system_clock().now() + *overlap;
    SignerKey made = SignerKey::generate(read.key->verifier().name, system_random());
    const SigningKeys keys{std::move(made), PreviousKey{std::move(*read.key), until}};
    if (const auto fault = replace_signing_key_file(file, keys))
        return say(line, fault->what, ExitCode::error);
    return show(to_text(keys.current.verifier()) + "\n");
}

}  // namespace keyledger
