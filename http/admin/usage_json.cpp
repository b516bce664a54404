#include "http/admin/usage_json.hpp"

#include <numeric>

namespace keyledger {

void write_usage_members(JsonWriter& writer, const UsageCounts& counts) {
    const auto& by_outcome = counts.by_outcome;
    writer.field("total", std::accumulate(by_outcome.begin(), by_outcome.end(), std::uint64_t{0}));
    writer.field("cost", counts.cost);
    writer.key("outcomes").begin_object();
    for (std::size_t i = 0; i < by_outcome.size(); ++i) {
        if (by_outcome[i] > 0) writer.field(to_text(static_cast<Outcome>(i)), by_outcome[i]);
    }
    writer.end_object();
}

void write_usage_counts(JsonWriter& writer, const UsageCounts& counts) {
    writer.begin_object();
    write_usage_members(writer, counts);
    writer.end_object();
}

std::map<KeyId, UsageCounts> uses_of_last_day(const History& history, std::span<const KeyId> keys,
                                              Timestamp now) {
    return history.usage_of(keys, now - std::chrono::hours(24), now + std::chrono::minutes(1));
}

}  // namespace keyledger
