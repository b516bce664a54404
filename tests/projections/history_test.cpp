#include "projections/history.hpp"

#include "tests/support/forwarding_log.hpp"
#include "tests/support/given.hpp"
#include "tests/support/random_history.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>
#include <map>

namespace keyledger {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();

Submission used(std::uint32_t key, std::uint64_t flush, std::uint32_t count, Timestamp time,
                Outcome outcome = Outcome::valid) {
    UseRow row;
    row.key = key_id(key);
    row.outcome = outcome;
    row.count = count;
    row.first = row.last = time;
    return asked(RecordUses{{.node = 7, .boot = 1, .number = flush}, {row}});
}

Submission spent(std::uint32_t key, std::uint64_t cost) {
    return asked(use_of(digest_of(key), cost));
}

Submission quota_set(std::uint32_t key, std::optional<QuotaLimit> quota) {
    ChangeKey change{.key = key_id(key), .changed = 1U << unsigned(Setting::quota), .settings = {}};
    change.settings.quota = quota;
    return asked(change);
}

// Counts the rows that are looked at.
class CountingLog final : public ForwardingLog {
public:
    using ForwardingLog::ForwardingLog;
    void rows(Family family, std::string_view from, std::string_view until,
              const std::function<bool(std::string_view key, std::string_view value)>& visit)
        const override {
        ForwardingLog::rows(family, from, until, [&](std::string_view key, std::string_view value) {
            ++looked_at;
            return visit(key, value);
        });
    }
    mutable std::size_t looked_at = 0;
};

}  // namespace

TEST_CASE("a key as it stood after any event is what the tables held then") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    RandomHistory live(seed);
    live.steps(80);
    const History history(live.log, live.tables.use_tail());
    Tables then;
    for (std::uint64_t seq = 0; seq < live.log.next_seq(); ++seq) {
        const auto read = history.event(seq);
        REQUIRE(read);
        REQUIRE(read->event.envelope.seq == seq);
        then.apply(read->event, read->leaf);
        for (const KeyId& id : live.keys) {
            const KeyEntry* entry = then.find_key(id);
            const auto past = history.key_at(id, seq);
            REQUIRE(past.has_value() == (entry != nullptr));
            if (!past) continue;
            REQUIRE(past->state == *entry->state.load());
            REQUIRE(past->use == *entry->use.load());
        }
    }
    const auto newest = history.key_at(live.keys.front(), no_end);
    REQUIRE(newest);
    CHECK(newest->state == *live.tables.find_key(live.keys.front())->state.load());
    CHECK_FALSE(history.event(live.log.next_seq()));
}

TEST_CASE("what a key had spent is what its quotas made of it, when they changed too") {
    RandomHistory live(1);
    CreateKey create = new_key(1, "w0");
    create.settings.quota = QuotaLimit{.limit = 100, .window = {}};
    live.commit({asked(create), spent(1, 30), quota_set(1, {}), spent(1, 5),
                 quota_set(1, QuotaLimit{.limit = 50, .window = {}}), spent(1, 7)});
    const std::uint64_t last = live.log.next_seq() - 1;
    const History history(live.log, live.tables.use_tail());
    CHECK(history.key_at(key_id(1), last)->use.quota_spent == 7);
    CHECK(history.key_at(key_id(1), last - 1)->use.quota_spent == 0);
    CHECK(history.key_at(key_id(1), last - 4)->use.quota_spent == 30);
}

TEST_CASE("of a key that was used very often, the newest uses are read") {
    RandomHistory live(1);
    live.commit({asked(new_key(1, "w0"))});
    const Timestamp first = live.clock.now();
    live.commit({used(1, 1, 1, first)});
    for (std::uint64_t flush = 2; flush < 2 + History::uses_read_max; ++flush) {
        live.clock.advance(1s);
        live.commit({used(1, flush, 1, live.clock.now(), Outcome::suspended)});
    }
    const History history(live.log, live.tables.use_tail());
    const std::uint64_t last = live.log.next_seq() - 1;
    const auto before = history.key_at(key_id(1), last - 1);
    CHECK(before->use.last_used_at == first);
    CHECK(before->use.total == History::uses_read_max);
    const auto now = history.key_at(key_id(1), last);
    CHECK_FALSE(now->use.last_used_at);
    CHECK(now->use.total == History::uses_read_max + 1);
    CHECK(now->use.last_seq == last);
}

