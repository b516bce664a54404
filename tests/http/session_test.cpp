// Connections over real sockets.

#include "http/session.hpp"

#include "tests/support/running_server.hpp"

#include <catch2/catch.hpp>
#include <sys/resource.h>

#include <deque>
#include <string>

namespace keyledger {

namespace {

using std::chrono::milliseconds;

boost::asio::awaitable<std::string> nothing_more() {
    co_return std::string();
}

// Enough descriptors for both ends of a thousand connections.
void allow_descriptors() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

TEST_CASE("a connection is kept for one request after the other") {
    RunningServer running;
    HttpClient client = running.client();
    for (int i = 0; i < 100; ++i) {
        const Answer answer = client.ask(post("/" + std::to_string(i), "body"));
        REQUIRE(answer.status == 200);
        REQUIRE(answer.body == "POST /" + std::to_string(i) + " body");
    }
    const TransportCounts counts = running.server.counts();
    CHECK(counts.connections_accepted == 1);
    CHECK(counts.connections_open == 1);
    CHECK(counts.requests == 100);
    client.close();
    CHECK(running.becomes_empty());
}

TEST_CASE("pipelined requests are answered in their order, those that must wait too") {
    RunningServer running;
    running.service.stream = nothing_more;
    HttpClient client = running.client();
    std::string requests;
    for (int i = 0; i < 300; ++i) requests += get("/a") + get("/wait") + get("/stream");
    client.send(requests + get("/last"));
    for (int i = 0; i < 300; ++i) {
        REQUIRE(client.read_answer().body == "GET /a ");
        REQUIRE(client.read_answer().body == "waited ");
        REQUIRE(client.read_answer().whole);
    }
    CHECK(client.read_answer().body == "GET /last ");
}

TEST_CASE("a client that closed its direction still gets its answers") {
    RunningServer running;
    HttpClient client = running.client();
    client.send(get("/1") + get("/wait"));
    client.half_close();
    CHECK(client.read_answer().body == "GET /1 ");
    CHECK(client.read_answer().body == "waited ");
    CHECK(client.ended());
}

TEST_CASE("an answer with close, asked for or not, ends the connection") {
    RunningServer running;
    HttpClient asked = running.client();
    CHECK(asked.ask("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").whole);
    CHECK(asked.ended());
    HttpClient old = running.client();
    CHECK(old.ask("GET / HTTP/1.0\r\n\r\n").whole);
    CHECK(old.ended());
    HttpClient told = running.client();
    CHECK(told.ask(get("/close")).has("Connection: close"));
    CHECK(told.ended());
}

TEST_CASE("large bodies come and go whole, though the client is slow to read") {
    RunningServer running;
    HttpClient client = running.client();
    const std::string body(TestService::body_limit, 'x');
    CHECK(client.ask(post("/a", body)).body == "POST /a " + body);
    client.send(get("/big") + get("/big") + get("/last"));
    CHECK(client.read_answer().body == std::string(8'000'000, 'b'));
    CHECK(client.read_answer().body == std::string(8'000'000, 'b'));
    CHECK(client.read_answer().body == "GET /last ");
}

TEST_CASE("a body over the limit is refused, and the client that sends it all gets the answer") {
    RunningServer running;
    HttpClient client = running.client();
    const Answer answer = client.ask(post("/a", std::string(4'000'000, 'x')));
    CHECK(answer.status == 413);
    CHECK(answer.has("Connection: close"));
    client.half_close();
    CHECK(client.ended());
    CHECK(running.server.counts().faults == 1);
}

TEST_CASE("a client that waits for leave to send its body gets it") {
    RunningServer running;
    HttpClient client = running.client();
    client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    CHECK(client.read_answer().status == 100);
    CHECK(client.ask("abc").body == "POST /a abc");
}

TEST_CASE("a request that comes too slowly is answered 408, while others are served") {
    ServerSettings settings = test_settings();
    settings.threads = 1;
    settings.sessions.request = milliseconds(150);
    RunningServer running(settings);
    HttpClient slow_header = running.client();
    HttpClient slow_body = running.client();
    HttpClient other = running.client();
    slow_header.send("GET / HTTP/1.1\r\nHost:");
    slow_body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    // Each byte comes in time, the whole does not.
    const bool refused = becomes_true([&] {
        CHECK(other.ask(get("/")).status == 200);
        slow_header.send(" ");
        return running.server.counts().faults == 2;
    });
    CHECK(refused);
    CHECK(slow_body.read_answer().status == 408);
    CHECK(slow_body.ended());
    const Answer answer = slow_header.read_answer();
    CHECK(answer.status == 408);
    CHECK(answer.has("Connection: close"));
    CHECK(other.ask(get("/")).status == 200);
}

TEST_CASE("a client that always has half a request on its way is not taken for a slow one") {
    ServerSettings settings = test_settings();
    settings.sessions.request = milliseconds(100);
    RunningServer running(settings);
    HttpClient client = running.client();
    const std::string request = get("/a");
    const auto begin = std::chrono::steady_clock::now();
    client.send(request.substr(0, 10));
    while (std::chrono::steady_clock::now() - begin < milliseconds(400)) {
        client.send(request.substr(10) + request.substr(0, 10));
        REQUIRE(client.read_answer().status == 200);
    }
    CHECK(running.server.counts().faults == 0);
}

TEST_CASE("an idle connection is closed without a word") {
    ServerSettings settings = test_settings();
    settings.sessions.idle = milliseconds(500);
    RunningServer running(settings);
    HttpClient silent = running.client();
    HttpClient kept = running.client();
    CHECK(kept.ask(get("/")).status == 200);
    CHECK(silent.ended());
    CHECK(kept.ended());
    CHECK(running.server.counts().faults == 0);
}

TEST_CASE("a client that takes nothing of its answer is given up") {
    ServerSettings settings = test_settings();
    settings.sessions.write_stall = milliseconds(100);
    RunningServer running(settings);
    HttpClient client = running.client();
    client.send(get("/big") + get("/big"));
    CHECK(running.becomes_empty());
    CHECK_FALSE((client.read_answer().whole && client.read_answer().whole));
}

TEST_CASE("a client that goes away in the middle of an answer leaves nothing behind") {
    RunningServer running;
    TestGate gate;
    running.service.wait = [&gate] { return gate.pass(); };
    for (int i = 0; i < 20; ++i) {
        HttpClient reader = running.client();
        reader.send(get("/big"));
        HttpClient waiter = running.client();
        waiter.send(get("/wait"));
        CHECK(becomes_true([&] { return running.service.waits_begun == i + 1; }));
        reader.reset();
        waiter.reset();
    }
    gate.open();
    CHECK(running.becomes_empty());
    CHECK(running.client().ask(get("/")).status == 200);
}

TEST_CASE("a thousand idle connections do not slow the others") {
    allow_descriptors();
    RunningServer running;
    std::deque<HttpClient> idle;
    for (int i = 0; i < 1000; ++i) {
        idle.push_back(running.client());
        REQUIRE(idle.back().connected());
    }
    REQUIRE(becomes_true([&] { return running.server.counts().connections_open == 1000; }));
    HttpClient busy = running.client();
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 1000; ++i) REQUIRE(busy.ask(get("/")).status == 200);
    // A thousand times the thousand connections that a server without readiness events would look
    // at would take far longer.
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
    for (HttpClient& client : idle) REQUIRE(client.ask(get("/")).status == 200);
}

TEST_CASE("a stream goes out piece by piece, and behind it the connection goes on") {
    RunningServer running;
    std::atomic<int> asked = 0;
    std::atomic<int> allowed = 0;
    struct Pieces {
        static boost::asio::awaitable<std::string> next(std::atomic<int>& asked,
                                                        std::atomic<int>& allowed) {
            const int number = ++asked;
            boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
            while (allowed < number) {
                timer.expires_after(milliseconds(1));
                co_await timer.async_wait(boost::asio::use_awaitable);
            }
            co_return number > 3 ? std::string() : "piece " + std::to_string(number);
        }
    };
    running.service.stream = [&] { return Pieces::next(asked, allowed); };
    HttpClient client = running.client();
    client.send(get("/stream") + get("/2"));
    CHECK(client.read_answer(true).has("Transfer-Encoding: chunked"));
    for (int number = 1; number <= 3; ++number) {
        allowed = number;
        CHECK(client.read_chunk() == "piece " + std::to_string(number));
        CHECK(running.service.streams_alive == 1);
    }
    allowed = 4;
    CHECK(client.read_chunk().empty());
    CHECK(client.read_answer().body == "GET /2 ");
    CHECK(running.service.streams_alive == 0);
}

TEST_CASE("a stream is destroyed when its client has gone") {
    RunningServer running;
    struct Endless {
        static boost::asio::awaitable<std::string> next() { co_return std::string(1000, 'x'); }
    };
    running.service.stream = Endless::next;
    HttpClient client = running.client();
    client.send(get("/stream"));
    CHECK(client.read_answer(true).status == 200);
    CHECK(client.read_chunk() == std::string(1000, 'x'));
    CHECK(running.service.streams_alive == 1);
    client.reset();
    CHECK(becomes_true([&] { return running.service.streams_alive == 0; }));
    CHECK(running.becomes_empty());
}

TEST_CASE("a stream that breaks ends without its last chunk, so that the client can tell") {
    RunningServer running;
    struct Broken {
        static boost::asio::awaitable<std::string> next(int number) {
            if (number > 1) throw std::runtime_error("broken");
            co_return "one";
        }
    };
    int number = 0;
    running.service.stream = [&number] { return Broken::next(++number); };
    HttpClient client = running.client();
    const Answer answer = client.ask(get("/stream"));
    CHECK(answer.status == 200);
    CHECK(answer.body == "one");
    CHECK_FALSE(answer.whole);
}

TEST_CASE("a service that throws costs one connection alone") {
    RunningServer running;
    for (const char* const path : {"/throw", "/wait/throw"}) {
        INFO(path);
        HttpClient client = running.client();
        const Answer answer = client.ask(get(path));
        CHECK(answer.status == 500);
        CHECK(answer.has("Content-Type: application/problem+json"));
        CHECK(client.ended());
    }
    CHECK(running.client().ask(get("/")).status == 200);
    running.server.stop();
    CHECK(running.logged().find("service_threw error=\"inside\"") != std::string::npos);
    CHECK(running.logged().find("service_threw error=\"late\"") != std::string::npos);
}

}  // namespace keyledger
