#pragma once
// Verifies an export from its files alone (ledger/log/export_directory.hpp).

#include "ledger/proof/signed_note.hpp"
#include "projections/verify.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keyledger {

// A checkpoint that was kept from an earlier time, as the bytes of its note.
struct KeptCheckpoint {
    std::string file;  // what a flaw calls it
    std::string note;
};

// What whoever verifies brings along.
struct ExportTrust {
    // The log's keys. None: those that lie in the export, which shows that it is whole, and not
    // whose it is.
    std::vector<VerifierKey> keys;
    // The export must go on from it. It is signed by one of the keys, or by an older one which a
    // LogKeyRotated in the export leads to one of them from.
    std::optional<KeptCheckpoint> kept;
};

struct ExportVerification {
    Verification found;
    std::vector<VerifierKey> signers;  // of those that count, whose signatures the checkpoint has
};

// Every file of the export is read and compared, whole. `progress(done, total)` is called now and
// then. Any thread.
ExportVerification verify_export(const std::string& directory, const ExportTrust& trust,
                                 const Progress& progress = {});

}  // namespace keyledger