TEST_CASE("a last use is found behind denials, and in whichever event tells the latest") {
    RandomHistory live(1);
    live.commit({asked(new_key(1, "w0"))});
    const Timestamp second = live.clock.now() + 2s;
    live.clock.advance(3s);
    live.commit({used(1, 1, 1, second)});
    live.commit({used(1, 2, 1, second - 1s)});  // counted later than it was answered
    const History history(live.log, live.tables.use_tail());
    for (std::uint64_t flush = 3; flush < 40; ++flush) {
        const auto past = history.key_at(key_id(1), live.log.next_seq() - 1);
        REQUIRE(past->use.last_used_at == second);
        REQUIRE(past->use.total == flush - 1);
        live.clock.advance(1s);
        live.commit({used(1, flush, 1, live.clock.now(), Outcome::suspended)});
    }
}

TEST_CASE("a key's events are those that speak of it, oldest first") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    RandomHistory live(seed);
    live.steps(80);
    const History history(live.log, live.tables.use_tail());
    const std::uint64_t end = live.log.next_seq();
    std::map<KeyId, std::vector<std::uint64_t>> life, all;
    for (std::uint64_t seq = 0; seq < end; ++seq) {
        const Event event = history.event(seq)->event;
        if (const KeyId* key = key_of(event.body)) {
            life[*key].push_back(seq);
            all[*key].push_back(seq);
        } else if (const auto* counted = std::get_if<KeysUsed>(&event.body)) {
            for (const UseRow& row : counted->rows) {
                auto& seqs = all[row.key];
                if (seqs.back() != seq) seqs.push_back(seq);
            }
        }
    }
    for (const KeyId& id : live.keys) {
        REQUIRE(history.key_events(id, 0, no_end, KeyEvents::life_cycle) == life[id]);
        REQUIRE(history.key_events(id, 0, no_end, KeyEvents::with_uses) == all[id]);
        for (const auto& [which, expected] : {std::pair{KeyEvents::life_cycle, life[id]},
                                              std::pair{KeyEvents::with_uses, all[id]}}) {
            const std::uint64_t from = expected[expected.size() / 2];
            std::vector<std::uint64_t> rest(std::ranges::find(expected, from), expected.end());
            REQUIRE(history.key_events(id, from, no_end, which) == rest);
            REQUIRE(history.key_events(id, end, no_end, which).empty());
            REQUIRE(history.key_events(id, 0, 0, which).empty());
            rest.resize(std::min<std::size_t>(rest.size(), 2));
            REQUIRE(history.key_events(id, from, 2, which) == rest);
        }
    }
    CHECK(history.key_events(key_id(1), 0, no_end, KeyEvents::with_uses).empty());
}

TEST_CASE("a key's life is found without walking over its uses") {
    RandomHistory live(1);
    live.commit({asked(new_key(1, "w0"))});
    for (std::uint64_t flush = 1; flush <= 200; ++flush) {
        live.commit({used(1, flush, 1, live.clock.now())});
    }
    live.commit({asked(SuspendKey{key_id(1)})});
    const CountingLog counting(live.log);
    const auto seqs = History(counting, live.tables.use_tail())
                          .key_events(key_id(1), 0, 100, KeyEvents::life_cycle);
    CHECK(seqs == std::vector<std::uint64_t>{2, live.log.next_seq() - 1});
    CHECK(counting.looked_at == 2);
}

