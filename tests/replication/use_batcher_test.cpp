#include "replication/use_batcher.hpp"

#include "tests/support/given.hpp"
#include "tests/support/random_history.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <map>
#include <thread>

namespace keyledger {

namespace {

using namespace std::chrono_literals;

struct Fixture {
    RandomHistory history{1};
    const Tables& tables = history.tables;

    Fixture() {
        for (std::uint32_t i = 1; i <= 9; ++i) history.commit({asked(new_key(i, "w0"))});
    }
    CountedUse use(std::uint32_t key, Outcome outcome = Outcome::valid,
                   std::string_view scope = "") const {
        CountedUse use;
        use.key = tables.find_key(key_id(key));
        use.secret_version = 1;
        use.outcome = outcome;
        use.scope = scope;
        use.time = noon;
        return use;
    }
};

std::uint64_t count_of(const std::vector<UseRow>& rows) {
    std::uint64_t count = 0;
    for (const UseRow& row : rows) count += row.count;
    return count;
}

std::map<KeyId, std::size_t> rows_by_key(const std::vector<UseRow>& rows) {
    std::map<KeyId, std::size_t> counts;
    for (const UseRow& row : rows) ++counts[row.key];
    return counts;
}

}  // namespace

TEST_CASE("checks that look alike become one row, and are taken once") {
    const Fixture given;
    UseBatcher uses(2, UsageDetail::folded);
    CHECK(uses.take().empty());
    CountedUse use = given.use(1, Outcome::valid, "leads:read");
    use.resource = "brand/7";
    use.spends = true;
    use.time = noon + 5s;
    uses.count(0, use);
    use.spends = false;
    use.time = noon + 2s;
    uses.count(0, use);
    use.time = noon + 9s;
    uses.count(1, use);
    const std::vector<UseRow> rows = uses.take();
    REQUIRE(rows.size() == 1);
    UseRow expected;
    expected.key = key_id(1);
    expected.secret_version = 1;
    expected.scope = "leads:read";
    expected.resource = "brand/7";
    expected.count = 3;
    expected.spent = 1;
    expected.first = noon + 2s;
    expected.last = noon + 9s;
    CHECK(rows[0] == expected);
    CHECK(uses.take().empty());
}

TEST_CASE("what differs in key, version, outcome, scope or resource is a row of its own") {
    const Fixture given;
    UseBatcher uses(1, UsageDetail::folded);
    uses.count(0, given.use(1));
    uses.count(0, given.use(2));
    CountedUse version = given.use(1);
    version.secret_version = 2;
    uses.count(0, version);
    uses.count(0, given.use(1, Outcome::revoked));
    uses.count(0, given.use(1, Outcome::valid, "leads:read"));
    CountedUse resource = given.use(1);
    resource.resource = "leads:read";
    uses.count(0, resource);
    const std::vector<UseRow> rows = uses.take();
    CHECK(rows.size() == 6);
    for (const UseRow& row : rows) CHECK(row.count == 1);
}

TEST_CASE("denials leave the resource out, and folded rows the address") {
    const Fixture given;
    const Address address = *parse_address("192.0.2.7");
    const UsageDetail detail = GENERATE(UsageDetail::folded, UsageDetail::each);
    UseBatcher uses(1, detail);
    CountedUse denied = given.use(1, Outcome::suspended);
    denied.resource = "brand/7";
    denied.address = &address;
    uses.count(0, denied);
    const std::vector<UseRow> rows = uses.take();
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].resource.empty());
    CHECK(rows[0].address.value == (detail == UsageDetail::each ? "192.0.2.7" : ""));
}

