#include "http/request_reader.hpp"

#include "tests/support/randomness.hpp"
#include "tests/support/read_requests.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

// The one request in `bytes`.
NotedRequest read_one(std::string_view bytes) {
    const Noted noted = read_requests(bytes);
    REQUIRE(noted.requests.size() == 1);
    CHECK_FALSE(noted.fault);
    return noted.requests.front();
}

std::string get(std::string_view target) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

}  // namespace

TEST_CASE("a request is taken apart") {
    const NotedRequest request = read_one(
        "POST /v1/keys?limit=5&q=a%20b HTTP/1.1\r\n"
        "Host: keys.example:8470\r\n"
        "X-Empty:\r\n"
        "X-Blank: \t \r\n"
        "X-Inner:  a \t b  \r\n"
        "X-Bytes: \xc3\xa9\r\n"
        "x-api-KEY:secret\r\n"
        "Content-Length: 5\r\n"
        "\r\n"
        "hello");
    CHECK(request.method == Method::post);
    CHECK(request.method_text == "POST");
    CHECK(request.target == "/v1/keys?limit=5&q=a%20b");
    CHECK(request.path == "/v1/keys");
    CHECK(request.query == "limit=5&q=a%20b");
    CHECK(request.headers == Fields{{"Host", "keys.example:8470"},
                                    {"X-Empty", ""},
                                    {"X-Blank", ""},
                                    {"X-Inner", "a \t b"},
                                    {"X-Bytes", "\xc3\xa9"},
                                    {"x-api-KEY", "secret"},
                                    {"Content-Length", "5"}});
    CHECK(request.body == "hello");
    CHECK(request.slack_is_zero);
    CHECK_FALSE(request.body_discarded);
    CHECK(request.keep_alive);
    CHECK_FALSE(request.http_1_0);
}

TEST_CASE("methods are told apart, by case too") {
    const std::vector<std::pair<std::string, Method>> methods{{"GET", Method::get},
                                                              {"HEAD", Method::head},
                                                              {"POST", Method::post},
                                                              {"PUT", Method::put},
                                                              {"PATCH", Method::patch},
                                                              {"DELETE", Method::delete_},
                                                              {"OPTIONS", Method::options},
                                                              {"PROPFIND", Method::other},
                                                              {"get", Method::other},
                                                              {"TRACE", Method::other},
                                                              {"!#$%&'*+-.^_`|~9", Method::other}};
    for (const auto& [text, method] : methods) {
        INFO(text);
        const NotedRequest request = read_one(text + " / HTTP/1.1\r\nHost: a\r\n\r\n");
        CHECK(request.method == method);
        CHECK(request.method_text == text);
    }
}

TEST_CASE("a target's path and query are views of what came, never normalised") {
    struct Row {
        std::string target, path, query;
    };
    const std::vector<Row> rows{
        {"/", "/", ""},
        {"/?", "/", ""},
        {"/a/../b//c/./%2e%2E/%zz", "/a/../b//c/./%2e%2E/%zz", ""},
        {"/a?b?c=d", "/a", "b?c=d"},
        {"//host/path", "//host/path", ""},
        {"/v1/keys/key_1:rotate", "/v1/keys/key_1:rotate", ""},
        {"http://keys.example/v1/x?y=z", "/v1/x", "y=z"},
        {"HTTPS://keys.example:8470/v1", "/v1", ""},
        {"http://keys.example", "/", ""},
        {"http://keys.example?y", "/", "y"},
        {"http://[::1]:80/a", "/a", ""},
    };
    for (const Row& row : rows) {
        INFO(row.target);
        const NotedRequest request = read_one(get(row.target));
        CHECK(request.target == row.target);
        CHECK(request.path == row.path);
        CHECK(request.query == row.query);
    }
    CHECK(read_one("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").path == "*");
}

TEST_CASE("a connection is kept in HTTP/1.1 unless closed, in HTTP/1.0 only if asked") {
    const auto kept = [](std::string_view version, const std::string& fields) {
        const NotedRequest request =
            read_one("GET / " + std::string(version) + "\r\nHost: a\r\n" + fields + "\r\n");
        CHECK(request.http_1_0 == (version == "HTTP/1.0"));
        return request.keep_alive;
    };
    CHECK(kept("HTTP/1.1", ""));
    CHECK(kept("HTTP/1.1", "Connection: keep-alive\r\n"));
    CHECK_FALSE(kept("HTTP/1.1", "Connection: close\r\n"));
    CHECK_FALSE(kept("HTTP/1.1", "Connection: x, CLOSE\r\n"));
    CHECK_FALSE(kept("HTTP/1.1", "Connection: x\r\nConnection: close\r\n"));
    CHECK_FALSE(kept("HTTP/1.1", "Connection: keep-alive, close\r\n"));
    CHECK(kept("HTTP/1.1", "Connection: closed\r\n"));
    CHECK_FALSE(kept("HTTP/1.0", ""));
    CHECK(kept("HTTP/1.0", "Connection: Keep-Alive\r\n"));
    CHECK_FALSE(kept("HTTP/1.0", "Connection: close, keep-alive\r\n"));
}

