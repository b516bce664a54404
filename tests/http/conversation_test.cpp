#include "http/conversation.hpp"

#include "tests/support/test_service.hpp"

#include <catch2/catch.hpp>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <cstring>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace keyledger {

namespace {

using Step = Conversation::Step;

// A conversation, and what it logged.
struct Talk {
    std::ostringstream logged;
    spdlog::logger log{"test", std::make_shared<spdlog::sinks::ostream_sink_mt>(logged)};
    TestService service;
    ThreadCounts counts;
    DateText date;
    Conversation conversation{service, log, counts, date, Peer{}};

    Step say(std::string_view bytes, Serving serving = Serving::on) {
        const auto space = conversation.space();
        REQUIRE(bytes.size() <= space.size());
        std::memcpy(space.data(), bytes.data(), bytes.size());
        conversation.received(bytes.size());
        return advance(serving);
    }
    Step advance(Serving serving = Serving::on) {
        return conversation.advance(std::chrono::sys_seconds(std::chrono::seconds(784111777)),
                                    serving);
    }
    // What is to be sent, which is taken as sent.
    std::string heard() {
        std::string output(conversation.output());
        conversation.sent_all();
        return output;
    }
};

std::string get(const std::string& path) {
    return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

std::string ok(const std::string& body, const std::string& connection = "") {
    return "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain\r\n"
           "Content-Length: " +
           std::to_string(body.size()) + "\r\n" + connection + "\r\n" + body;
}

const std::string closing = "Connection: close\r\n";

}  // namespace

TEST_CASE("pipelined answers are gathered in their order") {
    Talk talk;
    CHECK(talk.say(get("/1") + get("/2") + "GET /3 HT") == Step::read);
    CHECK(talk.heard() == ok("GET /1 ") + ok("GET /2 "));
    CHECK(talk.say("TP/1.1\r\nHost: a\r\n\r\n") == Step::read);
    CHECK(talk.heard() == ok("GET /3 "));
    CHECK(talk.counts.requests.value() == 3);
    CHECK(talk.counts.bytes_received.value() == 3 * get("/1").size());
    CHECK(talk.counts.bytes_sent.value() == 3 * ok("GET /1 ").size());
}

TEST_CASE("gathered answers have a limit, and what is behind it comes after they were sent") {
    Talk talk;
    CHECK(talk.say(get("/big") + get("/2")) == Step::send);
    CHECK(talk.heard().size() > 8'000'000);
    CHECK(talk.advance() == Step::read);
    CHECK(talk.heard() == ok("GET /2 "));
}

TEST_CASE("an answer that must be waited for comes before those behind it") {
    Talk talk;
    CHECK(talk.say(get("/1") + get("/wait") + get("/3")) == Step::wait);
    CHECK(talk.heard() == ok("GET /1 "));
    talk.conversation.response().body = "late";
    CHECK(talk.conversation.answered(nullptr, Serving::on) == Step::send);
    CHECK(talk.heard() == ok("late"));
    CHECK(talk.advance() == Step::read);
    CHECK(talk.heard() == ok("GET /3 "));
}

TEST_CASE("the last answer closes: for the client, for the service, and when the server ends") {
    const std::string asks = "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    Talk client;
    CHECK(client.say(asks + get("/never")) == Step::close);
    CHECK(client.heard() == ok("GET /x ", closing));
    Talk service;
    CHECK(service.say(get("/close") + get("/never")) == Step::close);
    CHECK(service.heard() == ok("GET /close ", closing));
    Talk server;
    CHECK(server.say(get("/1") + get("/never"), Serving::ending) == Step::close);
    CHECK(server.heard() == ok("GET /1 ", closing));
}

TEST_CASE("a fault is refused behind the answers before it, and ends the connection") {
    Talk talk;
    CHECK(talk.say(get("/1") + "GET /2 HTTP/1.1\r\n\r\n" + get("/never")) == Step::close);
    const std::string heard = talk.heard();
    CHECK(heard.starts_with(ok("GET /1 ") + "HTTP/1.1 400 Bad Request\r\n"));
    CHECK(heard.find(closing) != std::string::npos);
    CHECK(heard.ends_with("\r\n\r\nrefused"));
    CHECK(talk.counts.faults.value() == 1);
}

TEST_CASE("a refused HEAD has no body") {
    Talk talk;
    CHECK(talk.say("HEAD /2 HTTP/1.1\r\n\r\n") == Step::close);
    const std::string heard = talk.heard();
    CHECK(heard.find("Content-Length: 7\r\n") != std::string::npos);
    CHECK(heard.ends_with("\r\n\r\n"));
}

TEST_CASE("a service that throws costs one connection, and its client learns nothing of it") {
    for (const std::string path : {"/throw", "/limit/throws"}) {
        INFO(path);
        Talk talk;
        const std::string request =
            "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx";
        CHECK(talk.say(get("/1") + request + get("/never")) == Step::close);
        const std::string body =
            R"({"type":"about:blank","title":"Internal Server Error","status":500})";
        CHECK(talk.heard() == ok("GET /1 ") + "HTTP/1.1 500 Internal Server Error\r\n" +
                                  "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" +
                                  "Content-Type: application/problem+json\r\nContent-Length: " +
                                  std::to_string(body.size()) + "\r\n" + closing + "\r\n" + body);
        CHECK(talk.logged.str().find("service_threw") != std::string::npos);
    }
}

TEST_CASE("a service that throws while it is waited for is answered alike") {
    Talk talk;
    CHECK(talk.say(get("/wait")) == Step::wait);
    talk.conversation.response().body = "half";
    const auto failure = std::make_exception_ptr(std::runtime_error("late"));
    CHECK(talk.conversation.answered(failure, Serving::on) == Step::close);
    const std::string heard = talk.heard();
    CHECK(heard.starts_with("HTTP/1.1 500 "));
    CHECK(heard.find("half") == std::string::npos);
    CHECK(talk.logged.str().find("late") != std::string::npos);
}

TEST_CASE("a stream's head, pieces and end frame what comes behind it") {
    Talk talk;
    CHECK(talk.say(get("/stream") + get("/2")) == Step::stream);
    CHECK(talk.heard().ends_with("Transfer-Encoding: chunked\r\n\r\n"));
    talk.conversation.piece("abc");
    CHECK(talk.heard() == "3\r\nabc\r\n");
    CHECK(talk.conversation.end_stream() == Step::send);
    CHECK(talk.heard() == "0\r\n\r\n");
    CHECK(talk.service.streams_alive == 0);
    CHECK(talk.advance() == Step::read);
    CHECK(talk.heard() == ok("GET /2 "));
}

TEST_CASE("a stream for HTTP/1.0 ends with the connection, kept or not") {
    Talk talk;
    CHECK(talk.say("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") == Step::stream);
    CHECK(talk.heard().find(closing) != std::string::npos);
    talk.conversation.piece("abc");
    CHECK(talk.conversation.end_stream() == Step::close);
    CHECK(talk.heard() == "abc");
}

TEST_CASE("HEAD of a stream has no piece") {
    Talk talk;
    CHECK(talk.say("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n" + get("/2")) == Step::read);
    const std::string heard = talk.heard();
    CHECK(heard.ends_with("Transfer-Encoding: chunked\r\n\r\n" + ok("GET /2 ")));
    CHECK(talk.service.streams_alive == 0);
}

TEST_CASE("who waits to send its body is told to go on, behind the answers before it") {
    Talk talk;
    const std::string head =
        "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
    CHECK(talk.say(get("/1") + head) == Step::read);
    CHECK(talk.heard() == ok("GET /1 ") + "HTTP/1.1 100 Continue\r\n\r\n");
    CHECK(talk.say("abc") == Step::read);
    CHECK(talk.heard() == ok("POST /2 abc"));
}

TEST_CASE("a route without a body is told that there was one") {
    Talk talk;
    CHECK(talk.say("POST /discard HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" +
                   get("/2")) == Step::read);
    CHECK(talk.heard() == ok("POST /discard discarded") + ok("GET /2 "));
}

}  // namespace keyledger