TEST_CASE("the event at a time is the last that was not later") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    RandomHistory live(seed);
    live.steps(40);
    const History history(live.log, live.tables.use_tail());
    const std::uint64_t newest = live.log.next_seq() - 1;
    std::vector<Timestamp> times;
    for (std::uint64_t seq = 0; seq <= newest; ++seq) {
        times.push_back(history.event(seq)->event.envelope.time);
    }
    for (const Timestamp time : times) {
        for (const Timestamp asked_for : {time - 1ms, time, time + 1ms}) {
            const auto later = std::ranges::upper_bound(times, asked_for) - times.begin();
            const auto expected =
                later == 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(later) - 1);
            REQUIRE(history.seq_at(asked_for, newest) == expected);
        }
    }
    CHECK(history.seq_at(times.back() + 24h, 3) == 3U);
}

TEST_CASE("usage is told in the buckets that begin in a stretch of time") {
    RandomHistory live(1);
    live.clock.set(noon);
    live.commit({asked(new_key(1, "w0"))});
    for (std::uint64_t i = 0; i < 5; ++i) {
        live.commit({used(1, i + 1, static_cast<std::uint32_t>(i + 1),
                          noon + std::chrono::minutes(i) + 30s)});
    }
    const History history(live.log, live.tables.use_tail());
    const auto counts = [&](BucketWidth width, Timestamp since, Timestamp until,
                            std::size_t limit) {
        std::vector<std::pair<Timestamp, std::uint64_t>> found;
        for (const auto& [start, usage] : history.usage(key_id(1), width, since, until, limit)) {
            found.emplace_back(start, usage.by_outcome[0]);
        }
        return found;
    };
    using Buckets = std::vector<std::pair<Timestamp, std::uint64_t>>;
    const auto minutes = [&](Timestamp since, Timestamp until, std::size_t limit = 100) {
        return counts(BucketWidth::minute, since, until, limit);
    };
    CHECK(minutes(noon + 1min, noon + 3min) == Buckets{{noon + 1min, 2}, {noon + 2min, 3}});
    CHECK(minutes(noon + 1min + 1ms, noon + 2min + 1ms) == Buckets{{noon + 2min, 3}});
    CHECK(minutes(noon + 59s, noon + 1min + 1ms) == Buckets{{noon + 1min, 2}});
    CHECK(minutes(noon, noon + 1h, 2) == Buckets{{noon, 1}, {noon + 1min, 2}});
    CHECK(minutes(noon, noon + 1h, 0).empty());
    CHECK(minutes(noon + 2min, noon + 2min).empty());
    CHECK(minutes(noon + 1h, noon).empty());
    CHECK(counts(BucketWidth::hour, noon, noon + 1ms, 9) == Buckets{{noon, 15}});
    // As long ago as a time can be written.
    const Timestamp first = std::chrono::sys_days(std::chrono::year(1) / 1 / 1);
    CHECK(counts(BucketWidth::hour, first, noon + 1h, 9) == Buckets{{noon, 15}});
}

TEST_CASE("the uses of many keys are those of each, in rows and in memory") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    RandomHistory live(seed);
    live.steps(100);
    REQUIRE_FALSE(write_use_rows(live.log, live.tables.use_tail()));
    live.steps(100);
    const History history(live.log, live.tables.use_tail());
    const Timestamp until = live.clock.now() + 1min;
    const Timestamp since = until - 20min;
    const auto sums = history.usage_of(live.keys, since, until);
    std::uint64_t total = 0;
    for (const KeyId& key : live.keys) {
        UsageCounts expected;
        for (const auto& [start, counts] :
             history.usage(key, BucketWidth::minute, since, until, no_end)) {
            expected.add(counts);
        }
        REQUIRE(sums.contains(key));
        CHECK(sums.at(key) == expected);
        total += expected.by_outcome[0];
    }
    CHECK(total > 0);
    CHECK(history.usage_of({}, since, until).empty());
}

}  // namespace keyledger
