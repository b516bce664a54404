#include "ledger/proof/checkpoint.hpp"
#include "tests/ledger/vector_files.hpp"
#include "tests/support/randomness.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

namespace keyledger {
namespace {

namespace json = boost::json;

SignerKey key_named(const std::string& name) {
    SeededRandom random(1);
    return SignerKey::generate(name, random);
}

std::string text_of(const json::value& value) {
    return std::string(value.as_string());
}

// The public log: its key, its entries and its checkpoint of each size.
struct PublicLog {
    json::value meta = json::parse(read_vector("tlog-tiles-tessera/meta.json"));
    VerifierKey key = parse_verifier_key(text_of(meta.at("log_vkey"))).value();

    std::string checkpoint(std::size_t size) const {
        return read_vector("tlog-tiles-tessera/testdata/log/checkpoint." + std::to_string(size));
    }
};

const std::string root_text = to_base64(std::string(32, 'r'));

}  // namespace

TEST_CASE("the public log's checkpoints verify, and name the roots of its entries") {
    const PublicLog log;
    CompactRange range;
    for (std::size_t size = 0; size <= 15; ++size) {
        CAPTURE(size);
        const std::string bytes = log.checkpoint(size);
        const auto opened = open_checkpoint(bytes, log.key);
        REQUIRE(opened);
        CHECK(opened->checkpoint.origin == text_of(log.meta.at("origin")));
        CHECK(opened->checkpoint.tree == range.head());
        CHECK(opened->checkpoint.extensions.empty());
        CHECK(to_text(opened->checkpoint) == opened->note.text);
        CHECK(to_text(opened->note) == bytes);
        if (size < 15) range.append(leaf_hash(text_of(log.meta.at("entries").at(size))));
    }
    CHECK(read_vector("tlog-tiles-tessera/testdata/log/checkpoint") == log.checkpoint(15));
}

TEST_CASE("any two of the public log's checkpoints are proved consistent") {
    const PublicLog log;
    const std::string tile = read_vector("tlog-tiles-tessera/testdata/log/tile/0/000.p/15");
    const SubtreeReader subtree = [&](Subtree place) -> std::optional<Digest> {
        CompactRange range;
        for (std::uint64_t i = place.index << place.level; i < (place.index + 1) << place.level;
             ++i) {
            range.append(digest_from_bytes(std::string_view(tile).substr(i * 32, 32)).value());
        }
        return range.root();
    };
    for (std::uint64_t older = 1; older <= 15; ++older) {
        for (std::uint64_t newer = older; newer <= 15; ++newer) {
            CAPTURE(older, newer);
            const auto proof =
                consistency_proof({.older_size = older, .newer_size = newer}, subtree);
            REQUIRE(proof);
            CHECK(verify_consistency(
                {.older = open_checkpoint(log.checkpoint(older), log.key)->checkpoint.tree,
                 .newer = open_checkpoint(log.checkpoint(newer), log.key)->checkpoint.tree},
                *proof));
        }
    }
}

TEST_CASE("a public checkpoint with one flipped bit is refused") {
    const PublicLog log;
    const std::string bytes = log.checkpoint(13);
    REQUIRE(open_checkpoint(bytes, log.key));
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        std::string damaged = bytes;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
        CAPTURE(bit);
        CHECK_FALSE(open_checkpoint(damaged, log.key));
    }
}

TEST_CASE("the standard's examples read as checkpoints with their signatures") {
    const json::value examples = json::parse(read_vector("c2sp-spec-examples/examples.json"));
    std::size_t signatures = 0;
    for (const auto* name : {"checkpoint_example", "cosigned_checkpoint_example"}) {
        const std::string bytes = text_of(examples.at(name).at("text"));
        INFO(bytes);
        const auto note = parse_note(bytes);
        REQUIRE(note);
        CHECK(to_text(*note) == bytes);
        CHECK(note->signatures.size() == ++signatures);
        const auto checkpoint = parse_checkpoint(note->text);
        REQUIRE(checkpoint);
        CHECK(checkpoint->origin == "example.com/behind-the-sofa");
        CHECK(checkpoint->tree.size == 20'852'163);
        CHECK(to_text(*checkpoint) == note->text);
    }
}

