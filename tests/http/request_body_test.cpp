// Bodies: sized and chunked, kept and thrown away, up to their limits.

#include "tests/support/read_requests.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace keyledger {

namespace {

using namespace std::string_literals;

const std::string next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

std::string sized(std::size_t bytes) {
    return "POST /sized HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(bytes) +
           "\r\n\r\n" + std::string(bytes, 's');
}

std::string chunked(const std::string& chunks) {
    return "POST /chunked HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks;
}

// As chunks of at most 1000 bytes.
std::string in_chunks(std::size_t bytes) {
    std::string chunks;
    for (; bytes > 0; bytes -= std::min<std::size_t>(bytes, 1000)) {
        const std::size_t size = std::min<std::size_t>(bytes, 1000);
        std::string digits;
        for (std::size_t rest = size; rest > 0; rest /= 16) {
            digits.insert(digits.begin(), "0123456789abcdef"[rest % 16]);
        }
        chunks += digits + "\r\n" + std::string(size, 'c') + "\r\n";
    }
    return chunked(chunks + "0\r\n\r\n");
}

}  // namespace

TEST_CASE("the chunked example of RFC 9112 and Wikipedia's are put together") {
    const Noted noted = read_requests(
        chunked("4\r\nWiki\r\n5\r\npedia\r\nE\r\n in\r\n\r\nchunks.\r\n0\r\n\r\n") + next);
    REQUIRE(noted.requests.size() == 2);
    CHECK(noted.requests[0].body == "Wikipedia in\r\n\r\nchunks.");
    CHECK(noted.requests[0].slack_is_zero);
    CHECK(noted.requests[1].path == "/next");
}

TEST_CASE("extensions and trailers of chunks are passed over, and change nothing") {
    const Noted noted =
        read_requests(chunked("1;a=b\r\nx\r\n1 ; a=\"q;\\\"\"\t\r\ny\r\n0;last\r\n"
                              "Connection: close\r\nHost: other\r\nContent-Length: 5\r\n\r\n") +
                      next);
    REQUIRE(noted.requests.size() == 2);
    CHECK(noted.requests[0].body == "xy");
    CHECK(noted.requests[0].headers.size() == 2);
    CHECK(noted.requests[0].keep_alive);
}

TEST_CASE("an empty body has its slack, sized, chunked or absent") {
    const Noted noted = read_requests(sized(0) + chunked("0\r\n\r\n") + next);
    REQUIRE(noted.requests.size() == 3);
    for (const NotedRequest& request : noted.requests) {
        CHECK(request.body.empty());
        CHECK(request.slack_is_zero);
        CHECK_FALSE(request.body_discarded);
    }
}

TEST_CASE("chunks that are not to the letter are refused") {
    const std::vector<std::string> broken{
        "\r\n",
        "x\r\n",
        "-1\r\n",
        "0x1\r\nx\r\n",
        " 1\r\nx\r\n",
        "1 \r\nx\r\n",
        "1\nx\r\n0\r\n\r\n",
        "1\rx\r\n0\r\n\r\n",
        "1;a\nx\r\n",
        "1;a\rb\r\nx\r\n",
        "1;\x01\r\nx\r\n",
        "1;a=\"\r\nx\r\n\"\n",
        "1;a\0\r\nx\r\n"s,
        "1\r\nxy\r\n0\r\n\r\n",
        "1\r\nx\n0\r\n\r\n",
        "1\r\nx\r0\r\n\r\n",
        "2\r\nx\r\n0\r\n\r\n",
        "1000000000000001\r\n",
        "ffffffffffffffffffff\r\n",
        "0\r\nno colon\r\n\r\n",
        "0\r\n: no name\r\n\r\n",
        "0\r\nA : b\r\n\r\n",
        "0\r\nA: b\r\n folded\r\n\r\n",
        "0\r\nA: b\n\r\n",
        "0\r\nA: \x01\r\n\r\n",
        "0\r\n\rx",
        "0\r\nA: b\r\r\n",
        "1;" + std::string(chunk_line_bytes_max, 'a') + "\r\nx\r\n",
        std::string(chunk_line_bytes_max, '0') + "1\r\nx\r\n",
        "0\r\nA: " + std::string(trailer_bytes_max, 'a') + "\r\n\r\n",
    };
    for (const std::string& chunks : broken) {
        INFO(chunks.substr(0, 40));
        Noted expected;
        expected.fault = TransportFault::malformed;
        CHECK(read_requests(chunked(chunks)) == expected);
        CHECK(read_requests(chunked(chunks), every_byte(chunked(chunks))) == expected);
    }
}

