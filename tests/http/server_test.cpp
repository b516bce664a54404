// Listening, limits of connections, and the end.

#include "http/server.hpp"

#include "tests/support/running_server.hpp"
#include "tests/support/temporary_directory.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <future>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace keyledger {

namespace {

using std::chrono::milliseconds;

ServerSettings unix_settings(const std::string& path) {
    ServerSettings settings = test_settings();
    settings.endpoints = {{.host = {}, .port = 0, .unix_path = path, .tls = {}}};
    return settings;
}

bool exists(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0;
}

// A socket's file that nobody answers on, as a server leaves it that was killed.
void leave_socket(const std::string& path) {
    const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    REQUIRE(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    ::close(socket);
}

}  // namespace

TEST_CASE("all threads take connections, and each knows its number") {
    RunningServer running;
    REQUIRE(running.started);
    CHECK(http_thread_index() == no_http_thread);
    REQUIRE(running.server.thread_count() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
        std::promise<std::size_t> index;
        boost::asio::post(running.server.io_context(i),
                          [&index] { index.set_value(http_thread_index()); });
        CHECK(index.get_future().get() == i);
    }
    std::vector<HttpClient> clients;
    for (int i = 0; i < 64; ++i) clients.push_back(running.client());
    for (HttpClient& client : clients) REQUIRE(client.ask(get("/")).status == 200);
    CHECK(running.server.counts().connections_open == 64);
    CHECK(running.service.threads_seen == 0b11);
}

TEST_CASE("a port in use is an error, though its owner would share it") {
    RunningServer first;
    REQUIRE(first.started);
    ServerSettings settings = test_settings();
    settings.endpoints[0].port = first.port();
    RunningServer second(settings);
    CHECK_FALSE(second.started);
    CHECK(second.started.ports.empty());
    CHECK(second.started.error ==
          "listen 127.0.0.1:" + std::to_string(first.port()) + ": Address already in use");
    CHECK(first.client().ask(get("/")).status == 200);

    first.server.stop();
    RunningServer third(settings);
    CHECK(third.started);
    CHECK(third.client().ask(get("/")).status == 200);
}

TEST_CASE("a server serves all its endpoints or none") {
    RunningServer first;
    ServerSettings settings = test_settings();
    settings.endpoints.push_back(settings.endpoints[0]);
    settings.endpoints[1].port = first.port();
    RunningServer second(settings);
    CHECK_FALSE(second.started);

    settings.endpoints[1].port = 0;
    RunningServer third(settings);
    REQUIRE(third.started.ports.size() == 2);
    CHECK(HttpClient(third.started.ports[0]).ask(get("/")).status == 200);
    CHECK(HttpClient(third.started.ports[1]).ask(get("/")).status == 200);
}

TEST_CASE("an address that is not this machine's is an error") {
    for (const char* const host : {"192.0.2.1", "256.0.0.1", "no such host"}) {
        INFO(host);
        ServerSettings settings = test_settings();
        settings.endpoints[0].host = host;
        RunningServer running(settings);
        CHECK(running.started.error.starts_with("listen " + std::string(host) + ":0: "));
    }
}

TEST_CASE("a unix socket is served by all threads, for its owner and group") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("socket");
    {
        RunningServer running(unix_settings(path));
        REQUIRE(running.started);
        CHECK(running.port() == 0);
        struct stat status {};
        REQUIRE(::stat(path.c_str(), &status) == 0);
        CHECK((status.st_mode & 0777) == 0660);
        std::vector<HttpClient> clients;
        for (int i = 0; i < 4; ++i) clients.emplace_back(path);
        for (HttpClient& client : clients) CHECK(client.ask(get("/")).has("X-Peer: unix"));
        CHECK(running.service.threads_seen == 0b11);

        RunningServer second(unix_settings(path));
        CHECK(second.started.error == "listen " + path + ": somebody answers there");
        CHECK(clients[0].ask(get("/")).status == 200);
    }
    CHECK_FALSE(exists(path));
}

TEST_CASE("a unix socket that nobody answers on is replaced, another file is not") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("socket");
    leave_socket(path);
    {
        RunningServer running(unix_settings(path));
        REQUIRE(running.started);
        CHECK(HttpClient(path).ask(get("/")).status == 200);
    }
    directory.write("socket", "precious");
    RunningServer refused(unix_settings(path));
    CHECK(refused.started.error == "listen " + path + ": there is a file that is no socket");
    CHECK(directory.read("socket") == "precious");
    RunningServer too_long(unix_settings("/tmp/" + std::string(200, 'x')));
    CHECK(too_long.started.error.ends_with(": the path is too long"));
}

TEST_CASE("connections over the limit are told so, and there is room again when one ends") {
    ServerSettings settings = test_settings();
    settings.connections_max = 3;
    RunningServer running(settings);
    std::vector<HttpClient> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(running.client());
        REQUIRE(clients.back().ask(get("/")).status == 200);
    }
    HttpClient refused = running.client();
    const Answer answer = refused.ask(get("/"));
    CHECK(answer.status == 503);
    CHECK(answer.has("Retry-After: 1"));
    CHECK(refused.ended());
    CHECK(running.server.counts().connections_refused == 1);
    CHECK(running.server.counts().connections_open == 3);
    clients.pop_back();
    CHECK(becomes_true([&] { return running.server.counts().connections_open == 2; }));
    CHECK(running.client().ask(get("/")).status == 200);
}

