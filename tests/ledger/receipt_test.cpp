#include "ledger/proof/receipt.hpp"

#include "tests/support/randomness.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace keyledger {
namespace {

SignerKey key_of_seed(std::uint32_t seed) {
    SeededRandom random(seed);
    return SignerKey::generate("log.example/one", random);
}

// A log of five entries, and the receipt of one of them.
struct SmallLog {
    std::vector<std::string> entries{"zero", "one", "two", "three", "four"};
    SignerKey key = key_of_seed(1);

    ProofReceipt receipt(std::uint64_t index) const {
        CompactRange range;
        for (const std::string& entry : entries) range.append(leaf_hash(entry));
        const auto subtree = [&](Subtree wanted) -> std::optional<Digest> {
            CompactRange inner;
            const std::uint64_t first = wanted.index << wanted.level;
            for (std::uint64_t i = first; i < first + (1U << wanted.level); ++i)
                inner.append(leaf_hash(entries[i]));
            return inner.root();
        };
        return {.extra = entries[index],
                .index = index,
                .hashes = inclusion_proof({index, entries.size()}, subtree).value(),
                .checkpoint = to_text(sign_checkpoint(range.head(), key))};
    }

    ReceiptVerdict check(const ProofReceipt& receipt) const {
        const std::vector<VerifierKey> keys{key.verifier()};
        return check_receipt(receipt, keys).verdict;
    }
};

}  // namespace

TEST_CASE("a receipt is read as it was written, and shows its entry") {
    const SmallLog log;
    for (std::uint64_t index = 0; index < log.entries.size(); ++index) {
        CAPTURE(index);
        const ProofReceipt receipt = log.receipt(index);
        const auto read = parse_receipt(to_text(receipt));
        REQUIRE(read);
        CHECK(*read == receipt);
        CHECK(log.check(*read) == ReceiptVerdict::good);
    }
}

TEST_CASE("a receipt has the lines of C2SP tlog-proof") {
    const SmallLog log;
    const ProofReceipt receipt = log.receipt(4);
    const std::string text = to_text(receipt);
    const std::string begin = "c2sp.org/tlog-proof@v1\nextra Zm91cg==\nindex 4\n";
    REQUIRE(receipt.hashes.size() == 1);
    CHECK(text == begin + to_base64(view_of(receipt.hashes[0])) + "\n\n" + receipt.checkpoint);
}

TEST_CASE("a receipt in which anything was changed shows nothing") {
    const SmallLog log;
    ProofReceipt receipt = log.receipt(2);
    SECTION("the entry") {
        receipt.extra = "twO";
        CHECK(log.check(receipt) == ReceiptVerdict::not_included);
    }
    SECTION("the index") {
        receipt.index = 3;
        CHECK(log.check(receipt) == ReceiptVerdict::not_included);
    }
    SECTION("an index beyond the tree") {
        receipt.index = 5;
        CHECK(log.check(receipt) == ReceiptVerdict::not_included);
    }
    SECTION("a hash") {
        receipt.hashes.back()[7] ^= 1;
        CHECK(log.check(receipt) == ReceiptVerdict::not_included);
    }
    SECTION("a hash more") {
        receipt.hashes.push_back(receipt.hashes.back());
        CHECK(log.check(receipt) == ReceiptVerdict::not_included);
    }
    SECTION("no entry") {
        receipt.extra.reset();
        CHECK(log.check(receipt) == ReceiptVerdict::no_entry);
    }
    SECTION("the size in the checkpoint") {
        receipt.checkpoint.replace(receipt.checkpoint.find("\n5\n"), 3, "\n6\n");
        CHECK(log.check(receipt) == ReceiptVerdict::bad_signature);
    }
    SECTION("another key of the same name") {
        const std::vector<VerifierKey> keys{key_of_seed(2).verifier()};
        CHECK(check_receipt(receipt, keys).verdict == ReceiptVerdict::bad_signature);
    }
}

TEST_CASE("a receipt is good by any of the keys that a log has had") {
    const SmallLog log;
    const std::vector<VerifierKey> keys{key_of_seed(2).verifier(), log.key.verifier()};
    const ReceiptCheck check = check_receipt(log.receipt(1), keys);
    CHECK(check.verdict == ReceiptVerdict::good);
    CHECK(check.tree.size == 5);
}

TEST_CASE("what is not written as a receipt is none") {
    const SmallLog log;
    const std::string good = to_text(log.receipt(0));
    const auto with = [&](const std::string& from, const std::string& to) {
        std::string text = good;
        text.replace(text.find(from), from.size(), to);
        return text;
    };
    CHECK(parse_receipt(good));
    CHECK(parse_receipt(with("extra emVybw==\n", "")));
    for (const std::string& text :
         {std::string(), std::string("c2sp.org/tlog-proof@v1\n"), with("@v1", "@v2"),
          with("index 0", "index 00"), with("index 0", "index -1"), with("index 0", "index"),
          with("index 0", "index 18446744073709551616"), with("extra emVybw==", "extra emVybw"),
          with("index 0\n", "index 0\nAAAA\n"), with("index 0\n", ""),
          good.substr(0, good.find("\n\n") + 2), good.substr(0, good.find("\n\n") + 1),
          good + std::string(receipt_bytes_max, ' ')}) {
        CAPTURE(text.substr(0, 200));
        CHECK_FALSE(parse_receipt(text));
    }
    std::string many = good;
    const std::string hash = to_base64(std::string(32, 'h')) + "\n";
    for (std::size_t i = 0; i <= proof_hashes_max; ++i) many.insert(many.find("\n\n") + 1, hash);
    CHECK_FALSE(parse_receipt(many));
}

}  // namespace keyledger