TEST_CASE("checkpoints are accepted and refused as the public table says") {
    const json::value tables =
        json::parse(read_vector("c2sp-spec-examples/formats-and-note-tables.json"));
    const json::array& cases = tables.at("checkpoint_parse").as_array();
    REQUIRE(cases.size() == 10);
    for (const json::value& test : cases) {
        std::string text = text_of(test.at("in"));
        INFO(text);
        // The table's roots are not of 32 bytes, which alone is a reason to refuse here.
        CHECK_FALSE(parse_checkpoint(text));
        for (const std::string root :
             {"YmFuYW5hcw==", "dGhlIHZpZXcgZnJvbSB0aGUgdHJlZSB0b3BzIGlzIGdyZWF0IQ=="}) {
            const std::size_t at = text.find(root);
            if (at != std::string::npos) text.replace(at, root.size(), root_text);
        }
        const auto checkpoint = parse_checkpoint(text);
        REQUIRE(checkpoint.has_value() == test.at("ok").as_bool());
        if (!checkpoint) continue;
        CHECK(to_text(*checkpoint) == text);
        const json::object& fields = test.as_object();
        if (const auto* origin = fields.if_contains("origin")) {
            CHECK(checkpoint->origin == text_of(*origin));
        }
        if (const auto* size = fields.if_contains("size")) {
            CHECK(checkpoint->tree.size == size->to_number<std::uint64_t>());
        }
        if (const auto* rest = fields.if_contains("rest")) {
            REQUIRE(checkpoint->extensions.size() == 1);
            CHECK(checkpoint->extensions[0] + "\n" == text_of(*rest));
        }
    }
}

TEST_CASE("a checkpoint is refused unless it is written in the one way") {
    REQUIRE(parse_checkpoint("log\n0\n" + root_text + "\n"));
    REQUIRE(parse_checkpoint("log\n4611686018427387904\n" + root_text + "\na\nb\n"));
    const std::vector<std::string> refused{
        "", "\n", "log\n", "log\n1\n", "log\n1\n\n", "\n1\n" + root_text + "\n",
        "log\n\n" + root_text + "\n", "log\n01\n" + root_text + "\n",
        "log\n00\n" + root_text + "\n", "log\n+1\n" + root_text + "\n",
        "log\n-1\n" + root_text + "\n", "log\n 1\n" + root_text + "\n",
        "log\n1 \n" + root_text + "\n", "log\n0x1\n" + root_text + "\n",
        "log\n1.0\n" + root_text + "\n",
        // One more than tree_size_max, and more than 64 bits hold.
        "log\n4611686018427387905\n" + root_text + "\n",
        "log\n18446744073709551617\n" + root_text + "\n", "log\n1\n" + root_text,
        "log\n1\n" + root_text + "\n\n", "log\n1\n" + root_text + "\n\nextension\n",
        "log\n1\n" + root_text + "\nextension", "log\n1\n" + root_text + " \n",
        "log\n1\n " + root_text + "\n", "log\n1\n" + root_text.substr(0, 43) + "\n",
        "log\n1\n" + to_base64(std::string(31, 'r')) + "\n",
        "log\n1\n" + to_base64(std::string(33, 'r')) + "\n", "log\r\n1\n" + root_text + "\n",
        "lo\xffg\n1\n" + root_text + "\n"};
    for (const std::string& text : refused) {
        INFO(text);
        CHECK_FALSE(parse_checkpoint(text));
    }
}

TEST_CASE("a checkpoint that was signed opens with its key, and tells its tree") {
    const SignerKey key = key_named("ledger.example/main");
    CompactRange range;
    for (int i = 0; i < 5; ++i) range.append(leaf_hash("entry"));
    const SignedNote note = sign_checkpoint(range.head(), key);
    CHECK(note.text.starts_with("ledger.example/main\n5\n"));
    CHECK(note.signatures.size() == 1);
    const auto opened = open_checkpoint(to_text(note), key.verifier());
    REQUIRE(opened);
    CHECK(opened->checkpoint.tree == range.head());
    CHECK(opened->note == note);
    CHECK(sign_checkpoint(range.head(), key) == note);
}

TEST_CASE("a checkpoint does not open with another key, nor for another origin") {
    const SignerKey key = key_named("ledger.example/main");
    const SignedNote note = sign_checkpoint({.size = 0, .root = empty_root()}, key);
    CHECK_FALSE(open_checkpoint(to_text(note), key_named("ledger.example/other").verifier()));

    // The right key over a text that names another log.
    const Checkpoint foreign{.origin = "ledger.example/other",
                             .tree = {.size = 0, .root = empty_root()},
                             .extensions = {}};
    SignedNote signed_foreign{.text = to_text(foreign), .signatures = {}};
    signed_foreign.signatures.push_back(key.sign(signed_foreign.text));
    CHECK_FALSE(open_checkpoint(to_text(signed_foreign), key.verifier()));

    // The right key over what is no checkpoint.
    SignedNote no_checkpoint{.text = "ledger.example/main\n", .signatures = {}};
    no_checkpoint.signatures.push_back(key.sign(no_checkpoint.text));
    CHECK_FALSE(open_checkpoint(to_text(no_checkpoint), key.verifier()));
}

TEST_CASE("a checkpoint keeps the witnesses' lines that it came with") {
    const SignerKey key = key_named("ledger.example/main");
    SignedNote note = sign_checkpoint({.size = 0, .root = empty_root()}, key);
    note.signatures.push_back(
        {.name = "witness.example", .key_id = 7, .bytes = std::string(72, 'w')});
    const auto opened = open_checkpoint(to_text(note), key.verifier());
    REQUIRE(opened);
    CHECK(opened->note == note);
}

}  // namespace keyledger
