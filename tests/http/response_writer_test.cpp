#include "http/response_writer.hpp"

#include "http/body_stream.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace keyledger {

namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::string_view date = "Sun, 06 Nov 1994 08:49:37 GMT";

class Empty final : public BodyStream {
public:
    boost::asio::awaitable<std::string> next() override { co_return std::string(); }
};

Response answer(int status, std::string_view content_type, std::string body) {
    Response response;
    response.status = status;
    response.content_type = content_type;
    response.body = std::move(body);
    return response;
}

std::string written(const Response& response, const AnswerForm& form = {}) {
    std::string out;
    append_answer(out, response, form, date);
    return out;
}

std::string start(std::string_view status) {
    return "HTTP/1.1 " + std::string(status) + "\r\nDate: " + std::string(date) + "\r\n";
}

}  // namespace

TEST_CASE("dates are those of RFC 9110 and of the calendar") {
    DateText text;
    // The example of RFC 9110, section 5.6.7; the others by date(1).
    CHECK(text.at(sys_seconds(seconds(784111777))) == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(text.at(sys_seconds(seconds(0))) == "Thu, 01 Jan 1970 00:00:00 GMT");
    CHECK(text.at(sys_seconds(seconds(951782399))) == "Mon, 28 Feb 2000 23:59:59 GMT");
    CHECK(text.at(sys_seconds(seconds(951782400))) == "Tue, 29 Feb 2000 00:00:00 GMT");
    CHECK(text.at(sys_seconds(seconds(1795295423))) == "Sat, 21 Nov 2026 21:10:23 GMT");
    CHECK(text.at(sys_seconds(seconds(253402300799))) == "Fri, 31 Dec 9999 23:59:59 GMT");
    CHECK(text.at(sys_seconds(seconds(253402300799))) == "Fri, 31 Dec 9999 23:59:59 GMT");
    CHECK(text.at(sys_seconds(seconds(0))) == "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST_CASE("an answer has its line, its fields and its body") {
    Response response = answer(201, "application/json", R"({"a":1})");
    response.headers = "ETag: \"3\"\r\nX-Ledger-Seq: 7\r\n";
    CHECK(written(response) == start("201 Created") +
                                   "Content-Type: application/json\r\nContent-Length: 7\r\n"
                                   "ETag: \"3\"\r\nX-Ledger-Seq: 7\r\n\r\n{\"a\":1}");
    CHECK(written(answer(200, "", "")) == start("200 OK") + "Content-Length: 0\r\n\r\n");
    CHECK(written(answer(299, "", "")) == start("299 Unknown") + "Content-Length: 0\r\n\r\n");
}

TEST_CASE("answers are appended, one behind the other") {
    std::string out;
    append_answer(out, answer(200, "", "a"), {}, date);
    append_answer(out, answer(404, "", "b"), {}, date);
    CHECK(out == start("200 OK") + "Content-Length: 1\r\n\r\na" + start("404 Not Found") +
                     "Content-Length: 1\r\n\r\nb");
}

TEST_CASE("HEAD has the fields of GET and no body") {
    CHECK(written(answer(200, "text/plain", "body"), {.head = true}) ==
          start("200 OK") + "Content-Type: text/plain\r\nContent-Length: 4\r\n\r\n");
}

TEST_CASE("204 and 304 have neither a body nor a length") {
    CHECK(written(answer(204, "", "never sent")) == start("204 No Content") + "\r\n");
    Response unchanged = answer(304, "", "never sent");
    unchanged.headers = "ETag: \"3\"\r\n";
    CHECK(written(unchanged) == start("304 Not Modified") + "ETag: \"3\"\r\n\r\n");
}

TEST_CASE("a connection's end is told, and in HTTP/1.0 that it is kept") {
    const Response response = answer(200, "", "");
    CHECK(written(response, {.close = true}) ==
          start("200 OK") + "Content-Length: 0\r\nConnection: close\r\n\r\n");
    CHECK(written(response, {.http_1_0 = true}) ==
          start("200 OK") + "Content-Length: 0\r\nConnection: keep-alive\r\n\r\n");
    CHECK(written(response, {.http_1_0 = true, .close = true}) ==
          start("200 OK") + "Content-Length: 0\r\nConnection: close\r\n\r\n");
}

TEST_CASE("a stream is chunked, and for HTTP/1.0 plain until the connection ends") {
    Response response = answer(200, "text/plain", "");
    response.stream = std::make_shared<Empty>();

    std::string out = written(response);
    append_piece(out, "hello", {});
    append_piece(out, "", {});
    append_piece(out, std::string(300, 'x'), {});
    append_end(out, {});
    CHECK(out == start("200 OK") +
                     "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "5\r\nhello\r\n12c\r\n" +
                     std::string(300, 'x') + "\r\n0\r\n\r\n");

    const AnswerForm old{.http_1_0 = true, .close = true};
    out = written(response, old);
    append_piece(out, "hello", old);
    append_end(out, old);
    CHECK(out == start("200 OK") + "Content-Type: text/plain\r\nConnection: close\r\n\r\nhello");
}

TEST_CASE("every status that the service gives has its phrase") {
    for (const int status : {200, 201, 204, 304, 400, 401, 403, 404, 405, 408, 409, 412,
                             413, 414, 415, 417, 422, 429, 431, 500, 501, 503, 505}) {
        INFO(status);
        CHECK(reason_phrase(status) != "Unknown");
    }
}

}  // namespace keyledger
