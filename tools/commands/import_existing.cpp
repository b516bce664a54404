#include "tools/commands/import_existing.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace keyledger {

namespace {

constexpr int conflict = 409;

// 17 of "/items/17/digest".
std::optional<std::size_t> item_of(std::string_view pointer) {
    constexpr std::string_view before = "/items/", behind = "/digest";
    if (!pointer.starts_with(before) || !pointer.ends_with(behind)) return std::nullopt;
    if (pointer.size() < before.size() + behind.size()) return std::nullopt;
    pointer.remove_prefix(before.size());
    pointer.remove_suffix(behind.size());
    std::size_t index = 0;
    const auto [end, error] =
        std::from_chars(pointer.data(), pointer.data() + pointer.size(), index);
    const bool is_whole = error == std::errc() && end == pointer.data() + pointer.size();
    return is_whole ? std::optional(index) : std::nullopt;
}

}  // namespace

std::vector<std::size_t> existing_in(const HttpAnswer& answer) {
    if (answer.status != conflict) return {};
    FaultList faults;
    const JsonValue problem = parse_json(answer.body, faults).value_or(JsonValue{});
    const JsonValue* const errors = problem.find("errors");
    if (!errors || errors->kind != JsonKind::array) return {};
    std::vector<std::size_t> places;
    for (const JsonValue& fault : errors->items) {
        const JsonValue* const pointer = fault.find("pointer");
        const auto place = pointer ? item_of(pointer->text) : std::nullopt;
        if (!place) return {};
        places.push_back(*place);
    }
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
    return places;
}

std::vector<std::size_t> existing_of(Api& api, const std::vector<std::string>& digests) {
    HttpCall call;
    call.method = "POST";
    call.target = "/v1/tokens:find";
    call.headers = {{"Content-Type", "application/json"}};
    call.body = "{\"digests\":" + to_json(json_array(digests)) + "}";
    const HttpAnswer answer = api.ask_patiently(call);
    FaultList faults;
    const JsonValue found = parse_json(answer.body, faults).value_or(JsonValue{});
    const JsonValue* const items = found.find("items");
    if (answer.status != 200 || !items || items->items.size() != digests.size()) return {};
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < digests.size(); ++i) {
        const JsonValue* const key = items->items[i].find("key");
        if (key && key->kind == JsonKind::object) places.push_back(i);
    }
    return places;
}

std::vector<std::size_t> repeated_in(const std::vector<std::string>& digests) {
    std::set<std::string> seen;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < digests.size(); ++i) {
        std::string digest = digests[i];
        std::ranges::transform(digest, digest.begin(), [](char character) {
            const bool is_upper = character >= 'A' && character <= 'Z';
            return is_upper ? static_cast<char>(character - 'A' + 'a') : character;
        });
        if (!digest.empty() && !seen.insert(std::move(digest)).second) places.push_back(i);
    }
    return places;
}

void erase_at(std::vector<std::size_t>& items, const std::vector<std::size_t>& places) {
    std::vector<std::size_t> left;
    auto next = places.begin();
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (next != places.end() && *next == i) {
            ++next;
        } else {
            left.push_back(items[i]);
        }
    }
    items = std::move(left);
}

}  // namespace keyledger
