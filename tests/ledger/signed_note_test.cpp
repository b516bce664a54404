#include "ledger/proof/signed_note.hpp"
#include "tests/ledger/vector_files.hpp"
#include "tests/support/randomness.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <sodium.h>

#include <algorithm>
#include <numeric>

namespace keyledger {
namespace {

namespace json = boost::json;

SignerKey key_named(const std::string& name, std::uint64_t seed) {
    SeededRandom random(seed);
    return SignerKey::generate(name, random);
}

std::string text_of(const json::value& value) {
    return std::string(value.as_string());
}

json::value examples() {
    return json::parse(read_vector("c2sp-spec-examples/examples.json"));
}

NoteVerdict verdict_of(const SignedNote& note, const std::vector<VerifierKey>& keys) {
    return check_signatures(note, keys).verdict;
}

// A good note with one signature.
const std::string text = "First line.\n\nThird line, mit Umläuten.\n";

SignedNote note_by(const SignerKey& key) {
    return {.text = text, .signatures = {key.sign(text)}};
}

}  // namespace

TEST_CASE("the standard's example note verifies, and is written as it was read") {
    const json::value all = examples();
    const std::string bytes = text_of(all.at("signed_note").at("note"));
    const std::string vkey = text_of(all.at("signed_note").at("vkey"));
    const auto key = parse_verifier_key(vkey);
    REQUIRE(key);
    CHECK(to_text(*key) == vkey);
    const auto note = parse_note(bytes);
    REQUIRE(note);
    CHECK(to_text(*note) == bytes);
    CHECK(note->text == "This is an example message.\n");
    const NoteCheck check = check_signatures(*note, std::vector{*key});
    CHECK(check.verdict == NoteVerdict::good);
    CHECK(check.signers == std::vector<std::size_t>{0});
}

TEST_CASE("every bit of the standard's example note matters") {
    const json::value all = examples();
    const std::string bytes = text_of(all.at("signed_note").at("note"));
    const auto key = parse_verifier_key(text_of(all.at("signed_note").at("vkey"))).value();
    std::size_t still_notes = 0;
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        std::string damaged = bytes;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
        const auto note = parse_note(damaged);
        if (!note) continue;
        ++still_notes;
        CAPTURE(bit);
        CHECK(verdict_of(*note, {key}) != NoteVerdict::good);
    }
    CHECK(still_notes > 100);
    for (std::size_t cut = 0; cut < bytes.size(); ++cut)
        CHECK_FALSE(parse_note(bytes.substr(0, cut)));
}

TEST_CASE("a signed note verifies with its key, and with no other") {
    const SignerKey key = key_named("log.example/one", 1);
    const auto note = parse_note(to_text(note_by(key)));
    REQUIRE(note);
    CHECK(*note == note_by(key));
    CHECK(verdict_of(*note, {key.verifier()}) == NoteVerdict::good);
    CHECK(verdict_of(*note, {}) == NoteVerdict::unknown_keys);
    // Another key of the same name, and the same key under another name.
    CHECK(verdict_of(*note, {key_named("log.example/one", 2).verifier()}) ==
          NoteVerdict::unknown_keys);
    CHECK(verdict_of(*note, {key_named("log.example/two", 1).verifier()}) ==
          NoteVerdict::unknown_keys);
    SignedNote changed = *note;
    changed.text = "Another text.\n";
    CHECK(verdict_of(changed, {key.verifier()}) == NoteVerdict::bad_signature);
}

TEST_CASE("one bad signature by a known key condemns a note, one by an unknown key does not") {
    const SignerKey good = key_named("log.example/one", 1);
    const SignerKey other = key_named("witness.example", 2);
    SignedNote note = note_by(good);
    NoteSignature bad = other.sign(text);
    bad.bytes[10] = static_cast<char>(bad.bytes[10] ^ 1);
    note.signatures.push_back(bad);
    CHECK(verdict_of(note, {good.verifier()}) == NoteVerdict::good);
    CHECK(verdict_of(note, {good.verifier(), other.verifier()}) == NoteVerdict::bad_signature);
    // The same key's good signature beside it does not save it.
    note.signatures.push_back(other.sign(text));
    CHECK(verdict_of(note, {good.verifier(), other.verifier()}) == NoteVerdict::bad_signature);
    std::swap(note.signatures[1], note.signatures[2]);
    CHECK(verdict_of(note, {good.verifier(), other.verifier()}) == NoteVerdict::bad_signature);
    note.signatures.pop_back();
    const NoteCheck check = check_signatures(note, std::vector{other.verifier(), good.verifier()});
    CHECK(check.verdict == NoteVerdict::good);
    CHECK(check.signers == std::vector<std::size_t>{0, 1});
}

TEST_CASE("a signature of another length is bad") {
    const SignerKey key = key_named("log.example/one", 1);
    for (const std::size_t length : {1U, 63U, 65U, 72U}) {
        SignedNote note = note_by(key);
        note.signatures[0].bytes.resize(length);
        CHECK(verdict_of(note, {key.verifier()}) == NoteVerdict::bad_signature);
    }
}

