#include "tools/commands/watch_state.hpp"

#include "tests/support/randomness.hpp"

#include <catch2/catch.hpp>

namespace keyledger {
namespace {

SignerKey key_of(std::uint64_t seed, const char* name = "log.example/watched") {
    SeededRandom random(seed);
    return SignerKey::generate(name, random);
}

// A log that was rotated, and a checkpoint of it.
struct Rotated {
    SignerKey older = key_of(1);
    SignerKey newer = key_of(2);

    SignedCheckpoint signed_by(std::initializer_list<const SignerKey*> signers) const {
        const Checkpoint checkpoint{
            .origin = older.verifier().name, .tree = {.size = 7, .root = {}}, .extensions = {}};
        SignedNote note{.text = to_text(checkpoint), .signatures = {}};
        for (const SignerKey* signer : signers) note.signatures.push_back(signer->sign(note.text));
        return {checkpoint, note};
    }
    std::string policy() const {
        return "log " + to_text(newer.verifier()) + "\nlog " + to_text(older.verifier()) +
               "\nquorum none\n";
    }
    std::vector<VerifierKey> learned(const SignedCheckpoint& seen, const std::string& text) const {
        const std::vector<VerifierKey> known{older.verifier()};
        return newer_keys(seen.note, known, text);
    }
};

}  // namespace

TEST_CASE("a watch's state is read as it was written, and nothing else is") {
    const Rotated log;
    WatchState state{.keys = {log.newer.verifier()},
                     .retired = {log.older.verifier()},
                     .seen = log.signed_by({&log.newer}),
                     .grew = parse_rfc3339("2026-11-24T20:00:00.000Z")};
    const std::string text = to_text(state);
    const auto read = parse_watch_state(text);
    REQUIRE(read);
    CHECK(to_text(*read) == text);
    CHECK(read->retired == state.retired);
    CHECK(read->grew == state.grew);
    for (std::size_t size = 0; size < text.size(); ++size)
        CHECK_FALSE(parse_watch_state(text.substr(0, size)));
    CHECK_FALSE(parse_watch_state("\n" + text));
    CHECK_FALSE(parse_watch_state("junk\n" + text));
    CHECK_FALSE(parse_watch_state(text + "junk"));
}

TEST_CASE("what is pending is read as it was written, where a known key has signed it") {
    const Rotated log;
    const std::vector<VerifierKey> keys{log.newer.verifier()};
    const std::string text = to_text(PendingCheckpoint{log.signed_by({&log.newer}), 3});
    const auto read = parse_pending(text, keys);
    REQUIRE(read);
    CHECK(read->looks == 3);
    CHECK(to_text(*read) == text);
    CHECK_FALSE(parse_pending(text, std::vector<VerifierKey>{log.older.verifier()}));
    CHECK_FALSE(parse_pending("looks x" + text.substr(7), keys));
    CHECK_FALSE(parse_pending(text.substr(1), keys));
}

TEST_CASE("a newer key is learned where it signs in front of one that is known") {
    const Rotated log;
    const std::vector<VerifierKey> known{log.older.verifier()};
    const SignedCheckpoint both = log.signed_by({&log.newer, &log.older});
    CHECK(has_newer_signature(both.note, known));
    CHECK(log.learned(both, log.policy()) == std::vector<VerifierKey>{log.newer.verifier()});
    CHECK(log.learned(both, "").empty());
    CHECK(log.learned(both, "log " + to_text(key_of(3).verifier()) + "\n").empty());
    CHECK(log.learned(both, "log " + to_text(key_of(2, "other").verifier()) + "\n").empty());
}

TEST_CASE("no key is learned without a good signature of it beside one that is known") {
    const Rotated log;
    const std::vector<VerifierKey> known{log.older.verifier()};
    for (const SignedCheckpoint& seen : {log.signed_by({&log.newer}), log.signed_by({&log.older}),
                                         log.signed_by({&log.older, &log.newer})}) {
        CHECK_FALSE(has_newer_signature(seen.note, known));
        CHECK(log.learned(seen, log.policy()).empty());
    }
    SignedCheckpoint forged = log.signed_by({&log.newer, &log.older});
    forged.note.signatures[0].bytes[5] ^= 1;
    CHECK(log.learned(forged, log.policy()).empty());
    SignedCheckpoint unknown = log.signed_by({&log.newer, &log.older});
    unknown.note.signatures[1].bytes[5] ^= 1;
    CHECK(log.learned(unknown, log.policy()).empty());
}

TEST_CASE("an older key counts no more when the newer one signs alone") {
    const Rotated log;
    WatchState state;
    state.keys = {log.newer.verifier(), log.older.verifier()};
    for (const SignedCheckpoint& seen :
         {log.signed_by({&log.newer, &log.older}), log.signed_by({&log.older})}) {
        retire_keys(state, seen.note);
        CHECK(state.keys.size() == 2);
    }
    retire_keys(state, log.signed_by({&log.newer}).note);
    CHECK(state.keys == std::vector<VerifierKey>{log.newer.verifier()});
    CHECK(state.retired == std::vector<VerifierKey>{log.older.verifier()});
    take_given_keys(state, {log.older.verifier()});
    CHECK(state.keys == std::vector<VerifierKey>{log.newer.verifier()});
    take_given_keys(state, {});
    CHECK(state.keys == std::vector<VerifierKey>{log.newer.verifier()});
    const VerifierKey other = key_of(3).verifier();
    take_given_keys(state, {other});
    CHECK(state.keys == std::vector<VerifierKey>{other});
}

}  // namespace keyledger
