#include "ledger/stored/leaf_links.hpp"

#include "ledger/stored/event_codec.hpp"
#include "ledger/stored/numbers.hpp"
#include "ledger/stored/personal.hpp"

#include <cstddef>
#include <cstring>
#include <optional>

namespace keyledger {
namespace {

constexpr std::size_t word = 8;
constexpr std::size_t frame_bytes = 8;

// Where event.capnp has them: numbers by word, or word and bit; pointers by their number.
constexpr std::size_t seq_word = 0, time_word = 3, revision_word = 4, kinds_word = 5;
constexpr std::size_t stream_key_word = 6;
constexpr unsigned stream_kind_bit = 32, body_kind_bit = 48;
constexpr std::size_t previous_pointer = 1, body_pointer = 6, rows_pointer = 0;
constexpr std::size_t address_pointer = 3, reason_pointer = 4;
constexpr std::uint64_t created_kind = 2, changed_kind = 4, keys_used_kind = 9, sealed_kind = 14;
constexpr std::size_t erasable_settings = 3;  // the first pointers of Settings
constexpr std::size_t sealed_keys_word = 0, sealed_at_seq_word = 1, sealed_root_pointer = 0;
constexpr std::size_t row_key_word = 0, row_count_word = 2, row_total_word = 5;
constexpr std::size_t row_prev_seq_word = 6, row_address_pointer = 2;
constexpr unsigned row_count_bit = 32;

std::uint64_t load_word(std::string_view bytes, std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t i = word; i-- > 0;) {
        value = value << 8 | static_cast<std::uint8_t>(bytes[at + i]);
    }
    return value;
}

// A struct inside the message: what lies behind its end is zero.
class Struct {
public:
    Struct(std::string_view message, std::size_t begin, std::size_t words, std::size_t pointers)
        : message_(message), begin_(begin), words_(words), pointers_(pointers) {}

    std::uint64_t number(std::size_t index) const {
        return index < words_ ? load_word(message_, begin_ + index * word) : 0;
    }
    KeyId key(std::size_t index) const { return {joined({number(index), number(index + 1)})}; }
    // Where a pointer that is not null stands.
    std::optional<std::size_t> pointer(std::size_t index) const {
        const std::size_t at = begin_ + (words_ + index) * word;
        if (index >= pointers_ || load_word(message_, at) == 0) return {};
        return at;
    }

private:
    std::string_view message_;
    std::size_t begin_, words_, pointers_;
};

// Reads pointers; each gives nothing where it would lead out of the message.
class Message {
public:
    explicit Message(std::string_view bytes) : bytes_(bytes) {}

    std::optional<Struct> struct_at(std::size_t at) const {
        if (at + word > bytes_.size()) return {};
        const std::uint64_t pointer = load_word(bytes_, at);
        if ((pointer & 3) != 0) return {};
        return inside(target(at, pointer), pointer >> 32 & 0xffff, pointer >> 48);
    }

    std::optional<std::string_view> bytes_at(std::size_t at) const {
        const std::uint64_t pointer = load_word(bytes_, at);
        const std::uint64_t begin = target(at, pointer);
        const std::uint64_t size = pointer >> 35;
        constexpr std::uint64_t of_bytes = 2;
        if ((pointer & 3) != 1 || (pointer >> 32 & 7) != of_bytes) return {};
        if (begin > bytes_.size() || size > bytes_.size() - begin) return {};
        return bytes_.substr(begin, size);
    }

