#include "ledger/proof/signed_note.hpp"
#include "tests/ledger/vector_files.hpp"
#include "tests/support/randomness.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <utility>

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

json::value tables() {
    return json::parse(read_vector("c2sp-spec-examples/formats-and-note-tables.json"));
}

const std::string text = "A text to sign.\n";

// How many proper parts of `whole`, the empty one among them, `is_read` takes.
template <class IsRead>
std::size_t parts_read(const std::string& whole, IsRead is_read) {
    std::size_t count = 0;
    for (std::size_t from = 0; from <= whole.size(); ++from) {
        for (std::size_t length = 0; from + length <= whole.size(); ++length) {
            if (length < whole.size() && is_read(whole.substr(from, length))) ++count;
        }
    }
    return count;
}

}  // namespace

TEST_CASE("keys are accepted and refused as the public tables say") {
    const json::value all = tables();
    const json::array& vkeys = all.at("vkeys").as_array();
    REQUIRE(vkeys.size() == 8);
    for (const json::value& test : vkeys) {
        const std::string vkey = text_of(test.at("vkey"));
        INFO(vkey);
        const auto key = parse_verifier_key(vkey);
        REQUIRE(key.has_value() == test.at("ok").as_bool());
        if (!key) continue;
        CHECK(static_cast<int>(key->type) == test.at("type").as_int64());
        CHECK(to_text(*key) == vkey);
    }
}

TEST_CASE("one public key is one signer of notes and another witness") {
    const json::value all = tables();
    const json::array& witnesses = all.at("witness_vkeys_same_ed25519_key_both_types").as_array();
    REQUIRE(witnesses.size() == 3);
    for (const json::value& test : witnesses) {
        const std::string vkey = text_of(test.at("type1"));
        INFO(vkey);
        const auto key = parse_verifier_key(vkey);
        REQUIRE(key);
        CHECK(key->type == SignatureType::ed25519);
        VerifierKey witness = *key;
        witness.type = SignatureType::cosignature_v1;
        CHECK(witness.key_id() != key->key_id());
        CHECK(parse_verifier_key(to_text(witness)) == witness);
    }
}

TEST_CASE("no part of a key and no key with one byte changed is a key") {
    const auto reads_vkey = [](const std::string& vkey) {
        return parse_verifier_key(vkey).has_value();
    };
    const auto reads_skey = [](const std::string& skey) {
        return SignerKey::parse(skey).has_value();
    };
    const std::string vkey = to_text(key_named("log.example/one", 1).verifier());
    const std::string skey = key_named("log.example/one", 1).secret_text();
    REQUIRE(reads_vkey(vkey));
    REQUIRE(reads_skey(skey));
    CHECK(parts_read(vkey, reads_vkey) == 0);
    CHECK(parts_read(skey, reads_skey) == 0);
    for (std::size_t i = 0; i < vkey.size(); ++i) {
        std::string changed = vkey;
        ++changed[i];
        INFO(changed);
        CHECK_FALSE(reads_vkey(changed));
    }
    for (std::size_t i = 0; i < skey.size(); ++i) {
        std::string changed = skey;
        ++changed[i];
        CAPTURE(i);
        CHECK_FALSE(reads_skey(changed));
    }
    CHECK_FALSE(reads_vkey(vkey + "\n"));
    CHECK_FALSE(reads_skey(skey + "\n"));
    CHECK_FALSE(reads_vkey(skey));
    CHECK_FALSE(reads_skey(vkey));
    // The verifier's type where a signer's secret should be.
    CHECK_FALSE(reads_skey("PRIVATE+KEY+" + vkey));
}

TEST_CASE("a key's id in upper case is refused") {
    REQUIRE(parse_verifier_key("Wit1+55ee4561+AVhZSmQj9+SoL+p/nN0Hh76xXmF7QcHfytUrI1XfSClk"));
    CHECK_FALSE(parse_verifier_key("Wit1+55EE4561+AVhZSmQj9+SoL+p/nN0Hh76xXmF7QcHfytUrI1XfSClk"));
}

TEST_CASE("a witness's key is no secret key of a signer of notes") {
    const SignerKey key = key_named("log.example/one", 1);
    const std::string skey = key.secret_text();
    const std::size_t at = skey.rfind('+') + 1;
    // The same seed under the witness's type, with the id that this type gives the key.
    std::string typed = from_base64(skey.substr(at)).value();
    typed[0] = static_cast<char>(SignatureType::cosignature_v1);
    VerifierKey witness = key.verifier();
    witness.type = SignatureType::cosignature_v1;
    for (const std::uint32_t key_id : {key.verifier().key_id(), witness.key_id()}) {
        std::string id_bytes;
        append_u32(id_bytes, key_id);
        CHECK_FALSE(SignerKey::parse("PRIVATE+KEY+log.example/one+" + to_hex(id_bytes) + "+" +
                                     to_base64(typed)));
    }
}

TEST_CASE("the public key is that of RFC 8032 for its seed") {
    // Section 7.1, TEST 1.
    const std::string seed =
        from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").value();
    ScriptedRandom random(std::vector<std::uint8_t>(seed.begin(), seed.end()));
    const SignerKey key = SignerKey::generate("rfc8032.example", random);
    CHECK(random.left() == 0);
    const auto& public_key = key.verifier().public_key;
    CHECK(to_hex({reinterpret_cast<const char*>(public_key.data()), public_key.size()}) ==
          "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
}

TEST_CASE("a key that was written and read again signs the same") {
    const SignerKey made = key_named("log.example/one", 7);
    const auto read = SignerKey::parse(made.secret_text());
    REQUIRE(read);
    CHECK(read->verifier() == made.verifier());
    CHECK(read->sign(text) == made.sign(text));
    CHECK(read->secret_text() == made.secret_text());
    CHECK(made.verifier() != key_named("log.example/one", 8).verifier());
}

TEST_CASE("a key that was moved signs the same") {
    SignerKey from = key_named("log.example/one", 7);
    const NoteSignature before = from.sign(text);
    const SignerKey to(std::move(from));
    CHECK(to.sign(text) == before);
}

TEST_CASE("a name of a key has no space, plus or control character, and a length") {
    CHECK(is_key_name("example.com/log42"));
    CHECK(is_key_name("schlüssel.example"));
    CHECK(is_key_name(std::string(key_name_bytes_max, 'a')));
    CHECK_FALSE(is_key_name(std::string(key_name_bytes_max + 1, 'a')));
    for (const std::string_view name :
         {"", " ", "a b", "a+b", "a\tb", "a\nb", "a\vb", "a\u0085b", "a\u00a0b", "a\u1680b",
          "a\u2000b", "a\u200ab", "a\u2028", "\u2029a", "a\u202fb", "a\u205fb", "a\u3000b", "a\x1f",
          "a\xff"}) {
        INFO(name);
        CHECK_FALSE(is_key_name(name));
    }
}

}  // namespace keyledger
