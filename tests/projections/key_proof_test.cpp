#include "projections/key_proof.hpp"

#include "ledger/log/tree_rows.hpp"
#include "projections/history.hpp"
#include "tests/support/random_history.hpp"

#include <catch2/catch.hpp>

#include <utility>

namespace keyledger {
namespace {

// A history in which the heads are sealed, with more after it, all under one checkpoint.
class Sealed {
public:
    // `ahead`: how far the seal claims to speak of events that came after the last one before it.
    explicit Sealed(std::uint64_t ahead = 0) {
        UNSCOPED_INFO("KEYLEDGER_TEST_SEED=" << seed_);
        history_.steps(80);
        const std::uint64_t at_seq = history_.log.next_seq() - 1 + ahead;
        StreamHeadsKeeper keeper({}, 0);
        LeafLinks links;
        const auto cursor = history_.log.scan(0);
        while (const auto item = cursor->next()) {
            REQUIRE(read_links(item->leaf, links));
            keeper.add(links);
        }
        heads_ = keeper.seal();
        Submission seal;
        seal.command =
            SealStreamHeads{{.root = heads_->root(), .keys = heads_->keys(), .at_seq = at_seq}};
        seal_seq_ = history_.log.next_seq();
        history_.commit({seal});
        history_.steps(10);
        tree_ = *stored_range(history_.log, history_.log.next_seq());
    }

    const RandomHistory& history() const { return history_; }
    const StreamHeads& heads() const { return *heads_; }

    KeyProof proof_of(const KeyId& key, KeyEvents which) const {
        KeyProof proof{.key = key,
                       .checkpoint = to_text(sign_checkpoint(tree_.head(), key_)),
                       .with_uses = which == KeyEvents::with_uses,
                       .entries = {},
                       .seal = {entry(seal_seq_), {}}};
        for (const std::uint64_t seq :
             History(history_.log, history_.tables.use_tail()).key_events(key, 0, 100'000, which))
            proof.entries.push_back(entry(seq));
        const std::uint64_t position = heads_->position_of(key);
        const bool is_there = position < heads_->keys() && heads_->tip(position).key == key;
        if (!is_there && position > 0) proof.seal.tips.push_back(tip(position - 1));
        if (position < heads_->keys()) proof.seal.tips.push_back(tip(position));
        return proof;
    }

    // An empty text is good.
    std::string wrong_with(const KeyProof& proof) const {
        const std::vector<VerifierKey> keys{key_.verifier()};
        const auto checked = check_key_proof(proof, keys);
        const auto* wrong = std::get_if<std::string>(&checked);
        return wrong ? *wrong : "";
    }

private:
    static SignerKey make_key() {
        SeededRandom random(5);
        return SignerKey::generate("log.example/proof", random);
    }
    ProvedEntry entry(std::uint64_t seq) const {
        return {seq, history_.log.read(seq)->leaf,
                inclusion_proof({seq, tree_.size()}, [&](Subtree s) {
                    return stored_subtree(history_.log, s);
                }).value()};
    }
    ProvedTip tip(std::uint64_t position) const {
        return {heads_->tip(position), position, heads_->proof(position)};
    }

    std::uint64_t seed_ = test_seed();
    RandomHistory history_{seed_};
    SignerKey key_ = make_key();
    std::shared_ptr<const StreamHeads> heads_;
    std::uint64_t seal_seq_ = 0;
    CompactRange tree_;
};

KeyId of_byte(std::uint8_t byte) {
    KeyId key;
    key.uuid.fill(byte);
    return key;
}

}  // namespace

TEST_CASE("every key's history is proved whole, with its uses and without") {
    const Sealed sealed;
    for (const KeyId& key : sealed.history().keys) {
        for (const KeyEvents which : {KeyEvents::life_cycle, KeyEvents::with_uses})
            CHECK(sealed.wrong_with(sealed.proof_of(key, which)) == "");
    }
}

TEST_CASE("a history from which any event up to the seal was taken is not whole") {
    const Sealed sealed;
    for (const KeyId& key : sealed.history().keys) {
        const KeyProof whole = sealed.proof_of(key, KeyEvents::with_uses);
        for (std::size_t i = 0; i < whole.entries.size(); ++i) {
            if (whole.entries[i].seq > whole.seal.event.seq) break;
            KeyProof less = whole;
            less.entries.erase(less.entries.begin() + static_cast<std::ptrdiff_t>(i));
            CHECK(sealed.wrong_with(less) != "");
        }
    }
}

TEST_CASE(
    "that there is no such key is proved wherever it would stand, and for no key that is there") {
    const Sealed sealed;
    for (const KeyId& none : {of_byte(0x00), of_byte(0xff)}) {
        CHECK(sealed.wrong_with(sealed.proof_of(none, KeyEvents::life_cycle)) == "");
    }
    for (const KeyId& key : sealed.history().keys) {
        KeyId next = key;
        next.uuid[15] ^= 1;
        KeyProof absent = sealed.proof_of(next, KeyEvents::life_cycle);
        CHECK(sealed.wrong_with(absent) == "");
        absent.key = key;
        // A key that came after the seal was not there then.
        const std::uint64_t position = sealed.heads().position_of(key);
        const bool was_there =
            position < sealed.heads().keys() && sealed.heads().tip(position).key == key;
        CHECK((sealed.wrong_with(absent) != "") == was_there);
        absent.seal.tips.clear();
        CHECK(sealed.wrong_with(absent) != "");
    }
}

TEST_CASE("a proof in which anything was changed proves nothing") {
    const Sealed sealed;
    const KeyProof good = sealed.proof_of(sealed.history().keys.front(), KeyEvents::with_uses);
    const auto check = [&](auto change) {
        KeyProof proof = good;
        change(proof);
        CHECK(sealed.wrong_with(proof) != "");
    };
    check([](KeyProof& proof) { proof.checkpoint[proof.checkpoint.find('\n') + 1] ^= 1; });
    check([](KeyProof& proof) { proof.entries[0].leaf.back() ^= 1; });
    check([](KeyProof& proof) { proof.entries[0].seq += 1; });
    check([](KeyProof& proof) { proof.entries[0].hashes.pop_back(); });
    check([](KeyProof& proof) { proof.entries.push_back(proof.entries.back()); });
    check([](KeyProof& proof) { proof.seal.event.leaf.back() ^= 1; });
    check([](KeyProof& proof) { proof.seal.event = proof.entries[0]; });
    check([](KeyProof& proof) { proof.seal.tips[0].tip.revision += 1; });
    check([](KeyProof& proof) { proof.seal.tips[0].tip.total += 1; });
    check([](KeyProof& proof) { proof.seal.tips[0].position += 1; });
    check([](KeyProof& proof) { proof.seal.tips.clear(); });
    check([](KeyProof& proof) { proof.seal = {}; });
}

TEST_CASE("a seal that speaks of itself or of a time to come proves nothing") {
    for (const std::uint64_t ahead : {1U, 2U}) {
        const Sealed sealed(ahead);
        const KeyProof proof = sealed.proof_of(sealed.history().keys.front(), KeyEvents::with_uses);
        CHECK(sealed.wrong_with(proof).find("time to come") != std::string::npos);
    }
}

}  // namespace keyledger
