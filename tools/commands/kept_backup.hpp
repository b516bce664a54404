#pragma once
// A backup as `restore` finds it: what its small files say, and its files one by one.

#include "ledger/backup/backup_directory.hpp"
#include "ledger/proof/checkpoint.hpp"
#include "ledger/proof/signed_note.hpp"
#include "tools/exit_codes.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace keyledger {

// Why a command does not go on, and what the program ends with.
struct Failure {
    std::string what;
    ExitCode exit_code = ExitCode::error;
};

class KeptBackup {
public:
    // With its manifest, its verifier keys, and a checkpoint that one of them signed; all of them
    // compared with the manifest.
    static std::variant<KeptBackup, Failure> read(const std::string& directory);

    const std::string& directory() const { return directory_; }
    const BackupManifest& manifest() const { return manifest_; }
    // The newest first.
    const std::vector<VerifierKey>& keys() const { return keys_; }
    const SignedCheckpoint& checkpoint() const { return *checkpoint_; }
    std::string path(std::string_view name) const;

    // Compares a file with the manifest; with `to`, which is not there, also writes it there.
    std::optional<Failure> check(const BackupFile& file) const { return copy(file, ""); }
    std::optional<Failure> copy(const BackupFile& file, const std::string& to) const;

private:
    explicit KeptBackup(std::string directory) : directory_(std::move(directory)) {}

    std::optional<Failure> read_all();

    std::string directory_;
    BackupManifest manifest_;
    std::vector<VerifierKey> keys_;
    std::optional<SignedCheckpoint> checkpoint_;
};

}  // namespace keyledger
