#include "http/admin/usage_handler.hpp"

#include "http/admin/paging.hpp"
#include "http/admin/usage_json.hpp"
#include "ledger/base/json_writer.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <utility>
#include <vector>

namespace keyledger {

namespace asio = boost::asio;

namespace {

// A week by minutes is 10,080.
constexpr std::size_t buckets_per_page_max = 10'000;

using Buckets = std::vector<std::pair<Timestamp, UsageCounts>>;

struct UsageQuestion {
    BucketWidth width = BucketWidth::hour;
    Timestamp since{}, until{};
    Page page;  // its position is in seconds since 1970
};

UsageQuestion read_question(QueryReader& query, Timestamp now) {
    UsageQuestion question;
    const std::size_t word = query.word("bucket", {"1m", "1h", "1d"}).value_or(1);
    question.width = std::array{BucketWidth::minute, BucketWidth::hour, BucketWidth::day}[word];
    const Timestamp since = query.time("since", now).value_or(now - std::chrono::hours(24));
    question.since = bucket_start(since, question.width);
    question.until = query.time("until", now).value_or(now + length_of(question.width));
    question.page = read_page(query, buckets_per_page_max, buckets_per_page_max);
    return question;
}

std::uint64_t seconds_of(Timestamp time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, seconds));
}

void write_buckets(JsonWriter& writer, const Buckets& buckets, const Page& page) {
    const auto is_before = [](const auto& bucket, std::uint64_t position) {
        return seconds_of(bucket.first) < position;
    };
    auto next = std::lower_bound(buckets.begin(), buckets.end(), page.position, is_before);
    writer.key("items").begin_array();
    for (std::size_t shown = 0; next != buckets.end() && shown < page.limit; ++next, ++shown) {
        writer.begin_object().field("start", next->first);
        write_usage_members(writer, next->second);
        writer.end_object();
    }
    writer.end_array();
    write_next_cursor(
        writer, next != buckets.end() ? std::optional(seconds_of(next->first)) : std::nullopt);
}

}  // namespace

asio::awaitable<void> show_usage(AdminDoor& door, Exchange& exchange) {
    const std::optional<Caller> caller = co_await door.require("keys:read", exchange);
    if (!caller) co_return;
    const std::optional<KeyId> key = door.key_in_path(exchange, *caller);
    if (!key) co_return;
    QueryReader query(exchange.request.query, {"since", "until", "bucket", "limit", "cursor"});
    const UsageQuestion question = read_question(query, door.now());
    if (!query.faults().empty()) {
        answer_problem(exchange, query.faults());
        co_return;
    }
    Buckets buckets;
    std::optional<PastKey> past;
    const auto find = [&] {
        buckets = door.history().usage(*key, question.width, question.since, question.until,
                                       std::numeric_limits<std::size_t>::max());
        past = door.key_at(*key, door.tables().applied());
    };
    co_await door.history_thread().once(find);
    std::string body;
    JsonWriter writer(body);
    writer.begin_object().field("keyId", std::string_view(to_text(*key)));
    writer.field("lastUsedAt", past ? past->use.last_used_at : std::nullopt);
    write_buckets(writer, buckets, question.page);
    UsageCounts sum;
    for (const auto& [start, counts] : buckets) sum.add(counts);
    write_usage_members(writer, sum);
    writer.end_object();
    answer_json(exchange, 200, std::move(body));
}

}  // namespace keyledger
