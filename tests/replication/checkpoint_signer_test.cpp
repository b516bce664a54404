#include "replication/checkpoint_signer.hpp"

#include "tests/support/forwarding_log.hpp"
#include "tests/support/poll.hpp"
#include "tests/support/random_history.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch2/catch.hpp>

namespace keyledger {
namespace {

SignerKey a_key() {
    SeededRandom random(3);
    return SignerKey::generate("log.example/signer", random);
}

// Gives other bytes for one event than those that were written.
class AlteredLog final : public ForwardingLog {
public:
    using ForwardingLog::ForwardingLog;
    std::unique_ptr<EventCursor> scan(std::uint64_t seq) const override {
        return std::make_unique<Cursor>(ForwardingLog::scan(seq));
    }

private:
    class Cursor final : public EventCursor {
    public:
        explicit Cursor(std::unique_ptr<EventCursor> cursor) : cursor_(std::move(cursor)) {}
        std::optional<Item> next() override {
            auto item = cursor_->next();
            if (!item || item->seq != 1) return item;
            bytes_ = item->leaf;
            bytes_.back() ^= 1;
            item->leaf = bytes_;
            return item;
        }
        const std::optional<LogFault>& fault() const override { return cursor_->fault(); }

    private:
        std::unique_ptr<EventCursor> cursor_;
        std::string bytes_;
    };
};

// A ledger with a history, and where its checkpoints go.
struct Signed {
    std::uint64_t seed = test_seed();
    RandomHistory history{seed};
    TemporaryDirectory directory;
    SigningKeys keys{a_key(), {}};
    std::vector<std::string> faults;
    std::string copy;
    int copies_failed = 0;
    std::function<void(const LogFault&)> copy_fails = [this](const LogFault&) { ++copies_failed; };

    Signed() {
        UNSCOPED_INFO("KEYLEDGER_TEST_SEED=" << seed);
        history.steps(60);
    }
    std::string file() const { return directory.file("checkpoint"); }
    TreeHead head() const { return stored_range(history.log, history.log.next_seq())->head(); }

    // Signs what there is, once.
    PublishedCheckpoint sign(const EventLog& from, PublishedCheckpoint before = {}) {
        CheckpointSigner signer(from, history.tables, keys, history.clock,
                                {.file = file(), .copy = copy, .on_copy_fault = copy_fails},
                                std::move(before),
                                [this](const LogFault& fault) { faults.push_back(fault.what); });
        signer.start();
        signer.stop();
        return *signer.published();
    }
};

}  // namespace

TEST_CASE("a checkpoint is signed over all that is applied, and is in its file") {
    Signed ledger;
    const PublishedCheckpoint published = ledger.sign(ledger.history.log);
    CHECK(published.head == ledger.head());
    CHECK(published.tree.head() == published.head);
    const auto opened = open_checkpoint(published.note, ledger.keys.current.verifier());
    REQUIRE(opened);
    CHECK(opened->checkpoint.tree == published.head);
    const CheckpointFile kept = read_checkpoint_file(ledger.file(), ledger.keys.current.verifier());
    REQUIRE(kept.checkpoint);
    CHECK(to_text(kept.checkpoint->note) == published.note);
    CHECK(ledger.faults.empty());
    CHECK_FALSE(contradiction(ledger.history.log, published.head));
}

TEST_CASE("a checkpoint is signed while the ledger runs, without being asked") {
    Signed ledger;
    CheckpointSigner signer(ledger.history.log, ledger.history.tables, ledger.keys,
                            ledger.history.clock,
                            {.file = ledger.file(), .copy = {}, .on_copy_fault = {}}, {},
                            [&](const LogFault& fault) { FAIL(fault.what); });
    CHECK(signer.published()->note.empty());
    signer.start();
    CHECK(becomes_true([&] { return signer.published()->head == ledger.head(); }));
}

TEST_CASE("a copy is written elsewhere too, and one that can't be is told of and harms nothing") {
    Signed ledger;
    ledger.copy = ledger.directory.file("copy");
    const PublishedCheckpoint published = ledger.sign(ledger.history.log);
    const auto copied = read_checkpoint_file(ledger.copy, ledger.keys.current.verifier());
    REQUIRE(copied.checkpoint);
    CHECK(copied.checkpoint->checkpoint.tree == published.head);
    CHECK(ledger.copies_failed == 0);
    ledger.copy = ledger.directory.file("no such folder") + "/copy";
    ledger.history.steps(60);
    CHECK(ledger.sign(ledger.history.log, published).head == ledger.head());
    CHECK(ledger.copies_failed == 1);
    CHECK(ledger.faults.empty());
}

TEST_CASE("a start goes on where the last checkpoint ended") {
    Signed ledger;
    const PublishedCheckpoint before = ledger.sign(ledger.history.log);
    ledger.history.steps(60);
    REQUIRE(ledger.head().size > before.head.size);
    CHECK(ledger.sign(ledger.history.log, before).head == ledger.head());
}

TEST_CASE("nothing is signed over bytes that are not those which were written") {
    Signed ledger;
    const AlteredLog altered(ledger.history.log);
    const PublishedCheckpoint published = ledger.sign(altered);
    CHECK(published.note.empty());
    REQUIRE(ledger.faults.size() == 1);
    CHECK(ledger.faults[0].find("is not theirs") != std::string::npos);
    CHECK_FALSE(read_checkpoint_file(ledger.file(), ledger.keys.current.verifier()).checkpoint);
}

TEST_CASE("a tile that is not that of the events is found when it is full") {
    Signed ledger;
    while (ledger.history.log.next_seq() < 300) ledger.history.steps(20);
    std::string tile_key;
    std::string tile;
    ledger.history.log.rows(Family::tree, "tile", "tilf",
                            [&](std::string_view key, std::string_view value) {
                                tile_key = key;
                                tile = value;
                                return false;
                            });
    REQUIRE_FALSE(tile.empty());
    tile[40] ^= 1;
    REQUIRE_FALSE(ledger.history.log.put({{Family::tree, tile_key, tile}}));
    CHECK(ledger.sign(ledger.history.log).note.empty());
    CHECK(ledger.faults ==
          std::vector<std::string>{"the tree beside the events is not theirs at size=256"});
}

TEST_CASE("a log that was cut, or holds other events, contradicts its checkpoint") {
    Signed ledger;
    const TreeHead head = ledger.head();
    MemoryLog cut;
    copy_events(ledger.history.log, cut, head.size - 1);
    const auto missing = contradiction(cut, head);
    REQUIRE(missing);
    CHECK(missing->find("event seq=" + std::to_string(head.size - 1) + " is missing") == 0);
    RandomHistory other(ledger.seed + 1);
    while (other.log.next_seq() < head.size) other.steps(10);
    CHECK(contradiction(other.log, head));
}

}  // namespace keyledger