TEST_CASE("a witness's cosignature verifies with its time, and only with that") {
    // Made by hand as tlog-cosignature says: a time, and a signature over it and the text.
    std::array<std::uint8_t, 32> seed{};
    std::iota(seed.begin(), seed.end(), std::uint8_t{1});
    std::array<std::uint8_t, 64> secret{};
    VerifierKey witness{
        .name = "witness.example/w1", .type = SignatureType::cosignature_v1, .public_key = {}};
    REQUIRE(crypto_sign_seed_keypair(witness.public_key.data(), secret.data(), seed.data()) == 0);
    const std::string message = "cosignature/v1\ntime 1727964367\n" + text;
    std::array<std::uint8_t, 64> signature{};
    REQUIRE(crypto_sign_detached(signature.data(), nullptr,
                                 reinterpret_cast<const std::uint8_t*>(message.data()),
                                 message.size(), secret.data()) == 0);
    NoteSignature line{.name = witness.name, .key_id = witness.key_id(), .bytes = {}};
    append_u64(line.bytes, 1'727'964'367);
    line.bytes.append(reinterpret_cast<const char*>(signature.data()), signature.size());

    const SignedNote note{.text = text, .signatures = {line}};
    CHECK(verdict_of(parse_note(to_text(note)).value(), {witness}) == NoteVerdict::good);
    for (std::size_t i = 0; i < line.bytes.size(); ++i) {
        SignedNote damaged = note;
        damaged.signatures[0].bytes[i] = static_cast<char>(damaged.signatures[0].bytes[i] ^ 4);
        CHECK(verdict_of(damaged, {witness}) == NoteVerdict::bad_signature);
    }
    SignedNote without_time = note;
    without_time.signatures[0].bytes.erase(0, 8);
    CHECK(verdict_of(without_time, {witness}) == NoteVerdict::bad_signature);
}

TEST_CASE("a note is refused unless it is written in the one way") {
    const std::string line = "\u2014 a.example QUJDRA==\n";       // an id and nothing signed
    const std::string good_line = "\u2014 a.example QUJDREU=\n";  // an id and one byte
    REQUIRE(parse_note("text\n\n" + good_line));
    REQUIRE(parse_note("\n\n" + good_line));
    const std::vector<std::string> refused{"",
                                           "\n",
                                           "text\n",
                                           "text\n\n",
                                           good_line,
                                           "text\n" + good_line,
                                           "\n" + good_line,
                                           "text\n\n" + line,
                                           "text\n\n" + good_line + "more\n",
                                           "text\n\n" + good_line + "\n",
                                           "text\n\n" + good_line.substr(0, good_line.size() - 1),
                                           "te\x01xt\n\n" + good_line,
                                           "te\txt\n\n" + good_line,
                                           "text\r\n\n" + good_line,
                                           "te\xffxt\n\n" + good_line,
                                           "te\xed\xa0\x80xt\n\n" + good_line,
                                           std::string("te\0xt\n\n", 7) + good_line,
                                           "text\n\n- a.example QUJDREU=\n",
                                           "text\n\n\u2013 a.example QUJDREU=\n",
                                           "text\n\n\u2014a.example QUJDREU=\n",
                                           "text\n\n\u2014  a.example QUJDREU=\n",
                                           "text\n\n\u2014 QUJDREU=\n",
                                           "text\n\n\u2014  QUJDREU=\n",
                                           "text\n\n\u2014 a.example  QUJDREU=\n",
                                           "text\n\n\u2014 a.example QUJDREU= \n",
                                           "text\n\n\u2014 a.example QUJDREU\n",
                                           "text\n\n\u2014 a.example QUJDREV=\n",
                                           "text\n\n\u2014 a.example QUJD-_8=\n",
                                           "text\n\n\u2014 a.example \n",
                                           "text\n\n\u2014 a.example\n",
                                           "text\n\n\u2014 a b QUJDREU=\n",
                                           "text\n\n\u2014 a+b QUJDREU=\n",
                                           "text\n\n\u2014 a\u00a0b QUJDREU=\n",
                                           "text\n\n\u2014 a\u2003b QUJDREU=\n",
                                           "text\n\n\u2014 a\u3000b QUJDREU=\n",
                                           "text\n\n \u2014 a.example QUJDREU=\n"};
    for (const std::string& bytes : refused) {
        INFO(bytes);
        CHECK_FALSE(parse_note(bytes));
    }
}

TEST_CASE("the last empty line divides a note") {
    const std::string good_line = "\u2014 a.example QUJDREU=\n";
    const auto note = parse_note("one\n\n" + good_line + "\n" + good_line);
    REQUIRE(note);
    CHECK(note->text == "one\n\n" + good_line);
    CHECK(note->signatures.size() == 1);
    CHECK(parse_note("one\n\n\n" + good_line).value().text == "one\n\n");
}

TEST_CASE("a note holds as many signatures and bytes as the limits say, and no more") {
    const std::string good_line = "\u2014 a.example QUJDREU=\n";
    std::string note = "text\n\n";
    for (std::size_t i = 0; i < note_signatures_max; ++i) note += good_line;
    CHECK(parse_note(note).value().signatures.size() == note_signatures_max);
    CHECK_FALSE(parse_note(note + good_line));

    const std::string end = "\n\n" + good_line;
    const std::string full = std::string(note_bytes_max - end.size(), 'x') + end;
    CHECK(parse_note(full));
    CHECK_FALSE(parse_note("x" + full));
}

}  // namespace keyledger
