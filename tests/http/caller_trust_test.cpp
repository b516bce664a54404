#include "http/caller_trust.hpp"

#include "http/credential.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace keyledger {
namespace {

CallerTrust usual() {
    const std::vector<AddressRange> loopback{*parse_range("127.0.0.0/8"), *parse_range("::1/128")};
    return CallerTrust({loopback, loopback});
}

// A request from an address, or from the unix socket where it is empty.
Request from(std::string_view address, const std::vector<Header>& headers) {
    Request request;
    request.headers = headers;
    if (address.empty()) {
        request.peer.unix_socket = true;
    } else {
        request.peer.address = parse_address(address);
    }
    return request;
}

}  // namespace

TEST_CASE("loopback is trusted until a proxy has passed the request on") {
    const CallerTrust trust = usual();
    const std::vector<Header> none;
    const std::vector<Header> forwarded{{"forwarded", ""}};
    const std::vector<Header> forwarded_for{{"x-FORWARDED-for", ""}};
    CHECK(trust.is_trusted(from("127.0.0.1", none)));
    CHECK(trust.is_trusted(from("::1", none)));
    CHECK_FALSE(trust.is_trusted(from("192.0.2.1", none)));
    CHECK_FALSE(trust.is_trusted(from("127.0.0.1", forwarded)));
    CHECK_FALSE(trust.is_trusted(from("127.0.0.1", forwarded_for)));
    CHECK(trust.is_trusted(from("", forwarded_for)));
}

TEST_CASE("a gateway on loopback may pass on addresses, but not Forwarded") {
    const CallerTrust trust = usual();
    const std::vector<Header> forwarded{{"Forwarded", "for=192.0.2.1"}};
    const std::vector<Header> forwarded_for{{"X-Forwarded-For", "192.0.2.1"}};
    CHECK(trust.is_trusted_gateway(from("127.0.0.1", forwarded_for)));
    CHECK_FALSE(trust.is_trusted_gateway(from("127.0.0.1", forwarded)));
    CHECK_FALSE(trust.is_trusted_gateway(from("192.0.2.1", forwarded_for)));
}

TEST_CASE("a network that is trusted is not thereby a proxy") {
    const CallerTrust trust(
        {{*parse_range("10.0.0.0/8")}, {*parse_range("127.0.0.0/8")}});
    const std::vector<Header> forwarded_for{{"X-Forwarded-For", "192.0.2.1"}};
    CHECK_FALSE(trust.is_trusted_gateway(from("10.0.0.1", forwarded_for)));
    CHECK(trust.client_address(from("10.0.0.1", forwarded_for)) == parse_address("10.0.0.1"));
}

TEST_CASE("the client is the rightmost hop that is no trusted proxy") {
    const CallerTrust trust = usual();
    struct Case {
        std::vector<Header> headers;
        const char* client;  // null: unknown
    };
    for (const auto& [headers, client] : std::vector<Case>{
             {{}, "127.0.0.1"},
             {{{"X-Forwarded-For", "192.0.2.1"}}, "192.0.2.1"},
             {{{"X-Forwarded-For", "203.0.113.9, 192.0.2.1"}}, "192.0.2.1"},
             {{{"X-Forwarded-For", "192.0.2.1,127.0.0.5 , ::1"}}, "192.0.2.1"},
             {{{"X-Forwarded-For", "203.0.113.9"}, {"x-forwarded-for", "192.0.2.1"}}, "192.0.2.1"},
             {{{"X-Forwarded-For", "192.0.2.1"}, {"x-forwarded-for", "127.0.0.1"}}, "192.0.2.1"},
             {{{"X-Forwarded-For", "::ffff:192.0.2.1"}}, "192.0.2.1"},
             {{{"X-Forwarded-For", "2001:db8::1"}}, "2001:db8::1"},
             {{{"X-Forwarded-For", "127.0.0.1"}}, "127.0.0.1"},
             {{{"X-Forwarded-For", "192.0.2.1, unknown"}}, nullptr},
             {{{"X-Forwarded-For", "192.0.2.1:80"}}, nullptr},
             {{{"X-Forwarded-For", "[2001:db8::1]"}}, nullptr},
             {{{"X-Forwarded-For", "192.0.2.1,"}}, nullptr},
             {{{"X-Forwarded-For", ""}}, nullptr},
             {{{"X-Forwarded-For", ", 127.0.0.1"}}, nullptr},
             {{{"X-Forwarded-For", ""}, {"X-Forwarded-For", "127.0.0.1"}}, nullptr},
         }) {
        const std::string sent = headers.empty() ? "" : std::string(headers[0].value);
        CAPTURE(sent);
        const auto expected = client ? parse_address(client) : std::nullopt;
        CHECK(trust.client_address(from("127.0.0.1", headers)) == expected);
    }
    const std::vector<Header> spoofed{{"X-Forwarded-For", "192.0.2.1"}};
    CHECK(trust.client_address(from("198.51.100.1", spoofed)) == parse_address("198.51.100.1"));
    CHECK_FALSE(trust.client_address(from("", {})));
}

TEST_CASE("a credential comes in either header, and two must be the same") {
    using Kind = CredentialKind;
    struct Case {
        std::vector<Header> headers;
        Kind kind;
        std::string token;
    };
    for (const auto& [headers, kind, token] : std::vector<Case>{
             {{}, Kind::none, ""},
             {{{"Authorization", "Bearer abc"}}, Kind::one, "abc"},
             {{{"authorization", "bEARER   abc"}}, Kind::one, "abc"},
             {{{"X-Api-Key", "abc"}}, Kind::one, "abc"},
             {{{"X-Api-Key", ""}}, Kind::none, ""},
             {{{"Authorization", "Bearer abc"}, {"x-api-key", "abc"}}, Kind::one, "abc"},
             {{{"Authorization", "Bearer abc"}, {"x-api-key", "abd"}}, Kind::differing, ""},
             {{{"X-Api-Key", "abc"}, {"X-Api-Key", "abd"}}, Kind::differing, ""},
             {{{"Authorization", "Bearer a"}, {"Authorization", "Bearer b"}}, Kind::differing, ""},
             {{{"Authorization", "Basic YTpi"}}, Kind::other_scheme, ""},
             {{{"Authorization", "Bearer"}}, Kind::other_scheme, ""},
             {{{"Authorization", "Basic YTpi"}, {"X-Api-Key", "abc"}}, Kind::one, "abc"},
         }) {
        Request request;
        request.headers = headers;
        const Credential credential = credential_of(request);
        CHECK(credential.kind == kind);
        CHECK(credential.token == token);
    }
}

}  // namespace keyledger