    // Calls `visit` with each element of a list of structs; false if it is none.
    template <class Visit>
    bool each(std::size_t at, Visit visit) const {
        const std::uint64_t pointer = load_word(bytes_, at);
        constexpr std::uint64_t of_structs = 7;
        if ((pointer & 3) != 1 || (pointer >> 32 & 7) != of_structs) return false;
        const std::uint64_t begin = target(at, pointer);
        if (begin > bytes_.size() - word) return false;
        const std::uint64_t tag = load_word(bytes_, begin);
        const std::uint64_t count = (tag & 0xffff'ffff) >> 2;
        const std::uint64_t words = tag >> 32 & 0xffff, pointers = tag >> 48;
        if (words + pointers == 0 || count > bytes_.size()) return false;
        for (std::uint64_t i = 0; i < count; ++i) {
            const auto element =
                inside(begin + word + i * (words + pointers) * word, words, pointers);
            if (!element) return false;
            visit(*element);
        }
        return true;
    }

private:
    // The offset is signed, in words from behind the pointer; one before the message comes out as
    // a number that is beyond its end.
    static std::uint64_t target(std::size_t at, std::uint64_t pointer) {
        const auto low = static_cast<std::int32_t>(pointer & 0xffff'ffff);
        return at + word + static_cast<std::uint64_t>(std::int64_t{low >> 2} * 8);
    }

    std::optional<Struct> inside(std::uint64_t begin, std::uint64_t words,
                                 std::uint64_t pointers) const {
        const std::uint64_t size = (words + pointers) * word;
        if (begin > bytes_.size() || size > bytes_.size() - begin) return {};
        return Struct(bytes_, begin, words, pointers);
    }

    std::string_view bytes_;
};

// All zero where the pointer is null.
bool read_digest(const Message& message, const std::optional<std::size_t>& pointer, Digest& out) {
    out = {};
    if (!pointer) return true;
    const auto bytes = message.bytes_at(*pointer);
    const auto digest = bytes ? digest_from_bytes(*bytes) : std::nullopt;
    if (digest) out = *digest;
    return digest.has_value();
}

bool read_uses(const Message& message, const Struct& used, LeafLinks& links) {
    const auto rows = used.pointer(rows_pointer);
    if (!rows) return true;
    return message.each(*rows, [&](const Struct& row) {
        links.commitments += row.pointer(row_address_pointer) ? 1U : 0U;
        links.uses.push_back(
            {.key = row.key(row_key_word),
             .count = static_cast<std::uint32_t>(row.number(row_count_word) >> row_count_bit),
             .total = row.number(row_total_word),
             .prev_seq = row.number(row_prev_seq_word)});
    });
}

bool read_seal(const Message& message, const Struct& sealed, std::optional<SealLink>& seal) {
    seal = SealLink{.root = {},
                    .keys = sealed.number(sealed_keys_word),
                    .at_seq = sealed.number(sealed_at_seq_word)};
    return read_digest(message, sealed.pointer(sealed_root_pointer), seal->root);
}

// Of the settings that the body's pointer `index` leads to.
bool count_settings(const Message& message, const Struct& body, std::size_t index,
                    LeafLinks& links) {
    const auto at = body.pointer(index);
    const auto settings = at ? message.struct_at(*at) : std::nullopt;
    if (!settings) return false;
    for (std::size_t i = 0; i < erasable_settings; ++i) {
        links.commitments += settings->pointer(i) ? 1U : 0U;
    }
    return true;
}

bool read_body(const Message& message, const Struct& event, std::uint64_t kind, LeafLinks& links) {
    if (kind != created_kind && kind != changed_kind && kind != keys_used_kind &&
        kind != sealed_kind) {
        return true;
    }
    const auto at = event.pointer(body_pointer);
    const auto body = at ? message.struct_at(*at) : std::nullopt;
    if (!body) return false;
    switch (kind) {
        case created_kind:
            return count_settings(message, *body, 0, links);
        case changed_kind:
            return count_settings(message, *body, 0, links) &&
                   count_settings(message, *body, 1, links);
        case keys_used_kind:
            return read_uses(message, *body, links);
        default:
            return read_seal(message, *body, links.seal);
    }
}

}  // namespace

bool read_links(std::string_view leaf, LeafLinks& links) {
    if (!has_leaf_frame(leaf)) return false;
    const Message message(leaf.substr(frame_bytes));
    const auto event = message.struct_at(0);
    if (!event) return false;
    links.seq = event->number(seq_word);
    links.time = at(static_cast<std::int64_t>(event->number(time_word)));
    links.stream_revision = event->number(revision_word);
    const std::uint64_t kinds = event->number(kinds_word);
    const std::uint64_t stream_kind = kinds >> stream_kind_bit & 0xff;
    if (!number(stream_kind, StreamKind::audit, links.stream.kind)) return false;
    links.stream.key = event->key(stream_key_word);
    if (!read_digest(message, event->pointer(previous_pointer), links.previous)) return false;
    links.uses.clear();
    links.seal.reset();
    links.commitments = 0;
    for (const std::size_t erasable : {address_pointer, reason_pointer}) {
        links.commitments += event->pointer(erasable) ? 1U : 0U;
    }
    return read_body(message, *event, kinds >> body_kind_bit, links);
}

// A commitment is a list of bytes, and so stands at a whole word.
std::optional<std::size_t> committed_values(std::string_view leaf, std::string_view personal) {
    std::size_t values = 0;
    const bool all = each_commitment(personal, [&](const Digest& commitment) {
        ++values;
        for (std::size_t at = frame_bytes; at + commitment.size() <= leaf.size(); at += word) {
            if (std::memcmp(leaf.data() + at, commitment.data(), commitment.size()) == 0)
                return true;
        }
        return false;
    });
    return all ? std::optional(values) : std::nullopt;
}

}  // namespace keyledger
