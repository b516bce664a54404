#include "tools/commands/away_notice.hpp"

#include <catch2/catch.hpp>

namespace keyledger {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a server that is away is said to be when it goes, every ten minutes, and when back") {
    const AwayNotice::Time begin{};
    AwayNotice notice;
    CHECK_FALSE(notice.succeeded());
    CHECK(notice.failed(begin));
    CHECK_FALSE(notice.failed(begin + 10s));
    CHECK_FALSE(notice.failed(begin + AwayNotice::between - 1s));
    CHECK(notice.failed(begin + AwayNotice::between));
    CHECK_FALSE(notice.failed(begin + AwayNotice::between + 10s));
    CHECK(notice.succeeded());
    CHECK_FALSE(notice.succeeded());
    CHECK(notice.failed(begin + AwayNotice::between + 20s));
}

}  // namespace
}  // namespace keyledger
