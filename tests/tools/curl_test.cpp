#include "tools/client/curl.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cstdio>

namespace keyledger {
namespace {

ServerUrl url_of(std::string_view text) {
    const std::optional<ServerUrl> url = parse_server_url(text);
    REQUIRE(url);
    return *url;
}

// What a shell makes of a command.
std::string run_shell(const std::string& command) {
    FILE* const pipe = ::popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string out;
    std::array<char, 256> buffer;
    for (std::size_t count; (count = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
        out.append(buffer.data(), count);
    }
    CHECK(::pclose(pipe) == 0);
    return out;
}

TEST_CASE("a server is named by a URL") {
    CHECK(url_of("http://127.0.0.1:8470") == ServerUrl{UrlScheme::http, "127.0.0.1", "8470", ""});
    CHECK(url_of("http://keys/") == ServerUrl{UrlScheme::http, "keys", "80", ""});
    CHECK(url_of("https://keys.example.com") ==
          ServerUrl{UrlScheme::https, "keys.example.com", "443", ""});
    CHECK(url_of("http://[::1]:8470") == ServerUrl{UrlScheme::http, "::1", "8470", ""});
    CHECK(url_of("unix:/run/kl.sock") == ServerUrl{UrlScheme::unix_socket, "", "", "/run/kl.sock"});
    for (const char* const text :
         {"", "keys", "127.0.0.1:8470", "ftp://keys", "http://", "http://:80", "http://a:0",
          "http://a:70000", "http://a:b", "http://user:secret@a", "http://a/path", "http://a?b",
          "http://[::1", "http://[::1]80", "unix:", "http://a b", "http://a\r\nX: y"}) {
        INFO(text);
        CHECK_FALSE(parse_server_url(text));
    }
}

TEST_CASE("the host is named as HTTP wants it") {
    CHECK(host_header(url_of("http://keys:80")) == "keys");
    CHECK(host_header(url_of("http://keys:8470")) == "keys:8470");
    CHECK(host_header(url_of("https://keys:443")) == "keys");
    CHECK(host_header(url_of("http://[::1]:8470")) == "[::1]:8470");
    CHECK(host_header(url_of("unix:/run/kl.sock")) == "localhost");
}

TEST_CASE("what stands in a path or a query is encoded") {
    CHECK(url_encoded("a-b_c.d~9") == "a-b_c.d~9");
    CHECK(url_encoded("../x?y&z=1 2+é") == "..%2Fx%3Fy%26z%3D1%202%2B%C3%A9");
    CHECK(query_text({}).empty());
    CHECK(query_text({{"owner", "a&b"}, {"limit", "1"}}) == "?owner=a%26b&limit=1");
}

TEST_CASE("a quoted word comes out of a shell as it went in") {
    for (const std::string text : {"plain", "", "two words", "it's", "''", "$HOME `id` \\ \"x\"",
                                   "a\nb", "*", "~", "#", "!x", "{\"a\": \"'\"}", "-x", "é"}) {
        INFO(text);
        CHECK(run_shell("printf %s " + shell_quoted(text)) == text);
    }
}

TEST_CASE("the equal call of curl says all but the token") {
    const ServerUrl url = url_of("http://127.0.0.1:8470");
    const HttpCall get{"GET", "/v1/keys/a?asOf=1", {}, ""};
    CHECK(curl_text({.url = url,
                     .call = get,
                     .has_token = true,
                     .authority = {},
                     .body_file = {},
                     .before = {}}) ==
          "curl -sS 'http://127.0.0.1:8470/v1/keys/a?asOf=1' "
          "-H \"Authorization: Bearer $KEYLEDGER_TOKEN\"\n");
    const HttpCall patch{"PATCH", "/v1/keys/a", {{"If-Match", "\"3\""}}, R"({"name":"it's"})"};
    CHECK(curl_text({.url = url,
                     .call = patch,
                     .has_token = false,
                     .authority = "ca.pem",
                     .body_file = {},
                     .before = {}}) ==
          "curl -sS --cacert ca.pem -X PATCH http://127.0.0.1:8470/v1/keys/a "
          "-H 'If-Match: \"3\"' --data-binary '{\"name\":\"it'\\''s\"}'\n");
    const std::string streamed = curl_text({.url = url,
                                            .call = get,
                                            .has_token = false,
                                            .streams = true,
                                            .authority = {},
                                            .body_file = {},
                                            .before = {}});
    CHECK(streamed == "curl -sSN 'http://127.0.0.1:8470/v1/keys/a?asOf=1'\n");
    const ServerUrl socket = url_of("unix:/run/my kl.sock");
    const HttpCall post{"POST", "/v1/x", {}, "{}"};
    CHECK(curl_text({.url = socket,
                     .call = post,
                     .has_token = false,
                     .authority = {},
                     .body_file = "-",
                     .before = "make it"}) ==
          "make it | curl -sS --unix-socket '/run/my kl.sock' http://localhost/v1/x "
          "--data-binary @-\n");
}

TEST_CASE("a token in a body is the shell's variable") {
    const ServerUrl url = url_of("http://a");
    const std::string body = R"({"token":")" + std::string(token_placeholder) + R"("})";
    const HttpCall call{"POST", "/v1/verify", {}, body};
    const std::string text = curl_text({.url = url,
                                        .call = call,
                                        .has_token = false,
                                        .authority = {},
                                        .body_file = {},
                                        .before = {}});
    const std::string word = text.substr(text.find("--data-binary ") + 14);
    CHECK(run_shell("TOKEN='a b'; printf %s " + word) == R"({"token":"a b"})");
}

}  // namespace
}  // namespace keyledger
