#include "projections/key_proof.hpp"

#include "ledger/stored/event_codec.hpp"

#include <algorithm>
#include <utility>

namespace keyledger {
namespace {

using Problem = std::optional<std::string>;

std::string of_event(std::uint64_t seq, const char* what) {
    return "event seq=" + std::to_string(seq) + " " + what;
}

Problem check_included(const ProvedEntry& entry, const TreeHead& tree) {
    const InclusionClaim claim{
        .index = entry.seq, .size = tree.size, .leaf = leaf_hash(entry.leaf), .root = tree.root};
    if (verify_inclusion(claim, entry.hashes)) return {};
    return of_event(entry.seq, "does not stand in the tree that was signed");
}

// Follows the key's events, and keeps what it had come to at the event `until`.
class KeyHistory {
public:
    explicit KeyHistory(const KeyId& key) : tip{.key = key} {}

    Problem add(const ProvedEntry& entry, std::uint64_t until) {
        if (!read_links(entry.leaf, links_)) return of_event(entry.seq, "is no event");
        if (links_.seq != entry.seq) return of_event(entry.seq, "holds another seq");
        const std::uint64_t before = tip.last_seq;
        if (entry.seq > until && !sealed) sealed = tip;
        if (links_.stream.kind == StreamKind::key && links_.stream.key == tip.key) {
            if (links_.stream_revision != tip.revision + 1 || links_.previous != previous_)
                return of_event(entry.seq, "does not continue the key's history");
            tip.revision += 1;
            tip.last_seq = entry.seq;
            previous_ = leaf_hash(entry.leaf);
        }
        for (const UseLink& use : links_.uses) {
            if (use.key != tip.key) continue;
            // All rows that one event has of the key name the event before it.
            if (use.prev_seq != before || use.total != tip.total + use.count)
                return of_event(entry.seq, "does not continue the key's uses");
            tip.total = use.total;
            tip.last_seq = entry.seq;
        }
        if (tip.last_seq == entry.seq && (before < entry.seq || entry.seq == 0)) return {};
        return of_event(entry.seq, "does not speak of the key");
    }

    StreamTip tip;
    std::optional<StreamTip> sealed;

private:
    Digest previous_{};
    LeafLinks links_;
};

Problem check_tip(const ProvedTip& proved, const StreamHeadsSealed& sealed) {
    const InclusionClaim claim{.index = proved.position,
                               .size = sealed.keys,
                               .leaf = leaf_hash(entry_of(proved.tip)),
                               .root = sealed.root};
    if (verify_inclusion(claim, proved.hashes)) return {};
    return "a head is not among those that were sealed";
}

std::variant<StreamHeadsSealed, std::string> open_seal(const ProvedEntry& seal,
                                                       const TreeHead& tree) {
    if (auto wrong = check_included(seal, tree)) return *wrong;
    const auto event = decode(seal.leaf, {});
    const auto* sealed = event ? std::get_if<StreamHeadsSealed>(&event->body) : nullptr;
    if (!sealed) return of_event(seal.seq, "seals no heads");
    if (event->envelope.seq != seal.seq) return of_event(seal.seq, "holds another seq");
    if (sealed->at_seq >= seal.seq) return of_event(seal.seq, "seals heads of a time to come");
    return *sealed;
}

// That the tips leave no room for the key between them.
bool leaves_no_room(const std::vector<ProvedTip>& tips, const KeyId& key, std::uint64_t keys) {
    if (keys == 0) return tips.empty();
    if (tips.size() == 2) {
        return tips[0].tip.key < key && key < tips[1].tip.key &&
               tips[1].position == tips[0].position + 1;
    }
    if (tips.size() != 1) return false;
    const bool before_all = key < tips[0].tip.key && tips[0].position == 0;
    const bool behind_all = tips[0].tip.key < key && tips[0].position + 1 == keys;
    return before_all || behind_all;
}

Problem check_seal(const KeyProof& proof, const StreamHeadsSealed& sealed, const StreamTip& shown) {
    const std::vector<ProvedTip>& tips = proof.seal.tips;
    for (const ProvedTip& tip : tips) {
        if (auto wrong = check_tip(tip, sealed)) return wrong;
    }
    if (shown.revision == 0) {
        if (leaves_no_room(tips, proof.key, sealed.keys)) return {};
        return "the heads do not show that there was no such key";
    }
    if (tips.size() != 1 || tips[0].tip.key != proof.key) return "the key's head is missing";
    const StreamTip& tip = tips[0].tip;
    const bool uses_fit =
        !proof.with_uses || (tip.total == shown.total && tip.last_seq == shown.last_seq);
    if (tip.revision == shown.revision && uses_fit) return {};
    return "the history is not whole: the sealed head is another one";
}

}  // namespace

std::variant<KeyProofResult, std::string> check_key_proof(const KeyProof& proof,
                                                          std::span<const VerifierKey> log) {
    const auto checkpoint = open_checkpoint(proof.checkpoint, log);
    if (!checkpoint) return "the checkpoint is not signed by a known key";
    const TreeHead tree = checkpoint->checkpoint.tree;
    const auto opened = open_seal(proof.seal.event, tree);
    if (const auto* wrong = std::get_if<std::string>(&opened)) return *wrong;
    const auto& sealed = std::get<StreamHeadsSealed>(opened);
    KeyHistory history(proof.key);
    for (const ProvedEntry& entry : proof.entries) {
        if (auto wrong = check_included(entry, tree)) return *wrong;
        if (auto wrong = history.add(entry, sealed.at_seq)) return *wrong;
    }
    if (auto wrong = check_seal(proof, sealed, history.sealed.value_or(history.tip))) return *wrong;
    return KeyProofResult{
        .tree = tree, .events = proof.entries.size(), .whole_until = sealed.at_seq};
}

}  // namespace keyledger
