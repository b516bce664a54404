// Connections with TLS.

#include "http/tls.hpp"

#include "tests/support/running_server.hpp"
#include "tests/support/tls_client.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>

namespace keyledger {

namespace {

using std::chrono::milliseconds;

// A server's certificate, and the authorities of servers and clients.
struct Identities {
    TemporaryDirectory directory;
    TestAuthority servers{directory, "servers"};
    TestAuthority clients{directory, "clients"};
    TestAuthority::Files server = servers.issue("server");

    ServerSettings settings(const std::string& client_authority = {}) const {
        ServerSettings settings = test_settings();
        settings.endpoints[0].tls = TlsFiles{server.certificate, server.key, client_authority};
        return settings;
    }
};

}  // namespace

TEST_CASE("requests, bodies, pipelines and streams work over TLS") {
    Identities identities;
    RunningServer running(identities.settings());
    REQUIRE(running.started);
    struct Counted {
        static boost::asio::awaitable<std::string> next(int number) {
            co_return number > 3 ? std::string() : std::string(10'000, 'x');
        }
    };
    int number = 0;
    running.service.stream = [&number] { return Counted::next(++number); };
    TlsClient client(running.port(), identities.servers.authority());
    REQUIRE(client.secure());
    CHECK(client.protocol() == "http/1.1");
    const std::string body(TestService::body_limit, 'x');
    CHECK(client.ask(post("/a", body)).body == "POST /a " + body);
    client.send(get("/1") + get("/wait") + get("/big") + get("/stream") + get("/last"));
    CHECK(client.read_answer().body == "GET /1 ");
    CHECK(client.read_answer().body == "waited ");
    CHECK(client.read_answer().body == std::string(8'000'000, 'b'));
    CHECK(client.read_answer().body == std::string(30'000, 'x'));
    const Answer last = client.read_answer();
    CHECK(last.body == "GET /last ");
    CHECK_FALSE(last.has("X-Peer: certificate"));
}

TEST_CASE("a TLS connection that the server ends is ended in words") {
    Identities identities;
    RunningServer running(identities.settings());
    TlsClient client(running.port(), identities.servers.authority());
    CHECK(client.ask(get("/close")).status == 200);
    CHECK(client.ended());
    CHECK(client.told_of_end());
    TlsClient refused(running.port(), identities.servers.authority());
    CHECK(refused.ask("GET / HTTP/1.1\r\n\r\n").status == 400);
    CHECK(refused.ended());
    CHECK(refused.told_of_end());
}

TEST_CASE("a client may show a certificate of the listener's authority, and no other") {
    Identities identities;
    RunningServer running(identities.settings(identities.clients.authority()));
    const std::string authority = identities.servers.authority();
    TlsClient known(running.port(), authority, identities.clients.issue("known"));
    CHECK(known.ask(get("/")).has("X-Peer: certificate"));
    TlsClient unnamed(running.port(), authority);
    const Answer answer = unnamed.ask(get("/"));
    CHECK(answer.status == 200);
    CHECK_FALSE(answer.has("X-Peer: certificate"));
    // The server's own authority is not the clients'.
    TlsClient strange(running.port(), authority, identities.servers.issue("strange"));
    CHECK(strange.ask(get("/")).status == 0);
}

TEST_CASE("a certificate counts only where the listener has an authority") {
    Identities identities;
    RunningServer running(identities.settings());
    TlsClient client(running.port(), identities.servers.authority(),
                     identities.clients.issue("client"));
    const Answer answer = client.ask(get("/"));
    CHECK(answer.status == 200);
    CHECK_FALSE(answer.has("X-Peer: certificate"));
}

TEST_CASE("new certificates are for new connections, and wrong ones change nothing") {
    Identities identities;
    RunningServer running(identities.settings());
    TestAuthority others(identities.directory, "others");
    TlsClient before(running.port(), identities.servers.authority());
    REQUIRE(before.secure());

    others.issue("server");  // Takes the place of the server's files.
    CHECK(running.server.reload_certificates().empty());
    CHECK(becomes_true([&] { return TlsClient(running.port(), others.authority()).secure(); }));
    CHECK_FALSE(TlsClient(running.port(), identities.servers.authority()).secure());
    CHECK(before.ask(get("/")).status == 200);

    identities.directory.write("server.key", "no key");
    CHECK(running.server.reload_certificates().starts_with("key " + identities.server.key));
    CHECK(TlsClient(running.port(), others.authority()).secure());
}

TEST_CASE("files that are no identity are refused by name") {
    Identities identities;
    const TestAuthority::Files other = identities.clients.issue("other");
    const TlsFiles good{identities.server.certificate, identities.server.key, {}};
    CHECK(load_tls(good).context != nullptr);
    const std::string none = identities.directory.file("none");
    CHECK(load_tls({none, good.key, {}}).error.starts_with("certificate " + none));
    CHECK(load_tls({good.certificate, none, {}}).error.starts_with("key " + none));
    CHECK(load_tls({good.certificate, other.key, {}}).error.starts_with("key " + other.key));
    CHECK(
        load_tls({good.certificate, good.key, none}).error.starts_with("client authority " + none));

    ServerSettings settings = identities.settings();
    settings.endpoints[0].tls->certificate = none;
    RunningServer running(settings);
    CHECK(running.started.error.starts_with("certificate " + none));
}

TEST_CASE("who speaks no TLS, or does not end its handshake, is closed") {
    Identities identities;
    ServerSettings settings = identities.settings();
    settings.sessions.handshake = milliseconds(500);
    RunningServer running(settings);
    HttpClient plain(running.port());
    CHECK(plain.ask(get("/")).status == 0);
    HttpClient silent(running.port());
    CHECK(silent.ended());
    TlsClient good(running.port(), identities.servers.authority());
    CHECK(good.ask(get("/")).status == 200);
}

TEST_CASE("a slow request over TLS is answered 408") {
    Identities identities;
    ServerSettings settings = identities.settings();
    settings.sessions.request = milliseconds(50);
    RunningServer running(settings);
    TlsClient client(running.port(), identities.servers.authority());
    CHECK(client.ask("GET / HT").status == 408);
    CHECK(client.ended());
}

TEST_CASE("over the limit of connections, one with TLS is dropped without a handshake") {
    Identities identities;
    ServerSettings settings = identities.settings();
    settings.connections_max = 1;
    RunningServer running(settings);
    TlsClient first(running.port(), identities.servers.authority());
    REQUIRE(first.ask(get("/")).status == 200);
    CHECK_FALSE(TlsClient(running.port(), identities.servers.authority()).secure());
    CHECK(running.server.counts().connections_refused == 1);
}

TEST_CASE("a stop ends TLS connections, idle or in a handshake") {
    Identities identities;
    RunningServer running(identities.settings());
    TlsClient idle(running.port(), identities.servers.authority());
    REQUIRE(idle.ask(get("/")).status == 200);
    HttpClient silent(running.port());
    REQUIRE(becomes_true([&] { return running.server.counts().connections_open == 2; }));
    running.server.stop();
    CHECK(idle.ended());
    CHECK(silent.ended());
    CHECK(running.logged().find("stop_forced") == std::string::npos);
}

}  // namespace keyledger
