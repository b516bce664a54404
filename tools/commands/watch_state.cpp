#include "tools/commands/watch_state.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <iterator>
#include <system_error>
#include <utility>

namespace keyledger {
namespace {

constexpr std::string_view retired_mark = "retired ";
constexpr std::string_view grew_mark = "grew ";
constexpr std::string_view looks_mark = "looks ";
constexpr std::string_view log_mark = "log ";

// Takes the first line off `text`, without its newline.
std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

bool take_mark(std::string_view& line, std::string_view mark) {
    const bool is_there = line.starts_with(mark);
    if (is_there) line.remove_prefix(mark.size());
    return is_there;
}

bool holds(const std::vector<VerifierKey>& keys, const VerifierKey& key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

std::vector<VerifierKey> all_keys(const WatchState& state) {
    std::vector<VerifierKey> keys = state.keys;
    keys.insert(keys.end(), state.retired.begin(), state.retired.end());
    return keys;
}

bool read_line(std::string_view line, WatchState& state) {
    if (take_mark(line, grew_mark)) {
        state.grew = parse_rfc3339(line);
        return state.grew.has_value();
    }
    auto& keys = take_mark(line, retired_mark) ? state.retired : state.keys;
    const auto key = parse_verifier_key(line);
    if (key) keys.push_back(*key);
    return key.has_value();
}

bool is_by(const NoteSignature& signature, const VerifierKey& key) {
    return signature.name == key.name && signature.key_id == key.key_id();
}

// Those by other keys of the log that stand in front of the first one by one of `keys`.
std::span<const NoteSignature> newer_signatures(const SignedNote& note,
                                                std::span<const VerifierKey> keys) {
    const auto known = std::find_if(
        note.signatures.begin(), note.signatures.end(), [&](const NoteSignature& signature) {
            return std::any_of(keys.begin(), keys.end(), [&](const VerifierKey& key) {
                return is_by(signature, key) && is_signature_good(key, note.text, signature);
            });
        });
    if (known == note.signatures.end()) return {};
    return {note.signatures.begin(), known};
}

}  // namespace

std::string to_text(const WatchState& state) {
    assert(state.seen);
    std::string text;
    for (const VerifierKey& key : state.keys) text += to_text(key) + "\n";
    for (const VerifierKey& key : state.retired)
        text += std::string(retired_mark) + to_text(key) + "\n";
    if (state.grew) text += std::string(grew_mark) + to_rfc3339(*state.grew) + "\n";
    return text + "\n" + to_text(state.seen->note);
}

std::optional<WatchState> parse_watch_state(std::string_view text) {
    WatchState state;
    for (std::string_view line = take_line(text); !line.empty(); line = take_line(text)) {
        if (!read_line(line, state)) return {};
    }
    if (state.keys.empty()) return {};
    state.seen = open_checkpoint(text, all_keys(state));
    if (!state.seen) return {};
    return state;
}

void take_given_keys(WatchState& state, std::vector<VerifierKey> given) {
    const std::vector<VerifierKey> known = all_keys(state);
    const bool are_known = std::all_of(given.begin(), given.end(),
                                       [&](const VerifierKey& key) { return holds(known, key); });
    if (are_known) return;
    state.keys = std::move(given);
    state.retired.clear();
}

bool has_newer_signature(const SignedNote& note, std::span<const VerifierKey> keys) {
    const auto newer = newer_signatures(note, keys);
    return std::any_of(newer.begin(), newer.end(), [&](const NoteSignature& signature) {
        return signature.name == keys.front().name;
    });
}

std::vector<VerifierKey> newer_keys(const SignedNote& note, std::span<const VerifierKey> keys,
                                    std::string_view policy) {
    const auto newer = newer_signatures(note, keys);
    std::vector<VerifierKey> found;
    while (!policy.empty()) {
        std::string_view line = take_line(policy);
        const auto key = take_mark(line, log_mark) ? parse_verifier_key(line) : std::nullopt;
        if (!key || key->name != keys.front().name || key->type != SignatureType::ed25519) continue;
        const bool has_signed =
            std::any_of(newer.begin(), newer.end(), [&](const NoteSignature& signature) {
                return is_by(signature, *key) && is_signature_good(*key, note.text, signature);
            });
        if (has_signed && !holds(found, *key)) found.push_back(*key);
    }
    return found;
}

void retire_keys(WatchState& state, const SignedNote& note) {
    const std::vector<std::size_t> signers = check_signatures(note, state.keys).signers;
    if (signers.empty()) return;
    std::vector<VerifierKey> kept;
    for (std::size_t i = 0; i < state.keys.size(); ++i) {
        const bool has_signed = std::find(signers.begin(), signers.end(), i) != signers.end();
        auto& to = i < signers.front() || has_signed ? kept : state.retired;
        to.push_back(state.keys[i]);
    }
    state.keys = std::move(kept);
}

std::string to_text(const PendingCheckpoint& pending) {
    return std::string(looks_mark) + std::to_string(pending.looks) + "\n\n" +
           to_text(pending.checkpoint.note);
}

std::optional<PendingCheckpoint> parse_pending(std::string_view text,
                                               std::span<const VerifierKey> keys) {
    std::string_view line = take_line(text);
    if (!take_mark(line, looks_mark) || !take_line(text).empty()) return {};
    PendingCheckpoint pending;
    const char* const end = line.data() + line.size();
    const auto [stop, error] = std::from_chars(line.data(), end, pending.looks);
    auto checkpoint = open_checkpoint(text, keys);
    if (error != std::errc() || stop != end || !checkpoint) return {};
    pending.checkpoint = std::move(*checkpoint);
    return pending;
}

}  // namespace keyledger
