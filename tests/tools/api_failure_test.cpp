#include "tools/commands/api_failure.hpp"

#include "tools/commands/doctor_checks.hpp"
#include "tools/commands/request_body.hpp"

#include <catch2/catch.hpp>

namespace keyledger {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::sys_days;
using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

HttpAnswer answer(int status, std::string body) {
    return {.status = status, .headers = {}, .body = std::move(body), .problem = {}};
}

TEST_CASE("each status ends the program with the code that scripts know") {
    const auto [status, exit_code] = GENERATE(table<int, ExitCode>({
        {200, ExitCode::success},
        {201, ExitCode::success},
        {400, ExitCode::error},
        {401, ExitCode::not_authorised},
        {403, ExitCode::not_authorised},
        {404, ExitCode::not_found},
        {405, ExitCode::error},
        {409, ExitCode::conflict},
        {412, ExitCode::conflict},
        {413, ExitCode::error},
        {415, ExitCode::error},
        {422, ExitCode::conflict},
        {429, ExitCode::unavailable},
        {500, ExitCode::error},
        {503, ExitCode::unavailable},
        {0, ExitCode::unavailable},
        {302, ExitCode::error},
    }));
    INFO(status);
    CHECK(exit_code_of(status) == exit_code);
}

TEST_CASE("a problem document is a line for each fault") {
    const HttpAnswer refused =
        answer(400, R"({"detail": "the request is wrong", "code": "invalid_request",
        "errors": [{"pointer": "/name", "detail": "is empty"},
                   {"pointer": "", "detail": "is wrong"},
                   {"pointer": "", "parameter": "limit", "detail": "is no number"},
                   {"pointer": "", "header": "If-Match", "detail": "is no revision"}]})");
    CHECK(failure_lines(refused) ==
          Lines{"/name: is empty", "is wrong", "limit: is no number", "If-Match: is no revision"});
    const PlaceNames named = [](std::string_view pointer) {
        return "<" + std::string(pointer) + ">";
    };
    CHECK(failure_lines(refused, named).front() == "</name>: is empty");
}

TEST_CASE("a fault is at the flag that gave what is wrong") {
    CommandLine line;
    for (const char* flag : {"as-of", "rate-limit", "search", "if-match"}) line.flags[flag] = {"x"};
    const auto [place, expected] = GENERATE(table<const char*, const char*>({
        {"asOf", "--as-of"},
        {"/rateLimit", "--rate-limit"},
        {"/rateLimit/window", "--rate-limit (/rateLimit/window)"},
        {"q", "--search"},
        {"If-Match", "--if-match"},
        {"/metadata/asOf", "/metadata/asOf"},
        {"unusedSince", "unusedSince"},
        {"", ""},
    }));
    CHECK(flag_at(line, place) == expected);
}

TEST_CASE("a problem without faults is one line, with its code") {
    CHECK(failure_lines(answer(404, R"({"detail": "no such key", "code": "not_found"})")) ==
          Lines{"no such key (not_found)"});
    CHECK(
        failure_lines(answer(500, R"({"detail": "no", "code": "internal", "requestId": "r1"})")) ==
        Lines{"no (internal, request r1)"});
}

TEST_CASE("what is no problem document is told as well") {
    CHECK(failure_lines(answer(502, "<html>")) == Lines{"the server answered 502 (request )"});
    CHECK(failure_lines(answer(404, "")) == Lines{"the server answered 404"});
    HttpAnswer none;
    none.problem = "can't reach it";
    CHECK(failure_lines(none) == Lines{"can't reach it"});
}

TEST_CASE("an answer can't write more lines than its own, nor move the cursor") {
    CHECK(failure_lines(answer(404, R"({"detail": "a\nb\u001b[2J", "code": "x"})")) ==
          Lines{"a\\nb\\u001b[2J (x)"});
}

std::string body_of(const CommandLine& line) {
    RequestBody body(line);
    body.text("name", "name");
    body.text("owner", "owner");
    body.words("scopes", "scopes");
    body.limit("rate-limit", "rateLimit");
    body.limit("quota", "quota");
    body.resource("resource", "resource");
    body.json("metadata", "metadata");
    body.time("expires-at", "expiresAt");
    body.number("cost", "cost");
    body.truth("all", "all");
    body.remarks();
    return body.problem().empty() ? body.text() : "! " + body.problem();
}

TEST_CASE("flags become the members of a body") {
    CHECK(body_of({}) == "{}");
    CommandLine line;
    line.flags = {{"name", {"a \"b\""}},
                  {"owner", {""}},
                  {"scopes", {"a:b, c:d", "e:f"}},
                  {"rate-limit", {"300/1m"}},
                  {"quota", {"10"}},
                  {"resource", {"agent/a/1"}},
                  {"metadata", {"{\"x\": 1.50}"}},
                  {"expires-at", {"2030-01-01T00:00:00Z"}},
                  {"cost", {"3"}},
                  {"all", {"true"}},
                  {"reason", {"why"}}};
    CHECK(body_of(line) ==
          R"({"name":"a \"b\"","owner":null,"scopes":["a:b","c:d","e:f"],)"
          R"("rateLimit":{"limit":300,"window":"1m"},"quota":{"limit":10},)"
          R"("resource":{"kind":"agent","id":"a/1"},"metadata":{"x":1.50},)"
          R"("expiresAt":"2030-01-01T00:00:00Z","cost":3,"all":true,"reason":"why"})");
}