TEST_CASE("HTTP/1.0 needs no Host") {
    CHECK(read_one("GET / HTTP/1.0\r\n\r\n").http_1_0);
}

TEST_CASE("an empty Host stands for no authority") {
    CHECK(read_one("GET / HTTP/1.1\r\nHost:\r\n\r\n").path == "/");
}

TEST_CASE("one empty line before a request is passed over, two are not") {
    const Noted noted = read_requests("\r\n" + get("/a") + "\r\n" + get("/b"));
    REQUIRE(noted.requests.size() == 2);
    CHECK(noted.requests[1].path == "/b");
    CHECK(read_requests("\r\n\r\n" + get("/a")).fault == TransportFault::malformed);
}

TEST_CASE("pipelined requests come out in their order, and what is left begins the next") {
    std::string bytes;
    for (int i = 0; i < 2000; ++i) {
        const std::string body(static_cast<std::size_t>(i % 50), static_cast<char>('a' + i % 26));
        bytes += "POST /" + std::to_string(i) +
                 " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
                 "\r\n\r\n" + body;
    }
    const Noted noted = read_requests(bytes + "GET /unfinished HT");
    REQUIRE(noted.requests.size() == 2000);
    CHECK_FALSE(noted.fault);
    for (int i = 0; i < 2000; ++i) {
        const NotedRequest& request = noted.requests[static_cast<std::size_t>(i)];
        REQUIRE(request.path == "/" + std::to_string(i));
        REQUIRE(request.body ==
                std::string(static_cast<std::size_t>(i % 50), static_cast<char>('a' + i % 26)));
    }
}

TEST_CASE("however a connection's bytes are cut, they say the same") {
    const std::string bytes =
        "\r\nPOST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
        "GET http://h/x HTTP/1.1\r\nHost: h\r\nX:  y \r\n\r\n\r\n"
        "PUT /c HTTP/1.1\r\nhost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
        "5;n=\"v;\"\r\nhello\r\n00A \t;x\r\n0123456789\r\n000\r\nTrailer: t\r\nB:\r\n\r\n"
        "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
        "DELETE /d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nwhat follows is not read";
    const Noted whole = read_requests(bytes);
    REQUIRE(whole.requests.size() == 5);
    CHECK_FALSE(whole.fault);
    CHECK(whole.requests[2].body == "hello0123456789");

    CHECK(read_requests(bytes, every_byte(bytes)) == whole);
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
        CAPTURE(cut);
        CHECK(read_requests(bytes, {cut}) == whole);
    }
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    for (int round = 0; round < 200; ++round) {
        std::vector<std::size_t> cuts;
        for (int i = 0; i < 6; ++i) cuts.push_back(draw<std::size_t>(engine, 1, bytes.size()));
        std::sort(cuts.begin(), cuts.end());
        CHECK(read_requests(bytes, cuts) == whole);
    }
}

TEST_CASE("the reader is idle until a byte of a request comes, and again after its answer") {
    RequestReader reader(Peer{});
    const auto feed = [&reader](std::string_view bytes) {
        std::memcpy(reader.space().data(), bytes.data(), bytes.size());
        reader.received(bytes.size());
        return reader.advance();
    };
    CHECK(reader.advance() == ReadState::need_bytes);
    CHECK(reader.idle());
    CHECK(feed("G") == ReadState::need_bytes);
    CHECK_FALSE(reader.idle());
    CHECK(feed("ET / HTTP/1.1\r\nHost: a\r\n\r\n") == ReadState::complete);
    CHECK_FALSE(reader.idle());
    reader.next_request();
    CHECK(reader.advance() == ReadState::need_bytes);
    CHECK(reader.idle());
    CHECK(feed("\r\n") == ReadState::need_bytes);
    CHECK_FALSE(reader.idle());
}

TEST_CASE("a request says who sent it") {
    Peer peer;
    peer.address = Address{};
    peer.client_certificate = true;
    RequestReader reader(peer);
    const std::string bytes = get("/");
    for (int i = 0; i < 2; ++i) {
        std::memcpy(reader.space().data(), bytes.data(), bytes.size());
        reader.received(bytes.size());
        REQUIRE(reader.advance() == ReadState::complete);
        CHECK(reader.request().peer.address == Address{});
        CHECK(reader.request().peer.client_certificate);
        reader.next_request();
    }
}

}  // namespace keyledger
