#include "projections/seal_check.hpp"

#include "tests/support/given.hpp"
#include "tests/support/randomness.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <vector>

namespace keyledger {
namespace {

// A ledger of made-up events, and the heads of its keys after each.
class MadeLedger {
public:
    explicit MadeLedger(std::uint64_t seed) : engine_(seed) { heads_.push_back({}); }

    // What the next event says of keys; it is taken in.
    LeafLinks next() {
        LeafLinks links;
        links.seq = heads_.size() - 1;
        std::map<KeyId, StreamTip> heads = heads_.back();
        const auto number = draw<std::uint32_t>(engine_, 1, 40);
        if (draw<int>(engine_, 0, 1) == 0) {
            StreamTip& tip = heads[key_id(number)];
            tip.key = key_id(number);
            links.stream = {StreamKind::key, tip.key};
            links.stream_revision = ++tip.revision;
            tip.last_seq = links.seq;
        } else {
            links.stream = {StreamKind::uses, {}};
            for (auto& [key, tip] : heads) {
                if (draw<int>(engine_, 0, 3) != 0) continue;
                tip.total += 2;
                tip.last_seq = links.seq;
                links.uses.push_back({.key = key, .count = 2, .total = tip.total, .prev_seq = 0});
            }
        }
        heads_.push_back(std::move(heads));
        return links;
    }

    // The seal of the heads as of `at_seq`.
    LeafLinks seal(std::uint64_t at_seq) {
        LeafLinks links;
        links.seq = heads_.size() - 1;
        links.stream = {StreamKind::ledger, {}};
        const StreamHeads heads = StreamHeads().with(heads_[at_seq + 1]);
        links.seal = SealLink{.root = heads.root(), .keys = heads.keys(), .at_seq = at_seq};
        heads_.push_back(heads_.back());
        return links;
    }
    const StreamTip& some_tip() const { return heads_.back().begin()->second; }
    std::mt19937_64& engine() { return engine_; }

private:
    std::mt19937_64 engine_;
    std::vector<std::map<KeyId, StreamTip>> heads_;  // before each event
};

// A check of 100 events, which are 0 to 99.
SealCheck after_events(MadeLedger& ledger) {
    SealCheck check;
    for (int i = 0; i < 100; ++i) REQUIRE(check.add(ledger.next()) == nullptr);
    return check;
}

}  // namespace

TEST_CASE("seals of what came before them are right, however long before") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    MadeLedger ledger(seed);
    SealCheck check;
    std::uint64_t sealed = 0;
    for (std::uint64_t seq = 0; seq < 1000; ++seq) {
        const bool seals = seq > 0 && draw<int>(ledger.engine(), 0, 9) == 0;
        if (seals) sealed = draw<std::uint64_t>(ledger.engine(), sealed, seq - 1);
        const LeafLinks links = seals ? ledger.seal(sealed) : ledger.next();
        REQUIRE(check.add(links) == nullptr);
    }
}

TEST_CASE("a seal that leaves a key out, or tells another head of it, is found") {
    MadeLedger ledger(1);
    const SealCheck check = after_events(ledger);
    const LeafLinks right = ledger.seal(90);
    for (const auto& change : std::vector<std::function<void(SealLink&)>>{
             [](SealLink& seal) { seal.root[0] ^= 1; },
             [](SealLink& seal) { seal.keys -= 1; },
             [](SealLink& seal) { seal.at_seq -= 1; },
             [](SealLink& seal) { seal.at_seq = 100; },
             [](SealLink& seal) { seal.at_seq = 1'000'000'000'000'000; },
         }) {
        LeafLinks wrong = right;
        change(*wrong.seal);
        SealCheck again = check;
        CHECK(again.add(wrong) != nullptr);
    }
    SealCheck again = check;
    CHECK(again.add(right) == nullptr);
}

TEST_CASE("a seal of before an earlier seal is refused, since nobody makes one") {
    MadeLedger ledger(2);
    SealCheck check = after_events(ledger);
    REQUIRE(check.add(ledger.seal(90)) == nullptr);
    CHECK(check.add(ledger.seal(80)) != nullptr);
}

}  // namespace keyledger