// Not under the address and undefined-behaviour sanitizers: to look at an object's type they open
// a pipe, and call it an error that they can't.
#ifndef __SANITIZE_ADDRESS__
TEST_CASE("without a free descriptor connections wait, and are served when there is one") {
    ServerSettings settings = test_settings();
    settings.threads = 1;
    RunningServer running(settings);
    HttpClient before = running.client();
    REQUIRE(before.ask(get("/")).status == 200);
    HttpClient waiting = running.client();
    REQUIRE(waiting.ask(get("/")).status == 200);

    // The next connection's own end takes the last descriptor.
    std::vector<int> taken;
    const int last = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    const rlimit full{static_cast<rlim_t>(last) + 1, limit.rlim_max};
    ::close(last);
    const bool limited = setrlimit(RLIMIT_NOFILE, &full) == 0;
    HttpClient starved = running.client();
    const bool connected = starved.connected();
    starved.send(get("/late"));
    const int status = before.ask(get("/")).status;
    const std::uint64_t accepted = running.server.counts().connections_accepted;
    const bool restored = setrlimit(RLIMIT_NOFILE, &limit) == 0;
    REQUIRE(limited);
    REQUIRE(restored);
    CHECK(connected);
    CHECK(status == 200);
    CHECK(accepted == 2);
    CHECK(starved.read_answer().body == "GET /late ");

    running.server.stop();
    // Told once, and not in a loop.
    const std::string logged = running.logged();
    CHECK(logged.find("accept_failed") != std::string::npos);
    CHECK(logged.find("accept_failed") == logged.rfind("accept_failed"));
}
#endif

TEST_CASE("a stop finishes what runs, ends what is idle and accepts no more") {
    RunningServer running;
    TestGate gate;
    running.service.wait = [&gate] { return gate.pass(); };
    HttpClient idle = running.client();
    REQUIRE(idle.ask(get("/")).status == 200);
    HttpClient runs = running.client();
    const std::string two = get("/wait") + get("/never");
    runs.send(two);
    HttpClient begun = running.client();
    const std::string half = "POST /begun HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx";
    begun.send(half);
    // A connection whose bytes have not been read is idle.
    const std::size_t sent = get("/").size() + two.size() + half.size();
    REQUIRE(becomes_true([&] {
        return running.service.waits_begun == 1 && running.server.counts().bytes_received == sent;
    }));

    std::thread stopper([&running] { running.server.stop(); });
    CHECK(idle.ended());
    CHECK(becomes_true([&running] { return !running.client().connected(); }));
    const Answer completed = begun.ask("y");
    CHECK(completed.body == "POST /begun xy");
    CHECK(completed.has("Connection: close"));
    gate.open();
    const Answer answer = runs.read_answer();
    CHECK(answer.body == "waited ");
    CHECK(answer.has("Connection: close"));
    CHECK(runs.ended());
    runs.close();
    begun.close();
    stopper.join();
    CHECK(running.server.counts().connections_open == 0);
    CHECK(running.logged().find("stop_forced") == std::string::npos);
}

TEST_CASE("a stop does not wait longer than its deadline") {
    ServerSettings settings = test_settings();
    settings.stop_deadline = milliseconds(50);
    RunningServer running(settings);
    TestGate never;
    running.service.wait = [&never] { return never.pass(); };
    HttpClient client = running.client();
    client.send(get("/wait"));
    REQUIRE(becomes_true([&] { return running.service.waits_begun == 1; }));
    running.server.stop();
    CHECK(client.ended());
    CHECK(running.server.counts().connections_open == 0);
    CHECK(running.logged().find("stop_forced") != std::string::npos);
}

TEST_CASE("a stop cuts streams off at once, without their last chunk") {
    RunningServer running;
    TestGate never;
    struct Once {
        static boost::asio::awaitable<std::string> next(TestGate& gate, int number) {
            if (number > 1) co_await gate.pass();
            co_return "event";
        }
    };
    int number = 0;
    running.service.stream = [&] { return Once::next(never, ++number); };
    HttpClient client = running.client();
    client.send(get("/stream"));
    CHECK(client.read_answer(true).status == 200);
    CHECK(client.read_chunk() == "event");
    running.server.stop();
    CHECK(client.ended());
    CHECK(running.service.streams_alive == 0);
    CHECK(running.logged().find("stop_forced") == std::string::npos);
}

TEST_CASE("a server may be stopped twice, or without a start") {
    RunningServer running;
    running.server.stop();
    running.server.stop();
    TestService service;
    Server never_started(test_settings(), service, *running.log);
    never_started.stop();
    CHECK(never_started.counts().connections_accepted == 0);
}

}  // namespace keyledger