TEST_CASE("lines of chunks and trailers may be as long as their limits") {
    const std::string line = "1;" + std::string(chunk_line_bytes_max - 2, 'a');
    const std::string trailer = "A: " + std::string(trailer_bytes_max - 7, 'a') + "\r\n\r\n";
    const Noted noted = read_requests(chunked(line + "\r\nx\r\n0\r\n" + trailer) + next);
    REQUIRE(noted.requests.size() == 2);
    CHECK(noted.requests[0].body == "x");
}

TEST_CASE("a body may be as long as its route reads, and not a byte longer") {
    for (const std::size_t limit : {1UL, 1000UL, 70'000UL}) {
        CAPTURE(limit);
        for (const auto& make : {sized, in_chunks}) {
            const Noted fits = read_requests(make(limit) + next, {}, limit);
            REQUIRE(fits.requests.size() == 2);
            CHECK(fits.requests[0].body.size() == limit);
            CHECK(fits.requests[0].slack_is_zero);

            Noted refused;
            refused.fault = TransportFault::body_too_large;
            CHECK(read_requests(make(limit + 1) + next, {}, limit) == refused);
            const std::string bytes = make(limit + 1);
            CHECK(read_requests(bytes, every_byte(bytes), limit) == refused);
        }
    }
}

TEST_CASE("a body that is too long is refused before it comes") {
    const std::string header = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n";
    CHECK(read_requests(header, {}, 101).fault == std::nullopt);
    CHECK(read_requests(header, {}, 100).fault == TransportFault::body_too_large);
}

TEST_CASE("a body that no route reads is drained, and no body becomes a request") {
    const std::string evil = "GET /evil HTTP/1.1\r\nHost: a\r\n\r\n";
    const std::string bytes =
        "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(evil.size()) +
        "\r\n\r\n" + evil + in_chunks(3000) + next;
    for (const auto& cuts : {std::vector<std::size_t>{}, every_byte(bytes)}) {
        const Noted noted = read_requests(bytes, cuts, 0);
        REQUIRE(noted.requests.size() == 3);
        CHECK(noted.requests[0].body_discarded);
        CHECK(noted.requests[0].body.empty());
        CHECK(noted.requests[0].slack_is_zero);
        CHECK(noted.requests[1].body_discarded);
        CHECK(noted.requests[2].path == "/next");
        CHECK_FALSE(noted.requests[2].body_discarded);
    }
}

TEST_CASE("what is drained has a limit, behind which the connection ends after the answer") {
    for (const auto& make : {sized, in_chunks}) {
        const Noted fits = read_requests(make(drained_bytes_max) + next, {}, 0);
        REQUIRE(fits.requests.size() == 2);
        CHECK(fits.requests[0].keep_alive);

        const Noted longer = read_requests(make(drained_bytes_max + 1) + next, {}, 0);
        REQUIRE(longer.requests.size() == 1);
        CHECK(longer.requests[0].body_discarded);
        CHECK_FALSE(longer.requests[0].keep_alive);
        CHECK_FALSE(longer.fault);
    }
}

TEST_CASE("a client that waits is told to go on once, and only where its body is awaited") {
    const auto continues = [](const std::string& start, const std::string& body,
                              std::size_t limit = 100) {
        const std::string bytes = start + "Expect: 100-Continue\r\n\r\n";
        return read_requests(bytes + body, {bytes.size()}, limit).continues;
    };
    const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
    CHECK(continues(post + "Content-Length: 3\r\n", "abc") == 1);
    CHECK(continues(post + "Content-Length: 3\r\n", "") == 1);
    CHECK(continues(post + "Transfer-Encoding: chunked\r\n", "0\r\n\r\n") == 1);
    CHECK(continues(post + "Content-Length: 3\r\n", "abc", 0) == 1);
    CHECK(continues(post + "Content-Length: 3\r\n", "", 2) == 0);
    CHECK(continues(post + "Content-Length: 0\r\n", "") == 0);
    CHECK(continues(post, "") == 0);
    CHECK(continues("POST / HTTP/1.0\r\nContent-Length: 3\r\n", "abc") == 0);
    // Who has begun to send does not wait.
    CHECK(read_requests(post + "Expect: 100-continue\r\nContent-Length: 3\r\n\r\na").continues ==
          0);
}

TEST_CASE("a large body's memory is given back, and the next body is right") {
    const Noted noted = read_requests(sized(500'000) + sized(10) + in_chunks(200'000) + sized(7));
    REQUIRE(noted.requests.size() == 4);
    CHECK(noted.requests[0].body == std::string(500'000, 's'));
    CHECK(noted.requests[1].body == std::string(10, 's'));
    CHECK(noted.requests[2].body == std::string(200'000, 'c'));
    CHECK(noted.requests[3].body == std::string(7, 's'));
    for (const NotedRequest& request : noted.requests) CHECK(request.slack_is_zero);
}

}  // namespace keyledger
