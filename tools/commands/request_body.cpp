#include "tools/commands/request_body.hpp"

#include "ledger/base/bytes.hpp"
#include "ledger/base/log_value.hpp"
#include "ledger/base/time.hpp"
#include "tools/read_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>

namespace keyledger {

namespace {

constexpr std::size_t document_bytes_max = 8u * 1024 * 1024;

bool is_whole_number(std::string_view text) {
    return !text.empty() && text.size() < 20 && (text.size() == 1 || text.front() != '0') &&
           std::all_of(text.begin(), text.end(),
                       [](char character) { return character >= '0' && character <= '9'; });
}

void add(JsonValue& object, std::string_view member, JsonValue value) {
    value.name = member;
    const auto found = std::ranges::find(object.items, member, &JsonValue::name);
    if (found == object.items.end()) {
        object.items.push_back(std::move(value));
    } else {
        *found = std::move(value);
    }
}

}  // namespace

std::vector<std::string> listed(std::string_view text) {
    std::vector<std::string> items;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        std::string_view item = text.substr(0, comma);
        while (item.starts_with(' ')) item.remove_prefix(1);
        while (item.ends_with(' ')) item.remove_suffix(1);
        if (!item.empty()) items.emplace_back(item);
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return items;
}

std::string absolute_time(const std::string& text) {
    if (!text.starts_with('+') && !text.starts_with('-')) return text;
    const std::optional<Duration> length = parse_duration(std::string_view(text).substr(1));
    if (!length) return text;
    const auto now = std::chrono::floor<Duration>(std::chrono::system_clock::now());
    return to_rfc3339(text.front() == '+' ? now + *length : now - *length);
}

RequestBody::RequestBody(const CommandLine& line) : line_(line), value_(json_object()) {}

void RequestBody::refuse(const std::string& place, const std::string& what) {
    if (problem_.empty()) problem_ = place + ": " + what;
}

std::optional<JsonValue> RequestBody::parsed(const std::string& place, const std::string& text) {
    FaultList faults;
    std::optional<JsonValue> value = parse_json(text, faults);
    if (value && faults.empty()) return value;
    refuse(place, "is not JSON, or has a member twice");
    return std::nullopt;
}

void RequestBody::start_from_file() {
    const std::optional<std::string> file = line_.value("file");
    if (!file) return;
    const FileText read = *file == "-" ? read_descriptor(STDIN_FILENO, document_bytes_max)
                                       : read_file(*file, document_bytes_max);
    if (!read.problem.empty()) return refuse(*file, "can't be read: " + read.problem);
    std::optional<JsonValue> value = parsed(*file, read.text);
    if (!value) return;
    if (value->kind != JsonKind::object) return refuse(*file, "is not a JSON object");
    value_ = std::move(*value);
}

void RequestBody::set(std::string_view member, JsonValue value) {
    add(value_, member, std::move(value));
}

std::optional<std::string> RequestBody::given(const std::string& flag, std::string_view member) {
    std::optional<std::string> value = line_.value(flag);
    if (value && !is_utf8(*value)) {
        refuse("--" + flag, "is not UTF-8");
        return std::nullopt;
    }
    if (!value || !value->empty()) return value;
    set(member, {});
    return std::nullopt;
}

void RequestBody::text(const std::string& flag, std::string_view member) {
    if (const auto value = given(flag, member)) set(member, json_text(*value));
}

void RequestBody::words(const std::string& flag, std::string_view member) {
    const auto found = line_.flags.find(flag);
    if (found == line_.flags.end()) return;
    std::vector<std::string> words;
    for (const std::string& value : found->second) {
        for (std::string& word : listed(value)) words.push_back(std::move(word));
    }
    if (!std::all_of(words.begin(), words.end(), is_utf8)) refuse("--" + flag, "is not UTF-8");
    set(member, json_array(words));
}

void RequestBody::number(const std::string& flag, std::string_view member) {
    const auto value = given(flag, member);
    if (!value) return;
    if (!is_whole_number(*value)) return refuse("--" + flag, "is not a whole number");
    set(member, json_number(*value));
}

void RequestBody::json(const std::string& flag, std::string_view member) {
    const auto value = given(flag, member);
    if (!value) return;
    if (std::optional<JsonValue> read = parsed("--" + flag, *value)) set(member, std::move(*read));
}

void RequestBody::time(const std::string& flag, std::string_view member) {
    if (const auto value = given(flag, member)) set(member, json_text(absolute_time(*value)));
}

void RequestBody::limit(const std::string& flag, std::string_view member) {
    const auto value = given(flag, member);
    if (!value) return;
    const std::size_t slash = value->find('/');
    if (!is_whole_number(value->substr(0, slash))) {
        return refuse("--" + flag, "is not like 300/1m: " + log_value(*value));
    }
    JsonValue limit = json_object();
    add(limit, "limit", json_number(value->substr(0, slash)));
    if (slash != std::string::npos) add(limit, "window", json_text(value->substr(slash + 1)));
    set(member, std::move(limit));
}

void RequestBody::resource(const std::string& flag, std::string_view member) {
    const auto value = given(flag, member);
    if (!value) return;
    const std::size_t slash = value->find('/');
    if (slash == std::string::npos) {
        return refuse("--" + flag, "is not KIND/ID: " + log_value(*value));
    }
    JsonValue resource = json_object();
    add(resource, "kind", json_text(value->substr(0, slash)));
    add(resource, "id", json_text(value->substr(slash + 1)));
    set(member, std::move(resource));
}

void RequestBody::truth(const std::string& flag, std::string_view member) {
    if (!line_.has(flag)) return;
    JsonValue value;
    value.kind = JsonKind::boolean;
    value.truth = true;
    set(member, std::move(value));
}

void RequestBody::remarks() {
    if (const auto value = given("reason", "reason")) set("reason", json_text(*value));
    truth("force", "force");
}

}  // namespace keyledger
