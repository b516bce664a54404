#include "replication/read_batcher.hpp"

#include "tests/support/given.hpp"

#include <catch2/catch.hpp>

namespace keyledger {

namespace {

using namespace std::chrono_literals;

Actor reader(std::uint32_t number, std::string address = "192.0.2.1") {
    return {.kind = ActorKind::admin_key, .id = key_id(number), .address = std::move(address)};
}

HistoryRead read_of(std::string route, std::uint64_t from = 0, std::uint64_t until = 0) {
    HistoryRead read;
    read.route = std::move(route);
    read.from = from;
    read.until = until;
    return read;
}

std::size_t count_of(const std::vector<ActorReads>& taken) {
    std::size_t count = 0;
    for (const ActorReads& by_one : taken) count += by_one.reads.size();
    return count;
}

}  // namespace

TEST_CASE("a read is stated once, at the next flush, in the name of who read") {
    ReadBatcher reads;
    CHECK(reads.take(noon).empty());
    reads.note(reader(1), read_of("/v1/events", 3, 9), noon);
    const std::vector<ActorReads> taken = reads.take(noon + 50ms);
    REQUIRE(taken.size() == 1);
    CHECK(taken[0].actor == reader(1));
    HistoryRead expected = read_of("/v1/events", 3, 9);
    expected.count = 1;
    expected.first = expected.last = noon;
    CHECK(taken[0].reads == std::vector<HistoryRead>{expected});
    CHECK(reads.take(noon + 100ms).empty());
}

TEST_CASE("who polls is two events an hour, and none while nobody reads") {
    ReadBatcher reads;
    std::size_t stated = 0;
    std::uint64_t counted = 0;
    const auto take = [&](Timestamp now) {
        for (const ActorReads& by_one : reads.take(now)) {
            stated += by_one.reads.size();
            for (const HistoryRead& read : by_one.reads) counted += read.count;
        }
    };
    for (std::uint64_t second = 0; second < 3 * 3600; ++second) {
        const Timestamp now = noon + std::chrono::seconds(second);
        take(now);
        reads.note(reader(1), read_of("/v1/events", second, second + 1), now);
    }
    CHECK(stated == 5);  // three hours that began, two that are over
    CHECK(counted == 2 * 3600 + 1);
    take(noon + 24h);
    CHECK(stated == 6);
    CHECK(counted == 3 * 3600);
    take(noon + 48h);
    CHECK(stated == 6);
}

TEST_CASE("what was read again in an hour is stated with all that it spans") {
    ReadBatcher reads;
    const auto note = [&](std::uint64_t from, std::uint64_t until, Timestamp now) {
        HistoryRead read = read_of("/v1/events", from, until);
        read.events = 10;
        reads.note(reader(1), read, now);
    };
    note(0, 5, noon);
    reads.take(noon);
    note(7, 20, noon + 1min);
    note(6, 9, noon + 2min);
    const std::vector<ActorReads> taken = reads.take(noon + 1h);
    REQUIRE(count_of(taken) == 1);
    const HistoryRead& read = taken[0].reads[0];
    CHECK((read.from == 6 && read.until == 20));
    CHECK((read.count == 2 && read.events == 20));
    CHECK((read.first == noon + 1min && read.last == noon + 2min));
}

TEST_CASE("another route, filter, key, workspace, actor or address is another read") {
    ReadBatcher reads;
    HistoryRead read = read_of("/v1/events");
    reads.note(reader(1), read, noon);
    reads.note(reader(2), read, noon);
    reads.note(reader(1, "192.0.2.2"), read, noon);
    reads.note(reader(1), read_of("/v1/access"), noon);
    read.filter = "type=KeyRevoked";
    reads.note(reader(1), read, noon);
    read.of_workspace = "acme";
    reads.note(reader(1), read, noon);
    read.of_key = key_id(9);
    reads.note(reader(1), read, noon);
    const std::vector<ActorReads> taken = reads.take(noon);
    CHECK(count_of(taken) == 7);
    CHECK(taken.size() == 3);
}

TEST_CASE("a stop states what is left") {
    ReadBatcher reads;
    reads.note(reader(1), read_of("/v1/events"), noon);
    reads.take(noon);
    reads.note(reader(1), read_of("/v1/events"), noon);
    CHECK(reads.take(noon).empty());
    CHECK(count_of(reads.take_all()) == 1);
    CHECK(reads.take_all().empty());
}

TEST_CASE("a flood of filters is folded, for its own reader alone") {
    ReadBatcher reads;
    HistoryRead read = read_of("/v1/events");
    for (std::size_t i = 0; i < folded_reads_max + 1000; ++i) {
        read.filter = "key=" + std::to_string(i);
        reads.note(reader(1), read, noon);
    }
    read = read_of("/v1/access");
    read.of_workspace = "acme";
    reads.note(reader(1, "192.0.2.9"), read, noon);
    read.filter = "scope=a:b";
    reads.note(reader(2), read, noon);

    std::uint64_t counted = 0;
    std::vector<HistoryRead> folded;
    for (const ActorReads& by_one : reads.take(noon)) {
        for (const HistoryRead& one : by_one.reads) {
            counted += one.count;
            if (one.filter == "other") folded.push_back(one);
            if (one.filter == "other") CHECK(by_one.actor.id == key_id(1));
            if (one.filter == "scope=a:b") CHECK(one.of_workspace == "acme");
        }
    }
    CHECK(counted == folded_reads_max + 1002);
    REQUIRE(folded.size() == 2);
    CHECK((folded[0].route == "/v1/events" && folded[0].count == 1000));
    CHECK((folded[1].route == "/v1/access" && folded[1].count == 1));
    CHECK(folded[1].of_workspace.empty());
}

TEST_CASE("a reader whose flood is over is kept apart again") {
    ReadBatcher reads;
    HistoryRead read = read_of("/v1/events");
    for (std::size_t i = 0; i <= folded_reads_max; ++i) {
        read.filter = "key=" + std::to_string(i);
        reads.note(reader(1), read, noon);
    }
    reads.take(noon);
    reads.take(noon + 1h);
    read.filter = "key=again";
    reads.note(reader(1), read, noon + 1h);
    const std::vector<ActorReads> taken = reads.take(noon + 1h);
    REQUIRE(count_of(taken) == 1);
    CHECK(taken[0].reads[0].filter == "key=again");
}

}  // namespace keyledger
