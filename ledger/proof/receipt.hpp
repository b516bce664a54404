#pragma once
// A receipt: one file that shows to whoever has the log's verifier key, and nothing else, that an
// entry stands in the log (C2SP tlog-proof).
//
//   receipt := "c2sp.org/tlog-proof@v1\n" ("extra " base64 "\n")? "index " index "\n"
//              (base64(hash:32) "\n")* "\n" checkpoint
//
// In this log's receipts `extra` is the entry, the very bytes that were hashed. Everything here is
// pure and may be called on any thread.

#include "ledger/proof/checkpoint.hpp"
#include "ledger/proof/merkle_tree.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace keyledger {

// An entry in base64, a checkpoint with all its signatures, and what stands around them.
inline constexpr std::size_t receipt_bytes_max = 512 * 1024;

struct ProofReceipt {
    std::optional<std::string> extra;
    std::uint64_t index = 0;
    Proof hashes;
    std::string checkpoint;  // the note as it was signed

    friend bool operator==(const ProofReceipt&, const ProofReceipt&) = default;
};

std::string to_text(const ProofReceipt& receipt);

// Nothing if `bytes` are not a receipt, or are longer than receipt_bytes_max. Whether its
// checkpoint is one, and whether anything is true, is not looked at.
std::optional<ProofReceipt> parse_receipt(std::string_view bytes);

enum class ReceiptVerdict : std::uint8_t {
    good,
    no_entry,       // there is no `extra`, so nothing says what stands at the index
    bad_signature,  // the checkpoint is not one that the log has signed
    not_included,   // the hashes do not lead from the entry to the checkpoint's root
};

struct ReceiptCheck {
    ReceiptVerdict verdict = ReceiptVerdict::bad_signature;
    TreeHead tree;  // that the entry stands in, if good
};

// Whether the entry in `extra` stands at `index` of a tree that one of the keys has signed.
ReceiptCheck check_receipt(const ProofReceipt& receipt, std::span<const VerifierKey> log);

}  // namespace keyledger
