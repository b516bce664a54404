#include "ledger/base/sha256.hpp"

#include "tests/support/randomness.hpp"

#include <catch2/catch.hpp>

#include <latch>
#include <thread>

namespace keyledger {

namespace {

std::string hex_of(const Digest& digest) {
    return to_hex(view_of(digest));
}

}  // namespace

TEST_CASE("SHA-256 gives the values of NIST's examples for FIPS 180") {
    CHECK(hex_of(sha256("abc")) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(hex_of(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(hex_of(sha256(std::string(1'000'000, 'a'))) ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256 of nothing is its well-known value") {
    const char* const expected = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    CHECK(hex_of(sha256("")) == expected);
    CHECK(hex_of(sha256(std::string_view())) == expected);
    CHECK(hex_of(sha256(std::initializer_list<std::string_view>{})) == expected);
    CHECK(hex_of(sha256({"", ""})) == expected);
}

TEST_CASE("the parts of a text have the digest of the whole, wherever it is cut") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    const std::string whole = draw_bytes(engine, 200);
    const std::string_view view = whole;
    for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
        CHECK(sha256({view.substr(0, cut), view.substr(cut)}) == sha256(whole));
    }
    CHECK(sha256({view.substr(100), view.substr(0, 100)}) != sha256(whole));
}

TEST_CASE("bytes that come in pieces have the digest of the whole, and the next text begins anew") {
    const std::string whole(1000, 'w');
    Sha256 pieces;
    CHECK(pieces.take() == sha256(""));
    for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{64}, whole.size()}) {
        for (std::size_t at = 0; at < whole.size(); at += size)
            pieces.add(std::string_view(whole).substr(at, size));
        (void)sha256("another text, hashed on the same thread meanwhile");
        CHECK(pieces.take() == sha256(whole));
    }
}

TEST_CASE("threads hash at once without disturbing each other") {
    constexpr std::size_t threads_count = 4;
    constexpr int rounds = 50'000;  // many time slices long
    std::vector<std::string> texts;
    std::vector<Digest> expected;
    for (std::size_t i = 0; i < threads_count; ++i) {
        texts.emplace_back(100 * (i + 1), static_cast<char>('a' + i));
        expected.push_back(sha256(texts.back()));
    }
    std::array<int, threads_count> right{};
    std::latch all_there(threads_count);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < threads_count; ++i) {
        threads.emplace_back([&texts, &expected, &right, &all_there, i] {
            all_there.arrive_and_wait();
            int matches = 0;
            for (int round = 0; round < rounds; ++round) {
                if (sha256(texts[i]) == expected[i]) ++matches;
            }
            right[i] = matches;
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (const int matches : right) CHECK(matches == rounds);
}

}  // namespace keyledger