TEST_CASE("a flag whose value can't be such is refused with its name") {
    const auto [flag, value] =
        GENERATE(table<std::string, std::string>({{"rate-limit", "many"},
                                                  {"rate-limit", "-1/1m"},
                                                  {"rate-limit", "01/1m"},
                                                  {"resource", "agent"},
                                                  {"metadata", "{"},
                                                  {"metadata", R"({"a":1,"a":2})"},
                                                  {"cost", "1.5"},
                                                  {"cost", "1e3"},
                                                  {"name", "\xff"}}));
    CommandLine line;
    line.flags = {{flag, {value}}};
    INFO(flag);
    CHECK(body_of(line).starts_with("! --" + flag + ": "));
}

TEST_CASE("a time may be said from now") {
    CHECK(absolute_time("2030-01-01T00:00:00Z") == "2030-01-01T00:00:00Z");
    CHECK(absolute_time("+30x") == "+30x");
    const auto now = std::chrono::system_clock::now();
    const std::optional<Timestamp> later = parse_rfc3339(absolute_time("+1h"));
    REQUIRE(later);
    CHECK(std::chrono::abs(*later - now - 1h) < 60s);
    CHECK(*parse_rfc3339(absolute_time("-1h")) < now);
}

TEST_CASE("a slow disk, little room and few files are told") {
    CHECK(judge_sync(microseconds(800)).health == Health::ok);
    CHECK(judge_sync(microseconds(800)).what.starts_with("0.8 ms"));
    CHECK(judge_sync(microseconds(30'000)).health == Health::warn);
    CHECK(judge_sync(microseconds(500'000)).health == Health::fail);
    CHECK(judge_room(100ull << 30).health == Health::ok);
    CHECK(judge_room(1ull << 30).health == Health::warn);
    CHECK(judge_room(1ull << 20).health == Health::fail);
    CHECK(judge_file_limit(65536, 10'000).health == Health::ok);
    CHECK(judge_file_limit(1024, 10'000).health == Health::warn);
    CHECK(judge_file_limit(64, 10'000).health == Health::fail);
    for (const Finding& finding : {judge_sync(microseconds(30'000)), judge_room(0)}) {
        CHECK_FALSE(finding.advice.empty());
    }
}

TEST_CASE("a clock that is off is told, and in which direction") {
    CHECK(judge_clock("clock", milliseconds(900)).health == Health::ok);
    CHECK(judge_clock("clock", milliseconds(-1500)).health == Health::ok);
    const Finding behind = judge_clock("clock", milliseconds(10'300));
    CHECK(behind.health == Health::warn);
    CHECK(behind.what == "this clock is 10s behind");
    CHECK(judge_clock("clock", milliseconds(-3'600'000)).what == "this clock is 1h ahead");
    CHECK(judge_clock("clock", milliseconds(-3'600'000)).health == Health::fail);
}

TEST_CASE("a certificate that ends soon is a warning, one that ended a failure") {
    const sys_days begin = sys_days(std::chrono::year(2026) / 1 / 1);
    const sys_days end = sys_days(std::chrono::year(2027) / 1 / 1);
    CHECK(judge_certificate("c", begin, end, begin + 24h).health == Health::ok);
    CHECK(judge_certificate("c", begin, end, begin + 24h).what == "good until 2027-01-01");
    CHECK(judge_certificate("c", begin, end, end - 20 * 24h).health == Health::warn);
    CHECK(judge_certificate("c", begin, end, end).health == Health::fail);
    CHECK(judge_certificate("c", begin, end, begin - 1s).health == Health::fail);
}

}  // namespace
}  // namespace keyledger
