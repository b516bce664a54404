#include "ledger/proof/receipt.hpp"

#include "ledger/base/bytes.hpp"

#include <charconv>
#include <system_error>
#include <utility>

namespace keyledger {
namespace {

constexpr std::string_view first_line = "c2sp.org/tlog-proof@v1";
constexpr std::string_view extra_mark = "extra ";
constexpr std::string_view index_mark = "index ";

// The text up to the next line's end, which is taken away too; nothing if there is none.
std::optional<std::string_view> next_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    return line;
}

// Decimal, without sign or leading zero.
std::optional<std::uint64_t> parse_index(std::string_view text) {
    std::uint64_t index = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), index);
    if (error != std::errc() || stop != text.data() + text.size()) return {};
    if (text.size() > 1 && text.front() == '0') return {};
    return index;
}

}  // namespace

std::string to_text(const ProofReceipt& receipt) {
    std::string text(first_line);
    text += '\n';
    if (receipt.extra) text.append(extra_mark).append(to_base64(*receipt.extra)) += '\n';
    text.append(index_mark).append(std::to_string(receipt.index)) += '\n';
    for (const Digest& hash : receipt.hashes) text.append(to_base64(view_of(hash))) += '\n';
    text += '\n';
    text += receipt.checkpoint;
    return text;
}

std::optional<ProofReceipt> parse_receipt(std::string_view bytes) {
    if (bytes.size() > receipt_bytes_max) return {};
    if (next_line(bytes) != first_line) return {};
    ProofReceipt receipt;
    std::optional<std::string_view> line = next_line(bytes);
    if (line && line->starts_with(extra_mark)) {
        receipt.extra = from_base64(line->substr(extra_mark.size()));
        if (!receipt.extra) return {};
        line = next_line(bytes);
    }
    if (!line || !line->starts_with(index_mark)) return {};
    const auto index = parse_index(line->substr(index_mark.size()));
    if (!index) return {};
    receipt.index = *index;
    while ((line = next_line(bytes)) && !line->empty()) {
        const auto hash_bytes = from_base64(*line);
        const auto hash = hash_bytes ? digest_from_bytes(*hash_bytes) : std::nullopt;
        if (!hash || receipt.hashes.size() == proof_hashes_max) return {};
        receipt.hashes.push_back(*hash);
    }
    if (!line || bytes.empty()) return {};
    receipt.checkpoint = bytes;
    return receipt;
}

ReceiptCheck check_receipt(const ProofReceipt& receipt, std::span<const VerifierKey> log) {
    const auto checkpoint = open_checkpoint(receipt.checkpoint, log);
    if (!checkpoint) return {.verdict = ReceiptVerdict::bad_signature, .tree = {}};
    if (!receipt.extra) return {.verdict = ReceiptVerdict::no_entry, .tree = {}};
    const TreeHead& tree = checkpoint->checkpoint.tree;
    const InclusionClaim claim{.index = receipt.index,
                               .size = tree.size,
                               .leaf = leaf_hash(*receipt.extra),
                               .root = tree.root};
    const bool included = verify_inclusion(claim, receipt.hashes);
    return {.verdict = included ? ReceiptVerdict::good : ReceiptVerdict::not_included,
            .tree = tree};
}

}  // namespace keyledger
