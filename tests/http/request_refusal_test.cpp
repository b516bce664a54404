// What is no request, and why.

#include "http/header_parser.hpp"
#include "tests/support/read_requests.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace keyledger {

namespace {

using namespace std::string_literals;

struct Refused {
    std::string what;
    std::string bytes;
    TransportFault fault = TransportFault::malformed;
};

std::string with(const std::string& fields) {
    return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

std::string to(const std::string& target, const std::string& method = "GET") {
    return method + " " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

// Whole, cut everywhere, and behind a good request.
void check_all(const std::vector<Refused>& rows) {
    const std::string good = to("/first");
    for (const Refused& row : rows) {
        INFO(row.what);
        Noted expected;
        expected.fault = row.fault;
        CHECK(read_requests(row.bytes) == expected);
        CHECK(read_requests(row.bytes, every_byte(row.bytes)) == expected);
        const Noted behind = read_requests(good + row.bytes);
        CHECK(behind.requests.size() == 1);
        CHECK(behind.fault == row.fault);
    }
}

}  // namespace

TEST_CASE("what cannot be one request for all who read it is refused") {
    check_all({
        {"both lengths", with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n")},
        {"both lengths, the other way",
         with("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n")},
        {"two lengths", with("Content-Length: 3\r\nContent-Length: 4\r\n")},
        {"two lengths that agree", with("Content-Length: 3\r\nContent-Length: 3\r\n")},
        {"a list of lengths", with("Content-Length: 3, 3\r\n")},
        {"no length", with("Content-Length:\r\n")},
        {"a signed length", with("Content-Length: +3\r\n")},
        {"a negative length", with("Content-Length: -3\r\n")},
        {"a hexadecimal length", with("Content-Length: 0x3\r\n")},
        {"a length with a blank", with("Content-Length: 3 3\r\n")},
        {"a length beyond 64 bits", with("Content-Length: 18446744073709551617\r\n")},
        {"chunked twice", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
        {"chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
        {"no Host", "GET / HTTP/1.1\r\n\r\n"},
        {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
        {"two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"},
        {"a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
        {"a Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"},
        {"a Host with a blank", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
    });
}

TEST_CASE("line ends are CRLF, and nothing else is") {
    check_all({
        {"LF alone behind the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n"},
        {"LF alone behind a field", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"},
        {"LF alone as the empty line", "GET / HTTP/1.1\r\nHost: a\r\n\n"},
        {"LF alone everywhere", "GET / HTTP/1.1\nHost: a\n\n"},
        {"CR alone in a value", with("X: a\rb\r\n")},
        {"CR alone in a name", with("X\r: a\r\n")},
        {"CR alone in the request line", "GET /\rb HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"two CR", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n"},
        {"two CR behind a field", with("X: y\r\r\n")},
        {"a folded line", with("X: a\r\n b\r\n")},
        {"a line folded by a tab", with("X: a\r\n\tb\r\n")},
        {"a folded empty line", with("X: a\r\n \r\n")},
        {"a blank before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
        {"LF first", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
    });
}

TEST_CASE("fields have a name, a colon and visible characters") {
    check_all({
        {"a blank before the colon", with("X : a\r\n")},
        {"a tab before the colon", with("X\t: a\r\n")},
        {"no colon", with("X\r\n")},
        {"no name", with(": a\r\n")},
        {"a name with a blank", with("X Y: a\r\n")},
        {"a name beyond ASCII", with("X\xc3\xa9: a\r\n")},
        {"a name in brackets", with("X(1): a\r\n")},
        {"NUL in a name", with("X\0Y: a\r\n"s)},
        {"NUL in a value", with("X: a\0b\r\n"s)},
        {"a control character in a value", with("X: a\x01\r\n")},
        {"a vertical tab before a value", with("Transfer-Encoding: \x0b"
                                               "chunked\r\n")},
        {"DEL in a value", with("X: a\x7f\r\n")},
        {"a Connection that is no list", with("Connection: @\r\n")},
    });
}

TEST_CASE("a request line is method, target and version with one blank between") {
    check_all({
        {"two blanks before the target", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"two blanks behind the target", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"a tab", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"a blank at the end", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"},
        {"a blank at the start", " GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"no version", "GET /\r\nHost: a\r\n\r\n"},
        {"another protocol", "GET / HTTQ/1.1\r\nHost: a\r\n\r\n"},
        {"a lower-case protocol", "GET / http/1.1\r\nHost: a\r\n\r\n"},
        {"a version of more digits", "GET / HTTP/1.10\r\nHost: a\r\n\r\n"},
        {"a version of one digit", "GET / HTTP/1\r\nHost: a\r\n\r\n"},
        {"a method that is no token", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"NUL in the method", "G\0T / HTTP/1.1\r\nHost: a\r\n\r\n"s},
        {"no method", "/ HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"a handshake of TLS", "\x16\x03\x01\x02"s},
        {"a blank in the target", to("/a b")},
        {"a control character in the target", to("/a\x01")},
        {"NUL in the target", to("/a\0"s)},
        {"DEL in the target", to("/a\x7f")},
        {"a byte over 0x7e in the target", to("/\xc3\xa9")},
        {"the authority form", to("keys.example:443", "CONNECT")},
        {"the authority form of GET", to("keys.example:443")},
        {"a target without a slash", to("v1/keys")},
        {"an asterisk that is not of OPTIONS", to("*")},
        {"another scheme", to("ftp://a/")},
        {"no authority", to("http:///a")},
        {"a user before the authority", to("http://u@a/")},
        {"a query alone", to("?a")},
    });
}

TEST_CASE("what is understood but not served has a fault of its own") {
    using enum TransportFault;
    check_all({
        {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", unsupported_version},
        {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", unsupported_version},
        {"HTTP/0.9", "GET / HTTP/0.9\r\n\r\n", unsupported_version},
        {"gzip", with("Transfer-Encoding: gzip\r\n"), unsupported_encoding},
        {"gzip and chunked", with("Transfer-Encoding: gzip, chunked\r\n"), unsupported_encoding},
        {"chunked and identity", with("Transfer-Encoding: chunked, identity\r\n"),
         unsupported_encoding},
        {"an empty encoding", with("Transfer-Encoding:\r\n"), unsupported_encoding},
        {"an encoding in quotes", with("Transfer-Encoding: \"chunked\"\r\n"), unsupported_encoding},
        {"an expectation", with("Expect: 200-ok\r\n"), expectation_failed},
    });
}

TEST_CASE("a header may be as long as its limits, and not a byte longer") {
    const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    const std::string fits =
        start + std::string(header_bytes_max - start.size() - 4, 'x') + "\r\n\r\n";
    REQUIRE(fits.size() == header_bytes_max);
    CHECK(read_requests(fits).requests.size() == 1);
    CHECK(read_requests(fits + fits).requests.size() == 2);
    check_all({{"one byte more", start + "x" + fits.substr(start.size()),
                TransportFault::headers_too_large}});

    std::string fields;
    for (std::size_t i = 1; i < header_fields_max; ++i) fields += "X: y\r\n";
    CHECK(read_requests(with(fields)).requests.size() == 1);
    check_all({{"one field more", with(fields + "X: y\r\n"), TransportFault::headers_too_large}});

    const std::string target = "/" + std::string(target_bytes_max - 1, 'a');
    CHECK(read_requests(to(target)).requests.size() == 1);
    check_all({{"one byte more of target", to(target + "a"), TransportFault::target_too_long},
               {"a target that does not end", "GET /" + std::string(header_bytes_max, 'a'),
                TransportFault::target_too_long},
               {"a method that does not end", std::string(header_bytes_max, 'a'),
                TransportFault::headers_too_large}});
}

TEST_CASE("a header as long as its limit leaves room for a body, wherever it stands") {
    for (std::size_t before = 0; before < 5000; before += 977) {
        const std::string first = to("/" + std::string(before, 'f'));
        const std::string start = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\nX: ";
        const std::string second =
            start + std::string(header_bytes_max - start.size() - 4, 'x') + "\r\n\r\n";
        const Noted noted = read_requests(first + second + std::string(9999, 'b') + to("/last"));
        REQUIRE(noted.requests.size() == 3);
        CHECK(noted.requests[1].body == std::string(9999, 'b'));
        CHECK(noted.requests[2].path == "/last");
    }
}

}  // namespace keyledger
