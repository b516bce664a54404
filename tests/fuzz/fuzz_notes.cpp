// Feeds bytes to the parsers of notes, checkpoints, receipts, keys, tile paths, bundles and compact
// ranges.
// What is read must be written again as it was: each format has one way to write a thing.

#include "ledger/proof/checkpoint.hpp"
#include "ledger/proof/merkle_tree.hpp"
#include "ledger/proof/receipt.hpp"
#include "ledger/proof/signed_note.hpp"
#include "ledger/proof/tiles.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace keyledger {
namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void check_note(std::string_view input) {
    const auto note = parse_note(input);
    if (!note) return;
    require(to_text(*note) == input);
    // Under each name a key that signed nothing: its id is not the one in the line, but for chance.
    for (const NoteSignature& signature : note->signatures) {
        const VerifierKey key{
            .name = signature.name, .type = SignatureType::ed25519, .public_key = {}};
        require(!is_signature_good(key, note->text, signature));
        require(!open_checkpoint(input, key));
    }
    if (const auto checkpoint = parse_checkpoint(note->text)) {
        require(to_text(*checkpoint) == note->text);
    }
}

void check_checkpoint(std::string_view input) {
    if (const auto checkpoint = parse_checkpoint(input)) require(to_text(*checkpoint) == input);
}

void check_receipt_text(std::string_view input) {
    if (const auto receipt = parse_receipt(input)) require(to_text(*receipt) == input);
}

void check_keys(std::string_view input) {
    if (const auto key = parse_verifier_key(input)) require(to_text(*key) == input);
    if (const auto key = SignerKey::parse(input)) require(key->secret_text() == input);
}

void check_tiles(std::string_view input) {
    if (const auto tile = parse_tile_path(input)) {
        require(tile_path(*tile) == input);
        require(!is_inside(*tile, 0));
    }
    if (const auto entries = split_bundle(input)) {
        std::string bundle;
        for (const std::string_view entry : *entries) append_to_bundle(bundle, entry);
        require(bundle == input);
    }
}

void check_compact_range(std::string_view input) {
    if (const auto range = CompactRange::from_bytes(input)) require(range->to_bytes() == input);
}

}  // namespace
}  // namespace keyledger

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    keyledger::check_note(input);
    keyledger::check_checkpoint(input);
    keyledger::check_receipt_text(input);
    keyledger::check_keys(input);
    keyledger::check_tiles(input);
    keyledger::check_compact_range(input);
    return 0;
}
