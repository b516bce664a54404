#pragma once
// Text signed by one or more keys, and the keys (C2SP signed-note, with Ed25519).
//
//   note      := text "\n" signature+             the last empty line divides them
//   text      := UTF-8 that ends in "\n", without other characters below U+0020
//   signature := U+2014 " " name " " base64(key_id:u32be bytes) "\n"
//   vkey      := name "+" hex(key_id) "+" base64(type:u8 public_key:32)
//   skey      := "PRIVATE+KEY+" name "+" hex(key_id) "+" base64(0x01 seed:32)
//   key_id    := the first 4 bytes of SHA-256(name 0x0a type public_key)
//
// Everything here is pure and may be called on any thread.

#include "ledger/base/bytes.hpp"
#include "ledger/base/random.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

inline constexpr std::size_t note_bytes_max = 256 * 1024;
// The standard asks for 16 at least.
inline constexpr std::size_t note_signatures_max = 64;
inline constexpr std::size_t key_name_bytes_max = 255;
inline constexpr std::string_view signing_key_prefix = "PRIVATE+KEY+";

// What a key signs and how; the standard has more, which this program can neither make nor check.
enum class SignatureType : std::uint8_t {
    ed25519 = 0x01,         // over the note's text
    cosignature_v1 = 0x04,  // a witness's, with a time (C2SP tlog-cosignature)
};

// One line of signature; nothing is known of its key.
struct NoteSignature {
    std::string name;
    std::uint32_t key_id = 0;
    std::string bytes;

    friend bool operator==(const NoteSignature&, const NoteSignature&) = default;
};

struct SignedNote {
    std::string text;
    std::vector<NoteSignature> signatures;

    friend bool operator==(const SignedNote&, const SignedNote&) = default;
};

// Not empty, at most key_name_bytes_max bytes of UTF-8, no Unicode space, no '+', no control
// character.
bool is_key_name(std::string_view name);

// Whether `text` may be the text of a note.
bool is_note_text(std::string_view text);

// The bytes of a note. Its text, names and number of signatures are such as parse_note() takes,
// asserted.
std::string to_text(const SignedNote& note);

// Nothing if `bytes` are not a note, or one beyond the limits above. Says nothing about whether a
// signature is good.
std::optional<SignedNote> parse_note(std::string_view bytes);

// The public half of a key. A value.
struct VerifierKey {
    std::string name;
    SignatureType type = SignatureType::ed25519;
    std::array<std::uint8_t, 32> public_key{};

    std::uint32_t key_id() const;
    friend bool operator==(const VerifierKey&, const VerifierKey&) = default;
};

// The vkey of `key`, whose name is a key name, asserted.
std::string to_text(const VerifierKey& key);

// Nothing if it is not a vkey of a SignatureType, or its key id is not that of its name and key.
std::optional<VerifierKey> parse_verifier_key(std::string_view vkey);

// Whether `signature`, which names this key, is a good one of `text` by it.
bool is_signature_good(const VerifierKey& key, std::string_view text,
                       const NoteSignature& signature);

enum class NoteVerdict : std::uint8_t {
    good,
    bad_signature,  // one that names a known key was not made by it
    unknown_keys,   // none is by a known key
};

struct NoteCheck {
    NoteVerdict verdict = NoteVerdict::unknown_keys;
    std::vector<std::size_t> signers;  // if good, the places in `keys` of those that signed, rising
};

// Checks a note's signatures. Those that name no key of `keys` count for nothing.
NoteCheck check_signatures(const SignedNote& note, std::span<const VerifierKey> keys);

// The secret half of an Ed25519 key that signs notes. A resource; wipes its secret when it goes.
class SignerKey {
public:
    // `name` is a key name, asserted.
    static SignerKey generate(std::string name, Random& random);
    // Nothing if it is not an skey, or its key id is not that of its name and key.
    static std::optional<SignerKey> parse(std::string_view skey);

    SignerKey(SignerKey&& other) noexcept;
    SignerKey& operator=(SignerKey&&) = delete;
    ~SignerKey();

    const VerifierKey& verifier() const { return verifier_; }

    // The skey. Secret: the caller wipes it.
    std::string secret_text() const;

    // `text` is the text of a note, asserted.
    NoteSignature sign(std::string_view text) const;

private:
    using Seed = std::array<std::uint8_t, 32>;
    SignerKey(std::string name, const Seed& seed);

    VerifierKey verifier_;
    Seed seed_{};
    std::array<std::uint8_t, 64> secret_key_{};
};

}  // namespace keyledger
