#include "http/message.hpp"

#include "http/body_stream.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <memory>
#include <string>

namespace keyledger {

TEST_CASE("names of fields are compared without regard to case, in ASCII alone") {
    CHECK(equal_ignoring_case("Content-Type", "content-TYPE"));
    CHECK(equal_ignoring_case("", ""));
    CHECK_FALSE(equal_ignoring_case("Content-Type", "Content-Typ"));
    CHECK_FALSE(equal_ignoring_case("a", "b"));
    // Each pair differs in the bit that tells cases of letters apart.
    CHECK_FALSE(equal_ignoring_case("@", "`"));
    CHECK_FALSE(equal_ignoring_case("[", "{"));
    CHECK_FALSE(equal_ignoring_case("\xc4", "\xe4"));
}

TEST_CASE("a field is found by its name, the first of several, and they are counted") {
    const std::array fields{Header{"Host", "a"}, Header{"X-Api-Key", "one"},
                            Header{"x-api-key", "two"}};
    Request request;
    request.headers = fields;
    CHECK(header(request, "host") == "a");
    CHECK(header(request, "X-API-KEY") == "one");
    CHECK(header(request, "X-Api") == std::nullopt);
    CHECK(header_count(request, "x-Api-Key") == 2);
    CHECK(header_count(request, "Authorization") == 0);
}

namespace {

class Empty final : public BodyStream {
public:
    boost::asio::awaitable<std::string> next() override { co_return std::string(); }
};

}  // namespace

TEST_CASE("a cleared answer is as new, and keeps its memory") {
    Response response;
    response.status = 404;
    response.content_type = "text/plain";
    response.headers = "A: b\r\n";
    response.body.assign(1000, 'x');
    response.stream = std::make_shared<Empty>();
    response.close = true;
    const auto capacity = response.body.capacity();

    response.clear();

    CHECK(response.status == 200);
    CHECK(response.content_type.empty());
    CHECK(response.headers.empty());
    CHECK(response.body.empty());
    CHECK(response.body.capacity() == capacity);
    CHECK(response.stream == nullptr);
    CHECK_FALSE(response.close);
}

}  // namespace keyledger
