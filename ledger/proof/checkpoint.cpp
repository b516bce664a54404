#include "ledger/proof/checkpoint.hpp"

#include <cassert>
#include <charconv>
#include <span>
#include <system_error>
#include <utility>

namespace keyledger {
namespace {

// Takes the first line off `text`, without its newline. Nothing if there is none or it is empty.
std::optional<std::string_view> take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos || end == 0) return std::nullopt;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    return line;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    if (text.size() > 1 && text.starts_with('0')) return std::nullopt;
    std::uint64_t size = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return size <= tree_size_max ? std::optional(size) : std::nullopt;
}

bool is_line(std::string_view text) {
    return !text.empty() && text.find('\n') == std::string_view::npos;
}

}  // namespace

std::string to_text(const Checkpoint& checkpoint) {
    assert(is_line(checkpoint.origin));
    assert(checkpoint.tree.size <= tree_size_max);
    std::string text = checkpoint.origin + "\n";
    text += std::to_string(checkpoint.tree.size) + "\n";
    text += to_base64(view_of(checkpoint.tree.root)) + "\n";
    for (const std::string& extension : checkpoint.extensions) {
        assert(is_line(extension));
        text += extension + "\n";
    }
    assert(is_note_text(text));
    return text;
}

std::optional<Checkpoint> parse_checkpoint(std::string_view text) {
    if (!is_note_text(text)) return std::nullopt;
    const auto origin = take_line(text);
    const auto size_line = origin ? take_line(text) : std::nullopt;
    const auto root_line = size_line ? take_line(text) : std::nullopt;
    if (!root_line) return std::nullopt;
    const auto size = parse_size(*size_line);
    const auto root_bytes = from_base64(*root_line);
    if (!size || !root_bytes) return std::nullopt;
    const auto root = digest_from_bytes(*root_bytes);
    if (!root) return std::nullopt;

    Checkpoint checkpoint{
        .origin = std::string(*origin), .tree = {.size = *size, .root = *root}, .extensions = {}};
    while (!text.empty()) {
        const auto extension = take_line(text);
        if (!extension) return std::nullopt;
        checkpoint.extensions.emplace_back(*extension);
    }
    return checkpoint;
}

SignedNote sign_checkpoint(const TreeHead& tree, const SignerKey& key) {
    const Checkpoint checkpoint{.origin = key.verifier().name, .tree = tree, .extensions = {}};
    SignedNote note{.text = to_text(checkpoint), .signatures = {}};
    note.signatures.push_back(key.sign(note.text));
    return note;
}

std::optional<SignedCheckpoint> open_checkpoint(std::string_view note_bytes,
                                                const VerifierKey& log) {
    return open_checkpoint(note_bytes, std::span(&log, 1));
}

std::optional<SignedCheckpoint> open_checkpoint(std::string_view note_bytes,
                                                std::span<const VerifierKey> log) {
    auto note = parse_note(note_bytes);
    if (!note) return std::nullopt;
    if (check_signatures(*note, log).verdict != NoteVerdict::good) return std::nullopt;
    auto checkpoint = parse_checkpoint(note->text);
    if (!checkpoint) return std::nullopt;
    for (const VerifierKey& key : log) {
        if (checkpoint->origin != key.name) return std::nullopt;
    }
    return SignedCheckpoint{.checkpoint = std::move(*checkpoint), .note = std::move(*note)};
}

}  // namespace keyledger
