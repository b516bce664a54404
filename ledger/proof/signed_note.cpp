#include "ledger/proof/signed_note.hpp"

#include "ledger/base/sha256.hpp"
#include "ledger/rules/secret.hpp"  // wipe

#include <sodium.h>

#include <algorithm>
#include <cassert>
#include <utility>

namespace keyledger {
namespace {

constexpr std::string_view signature_mark = "\u2014 ";
constexpr std::size_t key_id_bytes = 4;
constexpr std::size_t cosignature_time_bytes = 8;

static_assert(crypto_sign_SEEDBYTES == 32);
static_assert(crypto_sign_PUBLICKEYBYTES == 32);
static_assert(crypto_sign_SECRETKEYBYTES == 64);

// Before any other call of libsodium; again is harmless.
void prepare_libsodium() {
    static const int answer = sodium_init();
    assert(answer >= 0);
}

// Every character that Unicode calls a space, in UTF-8.
constexpr std::array<std::string_view, 22> spaces{
    " ",      "\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
    "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a", "\u2028",
    "\u2029", "\u202f", "\u205f", "\u3000", "\t",     "\n"};

bool holds_space(std::string_view text) {
    return std::any_of(spaces.begin(), spaces.end(), [text](std::string_view space) {
        return text.find(space) != std::string_view::npos;
    });
}

bool is_control(char character) {
    return static_cast<std::uint8_t>(character) < 0x20;
}

std::string_view bytes_of(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

const std::uint8_t* data_of(std::string_view bytes) {
    return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

// type:u8 key:32
std::string typed_key(SignatureType type, std::span<const std::uint8_t> key) {
    std::string typed(1, static_cast<char>(type));
    typed += bytes_of(key);
    return typed;
}

std::string hex_of(std::uint32_t key_id) {
    std::string bytes;
    append_u32(bytes, key_id);
    return to_hex(bytes);
}

// The parts of a vkey, or of an skey after its prefix: name "+" hex(key_id) "+" base64(type:u8
// key:32)
struct KeyText {
    std::string_view name;
    std::string_view key_id;
    SignatureType type;
    std::string key;
};

std::optional<KeyText> parse_key_text(std::string_view text) {
    const std::size_t first = text.find('+');
    if (first == std::string_view::npos) return std::nullopt;
    const std::size_t second = text.find('+', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    const std::string_view name = text.substr(0, first);
    if (!is_key_name(name)) return std::nullopt;
    std::optional<std::string> typed = from_base64(text.substr(second + 1));
    if (!typed || typed->size() != 1 + 32) return std::nullopt;
    const auto type = static_cast<SignatureType>(typed->front());
    KeyText parts{.name = name,
                  .key_id = text.substr(first + 1, second - first - 1),
                  .type = type,
                  .key = typed->substr(1)};
    wipe(*typed);
    return parts;
}

std::optional<NoteSignature> parse_signature(std::string_view line) {
    if (!line.starts_with(signature_mark)) return std::nullopt;
    line.remove_prefix(signature_mark.size());
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    const std::string_view name = line.substr(0, space);
    if (!is_key_name(name)) return std::nullopt;
    const auto bytes = from_base64(line.substr(space + 1));
    if (!bytes || bytes->size() <= key_id_bytes) return std::nullopt;
    return NoteSignature{.name = std::string(name),
                         .key_id = load_u32(std::string_view(*bytes).substr(0, key_id_bytes)),
                         .bytes = bytes->substr(key_id_bytes)};
}

bool is_ed25519_good(const VerifierKey& key, std::string_view message, std::string_view signature) {
    prepare_libsodium();
    return signature.size() == crypto_sign_BYTES &&
           crypto_sign_verify_detached(data_of(signature), data_of(message), message.size(),
                                       key.public_key.data()) == 0;
}

// time:u64be signature:64, where what is signed names the time before the text.
bool is_cosignature_good(const VerifierKey& key, std::string_view text, std::string_view bytes) {
    if (bytes.size() != cosignature_time_bytes + crypto_sign_BYTES) return false;
    const std::uint64_t time = load_u64(bytes.substr(0, cosignature_time_bytes));
    std::string message = "cosignature/v1\ntime " + std::to_string(time) + "\n";
    message += text;
    return is_ed25519_good(key, message, bytes.substr(cosignature_time_bytes));
}

}  // namespace

bool is_key_name(std::string_view name) {
    return !name.empty() && name.size() <= key_name_bytes_max && is_utf8(name) &&
           name.find('+') == std::string_view::npos && !holds_space(name) &&
           std::none_of(name.begin(), name.end(), is_control);
}

bool is_note_text(std::string_view text) {
    return text.ends_with('\n') && is_utf8(text) &&
           std::none_of(text.begin(), text.end(),
                        [](char character) { return is_control(character) && character != '\n'; });
}

std::string to_text(const SignedNote& note) {
    assert(is_note_text(note.text));
    assert(!note.signatures.empty());
    assert(note.signatures.size() <= note_signatures_max);
    std::string bytes = note.text;
    bytes += '\n';
    for (const NoteSignature& signature : note.signatures) {
        assert(is_key_name(signature.name));
        assert(!signature.bytes.empty());
        std::string signed_by;
        append_u32(signed_by, signature.key_id);
        signed_by += signature.bytes;
        bytes += signature_mark;
        bytes += signature.name;
        bytes += ' ';
        bytes += to_base64(signed_by);
        bytes += '\n';
    }
    assert(bytes.size() <= note_bytes_max);
    return bytes;
}

std::optional<SignedNote> parse_note(std::string_view bytes) {
    if (bytes.size() > note_bytes_max || !is_note_text(bytes)) return std::nullopt;
    const std::size_t divide = bytes.rfind("\n\n");
    if (divide == std::string_view::npos) return std::nullopt;
    SignedNote note{.text = std::string(bytes.substr(0, divide + 1)), .signatures = {}};
    bytes.remove_prefix(divide + 2);
    while (!bytes.empty()) {
        if (note.signatures.size() == note_signatures_max) return std::nullopt;
        const std::size_t end = bytes.find('\n');  // there is one: a note's bytes end in it
        auto signature = parse_signature(bytes.substr(0, end));
        if (!signature) return std::nullopt;
        note.signatures.push_back(std::move(*signature));
        bytes.remove_prefix(end + 1);
    }
    if (note.signatures.empty()) return std::nullopt;
    return note;
}

std::uint32_t VerifierKey::key_id() const {
    const Digest digest = sha256({name, "\n", typed_key(type, public_key)});
    return load_u32(view_of(digest).substr(0, key_id_bytes));
}

std::string to_text(const VerifierKey& key) {
    assert(is_key_name(key.name));
    return key.name + "+" + hex_of(key.key_id()) + "+" +
           to_base64(typed_key(key.type, key.public_key));
}

std::optional<VerifierKey> parse_verifier_key(std::string_view vkey) {
    const auto parts = parse_key_text(vkey);
    if (!parts) return std::nullopt;
    if (parts->type != SignatureType::ed25519 && parts->type != SignatureType::cosignature_v1) {
        return std::nullopt;
    }
    VerifierKey key{.name = std::string(parts->name), .type = parts->type, .public_key = {}};
    std::copy(parts->key.begin(), parts->key.end(), key.public_key.begin());
    if (parts->key_id != hex_of(key.key_id())) return std::nullopt;
    return key;
}

bool is_signature_good(const VerifierKey& key, std::string_view text,
                       const NoteSignature& signature) {
    switch (key.type) {
        case SignatureType::ed25519:
            return is_ed25519_good(key, text, signature.bytes);
        case SignatureType::cosignature_v1:
            return is_cosignature_good(key, text, signature.bytes);
    }
    return false;
}

NoteCheck check_signatures(const SignedNote& note, std::span<const VerifierKey> keys) {
    NoteCheck check;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const std::uint32_t key_id = keys[i].key_id();
        bool has_signed = false;
        for (const NoteSignature& signature : note.signatures) {
            if (signature.key_id != key_id || signature.name != keys[i].name) continue;
            if (!is_signature_good(keys[i], note.text, signature)) {
                return {.verdict = NoteVerdict::bad_signature, .signers = {}};
            }
            has_signed = true;
        }
        if (has_signed) check.signers.push_back(i);
    }
    if (!check.signers.empty()) check.verdict = NoteVerdict::good;
    return check;
}

SignerKey::SignerKey(std::string name, const Seed& seed) : seed_(seed) {
    prepare_libsodium();
    verifier_.name = std::move(name);
    assert(is_key_name(verifier_.name));
    crypto_sign_seed_keypair(verifier_.public_key.data(), secret_key_.data(), seed_.data());
}

SignerKey::SignerKey(SignerKey&& other) noexcept
    : verifier_(std::move(other.verifier_)), seed_(other.seed_), secret_key_(other.secret_key_) {
    sodium_memzero(other.seed_.data(), other.seed_.size());
    sodium_memzero(other.secret_key_.data(), other.secret_key_.size());
}

SignerKey::~SignerKey() {
    sodium_memzero(seed_.data(), seed_.size());
    sodium_memzero(secret_key_.data(), secret_key_.size());
}

SignerKey SignerKey::generate(std::string name, Random& random) {
    Seed seed{};
    random.fill(seed);
    SignerKey key(std::move(name), seed);
    sodium_memzero(seed.data(), seed.size());
    return key;
}

std::optional<SignerKey> SignerKey::parse(std::string_view skey) {
    if (!skey.starts_with(signing_key_prefix)) return std::nullopt;
    auto parts = parse_key_text(skey.substr(signing_key_prefix.size()));
    if (!parts) return std::nullopt;
    Seed seed{};
    std::copy(parts->key.begin(), parts->key.end(), seed.begin());
    wipe(parts->key);
    SignerKey key(std::string(parts->name), seed);
    sodium_memzero(seed.data(), seed.size());
    if (parts->type != SignatureType::ed25519 || parts->key_id != hex_of(key.verifier_.key_id())) {
        return std::nullopt;
    }
    return key;
}

std::string SignerKey::secret_text() const {
    std::string typed = typed_key(SignatureType::ed25519, seed_);
    std::string encoded = to_base64(typed);
    std::string text(signing_key_prefix);
    text.reserve(signing_key_prefix.size() + verifier_.name.size() + 10 + encoded.size());
    text += verifier_.name + "+" + hex_of(verifier_.key_id()) + "+";
    text += encoded;
    wipe(typed);
    wipe(encoded);
    return text;
}

NoteSignature SignerKey::sign(std::string_view text) const {
    assert(is_note_text(text));
    std::string bytes(crypto_sign_BYTES, '\0');
    crypto_sign_detached(reinterpret_cast<std::uint8_t*>(bytes.data()), nullptr, data_of(text),
                         text.size(), secret_key_.data());
    return {.name = verifier_.name, .key_id = verifier_.key_id(), .bytes = std::move(bytes)};
}

}  // namespace keyledger