TEST_CASE("a key has at most so many rows, and the least of them are told as others") {
    const Fixture given;
    UseBatcher uses(1, UsageDetail::folded);
    std::uint64_t counted = 0;
    for (std::uint32_t i = 1; i <= 100; ++i) {
        const std::string scope = "scope:" + std::to_string(i);
        for (std::uint32_t n = 0; n < i; ++n) uses.count(0, given.use(1, Outcome::valid, scope));
        uses.count(0, given.use(1, Outcome::suspended, scope));
        counted += i + 1;
    }
    for (std::uint32_t i = 1; i <= use_rows_per_key_max; ++i) {
        uses.count(0, given.use(2, Outcome::valid, "scope:" + std::to_string(i)));
    }
    const std::vector<UseRow> rows = uses.take();
    auto by_key = rows_by_key(rows);
    CHECK(by_key[key_id(1)] <= use_rows_per_key_max);
    CHECK(by_key[key_id(2)] == use_rows_per_key_max);
    CHECK(count_of(rows) == counted + use_rows_per_key_max);
    std::map<std::string, std::uint32_t> valid, suspended;
    for (const UseRow& row : rows) {
        if (row.key != key_id(1)) {
            CHECK(row.scope != "other");
            continue;
        }
        (row.outcome == Outcome::valid ? valid : suspended)[row.scope] += row.count;
    }
    CHECK(valid.at("scope:100") == 100);
    CHECK(valid.at("scope:90") == 90);
    CHECK(suspended.at("other") == 100);
    CHECK_FALSE(valid.contains("scope:1"));
}

TEST_CASE("each check is a row of its own where that is asked for, with its address") {
    const Fixture given;
    UseBatcher uses(1, UsageDetail::each);
    const Address address = *parse_address("2001:db8::1");
    for (int i = 0; i < 40; ++i) {
        CountedUse use = given.use(1);
        use.address = &address;
        uses.count(0, use);
    }
    const std::vector<UseRow> rows = uses.take();
    CHECK(rows.size() == 40);
    for (const UseRow& row : rows) {
        CHECK(row.count == 1);
        CHECK(row.address.value == "2001:db8::1");
    }
}

TEST_CASE("a thread keeps no more rows than its most, and loses no count") {
    const Fixture given;
    const UsageDetail detail = GENERATE(UsageDetail::folded, UsageDetail::each);
    UseBatcher uses(1, detail);
    const std::size_t counted = use_rows_per_thread_max + 5000;
    for (std::size_t i = 0; i < counted; ++i) {
        uses.count(
            0, given.use(static_cast<std::uint32_t>(1 + i % 9), Outcome::valid, std::to_string(i)));
    }
    const std::vector<UseRow> rows = uses.take();
    CHECK(count_of(rows) == counted);
    const std::size_t folded = 9 * use_rows_per_key_max;
    CHECK(rows.size() <= (detail == UsageDetail::each ? use_rows_per_thread_max + folded : folded));
}

TEST_CASE("nothing is lost or counted twice while threads count and another takes") {
    const Fixture given;
    constexpr std::size_t threads_count = 3, each_counts = 20'000;
    UseBatcher uses(threads_count, GENERATE(UsageDetail::folded, UsageDetail::each));
    std::atomic<std::size_t> running = threads_count;
    std::vector<std::thread> threads;
    for (std::size_t thread = 0; thread < threads_count; ++thread) {
        threads.emplace_back([&, thread] {
            for (std::size_t i = 0; i < each_counts; ++i) {
                const auto key = static_cast<std::uint32_t>(1 + i % 9);
                CountedUse use = given.use(key, i % 3 == 0 ? Outcome::expired : Outcome::valid,
                                           i % 2 == 0 ? "leads:read" : "leads:write");
                use.spends = i % 3 != 0;
                uses.count(thread, use);
            }
            --running;
        });
    }
    std::uint64_t counted = 0, spent = 0;
    std::map<std::pair<KeyId, Outcome>, std::uint64_t> by_outcome;
    for (bool last = false; !last;) {
        last = running == 0;
        for (const UseRow& row : uses.take()) {
            counted += row.count;
            spent += row.spent;
            by_outcome[{row.key, row.outcome}] += row.count;
        }
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(counted == threads_count * each_counts);
    CHECK(spent == counted - threads_count * ((each_counts + 2) / 3));
    std::uint64_t expired = 0;
    for (std::uint32_t key = 1; key <= 9; ++key)
        expired += by_outcome[{key_id(key), Outcome::expired}];
    CHECK(expired == threads_count * ((each_counts + 2) / 3));
}

}  // namespace keyledger
