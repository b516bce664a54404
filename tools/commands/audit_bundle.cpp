#include "tools/commands/audit_bundle.hpp"

#include "http/json_document.hpp"
#include "ledger/base/bytes.hpp"

#include <charconv>
#include <system_error>

namespace keyledger {
namespace {

// Reads members; each is false where there is none of that kind.
bool read(const JsonValue& from, std::string_view name, std::uint64_t& number) {
    const JsonValue* value = from.find(name);
    if (!value || value->kind != JsonKind::number) return false;
    const char* end = value->text.data() + value->text.size();
    const auto [stop, error] = std::from_chars(value->text.data(), end, number);
    return error == std::errc() && stop == end;
}

bool read(const JsonValue& from, std::string_view name, KeyId& key) {
    const JsonValue* value = from.find(name);
    const auto id =
        value && value->kind == JsonKind::string ? parse_key_id(value->text) : std::nullopt;
    if (id) key = *id;
    return id.has_value();
}

bool read(const JsonValue& from, Proof& hashes) {
    const JsonValue* value = from.find("hashes");
    if (!value || value->kind != JsonKind::array) return false;
    for (const JsonValue& item : value->items) {
        const auto bytes = from_base64(item.text);
        const auto hash = bytes ? digest_from_bytes(*bytes) : std::nullopt;
        if (!hash) return false;
        hashes.push_back(*hash);
    }
    return true;
}

bool read(const JsonValue& from, ProvedEntry& entry) {
    const JsonValue* bytes = from.find("entry");
    const auto leaf = bytes ? from_base64(bytes->text) : std::nullopt;
    if (!leaf || !read(from, "seq", entry.seq) || !read(from, entry.hashes)) return false;
    entry.leaf = *leaf;
    return true;
}

bool read(const JsonValue& from, ProvedTip& proved) {
    StreamTip& tip = proved.tip;
    return read(from, "keyId", tip.key) && read(from, "revision", tip.revision) &&
           read(from, "lastSeq", tip.last_seq) && read(from, "total", tip.total) &&
           read(from, "position", proved.position) && read(from, proved.hashes);
}

bool read(const JsonValue& from, ProvedSeal& seal) {
    const JsonValue* heads = from.find("heads");
    if (!heads || heads->kind != JsonKind::array || !read(from, seal.event)) return false;
    for (const JsonValue& head : heads->items) {
        if (!read(head, seal.tips.emplace_back())) return false;
    }
    return true;
}

}  // namespace

std::optional<KeyProof> parse_key_proof(std::string_view json) {
    FaultList faults;
    const auto document = parse_json(json, faults);
    if (!document || !faults.empty() || document->kind != JsonKind::object) return {};
    KeyProof proof;
    const JsonValue* checkpoint = document->find("checkpoint");
    const JsonValue* items = document->find("items");
    const JsonValue* seal = document->find("seal");
    const JsonValue* with_uses = document->find("withUses");
    if (!checkpoint || !items || items->kind != JsonKind::array) return {};
    // Without its seal it would prove no more than what it shows.
    if (!seal || !read(*seal, proof.seal)) return {};
    if (!with_uses || with_uses->kind != JsonKind::boolean) return {};
    if (!read(*document, "keyId", proof.key)) return {};
    proof.checkpoint = checkpoint->text;
    proof.with_uses = with_uses->truth;
    for (const JsonValue& item : items->items) {
        if (!read(item, proof.entries.emplace_back())) return {};
    }
    return proof;
}

}  // namespace keyledger
