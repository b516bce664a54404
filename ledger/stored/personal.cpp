#include "ledger/stored/personal.hpp"

#include "ledger/base/bytes.hpp"
#include "ledger/base/sha256.hpp"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace keyledger {

namespace {

constexpr std::size_t salt_bytes = 32;

// As event.capnp numbers them: append only.
enum class Ordinal : std::uint8_t {
    actor_address = 1,
    reason = 2,
    name = 3,
    owner = 4,
    metadata = 5,
    name_before = 6,
    owner_before = 7,
    metadata_before = 8,
    row_address = 9,
};

// Which of an event's erasable values; `row` is 0 but for those of a row.
struct Place {
    Ordinal ordinal;
    std::uint32_t row = 0;
    friend bool operator==(const Place&, const Place&) = default;
};

// Visits the erasable values that an event of its kind can have, in the order of their places.
template <class Visit>
void each_erasable(Event& event, Visit visit) {
    visit(Place{Ordinal::actor_address}, event.envelope.actor.address);
    visit(Place{Ordinal::reason}, event.envelope.reason);
    if (auto* created = std::get_if<KeyCreated>(&event.body)) {
        visit(Place{Ordinal::name}, created->settings.name);
        visit(Place{Ordinal::owner}, created->settings.owner);
        visit(Place{Ordinal::metadata}, created->settings.metadata);
    } else if (auto* changed = std::get_if<KeyChanged>(&event.body)) {
        visit(Place{Ordinal::name}, changed->after.name);
        visit(Place{Ordinal::owner}, changed->after.owner);
        visit(Place{Ordinal::metadata}, changed->after.metadata);
        visit(Place{Ordinal::name_before}, changed->before.name);
        visit(Place{Ordinal::owner_before}, changed->before.owner);
        visit(Place{Ordinal::metadata_before}, changed->before.metadata);
    } else if (auto* used = std::get_if<KeysUsed>(&event.body)) {
        std::uint32_t row = 0;
        for (UseRow& use : used->rows) visit(Place{Ordinal::row_address, row++}, use.address);
    }
}

struct Entry {
    Place place;
    std::string_view salt, value;
};

void append(std::string& out, const Entry& entry) {
    out.push_back(static_cast<char>(entry.place.ordinal));
    if (entry.place.ordinal == Ordinal::row_address) append_u32(out, entry.place.row);
    out.append(entry.salt);
    append_u32(out, static_cast<std::uint32_t>(entry.value.size()));
    out.append(entry.value);
}

// Takes `size` bytes off the front; nothing if there are not so many.
std::optional<std::string_view> take(std::string_view& bytes, std::size_t size) {
    if (bytes.size() < size) return std::nullopt;
    const std::string_view taken = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return taken;
}

// Takes an entry off the front; nothing, and nothing is taken, if there is no whole one.
std::optional<Entry> take_entry(std::string_view& from) {
    std::string_view bytes = from;
    Entry entry{};
    const auto ordinal = take(bytes, 1);
    if (!ordinal) return std::nullopt;
    entry.place.ordinal = Ordinal{static_cast<std::uint8_t>(ordinal->front())};
    if (entry.place.ordinal == Ordinal::row_address) {
        const auto row = take(bytes, 4);
        if (!row) return std::nullopt;
        entry.place.row = load_u32(*row);
    }
    const auto salt = take(bytes, salt_bytes);
    const auto length = take(bytes, 4);
    if (!salt || !length) return std::nullopt;
    const auto value = take(bytes, load_u32(*length));
    if (!value || value->empty()) return std::nullopt;
    entry.salt = *salt;
    entry.value = *value;
    from = bytes;
    return entry;
}

}  // namespace

std::string commit(Event& event, Random& salts) {
    std::size_t count = 0, bytes = 0;
    each_erasable(event, [&](Place, const Erasable& erasable) {
        if (erasable.value.empty()) return;
        count += 1;
        bytes += 1 + 4 + salt_bytes + 4 + erasable.value.size();
    });

    // One call for all salts: each is a call of the kernel.
    std::vector<std::uint8_t> drawn(count * salt_bytes);
    if (count > 0) salts.fill(drawn);
    std::string_view unused(reinterpret_cast<const char*>(drawn.data()), drawn.size());

    std::string personal;
    personal.reserve(bytes);
    each_erasable(event, [&](Place place, Erasable& erasable) {
        if (erasable.value.empty()) {
            assert(!erasable.erased || erasable.commitment != Digest{});
            if (!erasable.erased) erasable.commitment = {};
            return;
        }
        assert(!erasable.erased);
        const std::string_view salt = *take(unused, salt_bytes);
        erasable.commitment = sha256({salt, erasable.value});
        append(personal, {.place = place, .salt = salt, .value = erasable.value});
    });
    return personal;
}

bool restore(Event& event, std::string_view personal) {
    bool fits = true;
    std::optional<Entry> entry = take_entry(personal);
    each_erasable(event, [&](Place place, Erasable& erasable) {
        if (erasable.commitment == Digest{}) return;
        if (!entry || entry->place != place) {
            erasable.erased = true;
            return;
        }
        fits = fits && sha256({entry->salt, entry->value}) == erasable.commitment;
        erasable.value = entry->value;
        entry = take_entry(personal);
    });
    // What is left is malformed, out of order, there twice or without a commitment.
    return fits && !entry && personal.empty();
}

bool each_commitment(std::string_view personal,
                     const std::function<bool(const Digest& commitment)>& visit) {
    while (const auto entry = take_entry(personal)) {
        if (!visit(sha256({entry->salt, entry->value}))) return false;
    }
    return personal.empty();
}

}  // namespace keyledger
