// Whatever body, query or template comes, each reader refuses it or reads it within the limits; and
// what is written of it is JSON that reads the same. Run by libFuzzer.

#include "http/admin/bodies.hpp"
#include "http/admin/documents.hpp"
#include "http/admin/problem.hpp"
#include "http/admin/workspace_body.hpp"
#include "http/json_document.hpp"
#include "http/query.hpp"
#include "http/text/error_dialect.hpp"
#include "http/text/messages.hpp"
#include "ledger/base/bytes.hpp"
#include "ledger/rules/scope.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace keyledger {

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

JsonValue parsed(std::string_view text) {
    FaultList faults;
    auto value = parse_json(text, faults);
    require(value.has_value());
    require(faults.empty());
    return *std::move(value);
}

// The faults can be told to a client, in either language.
void check_faults(const std::vector<FieldFault>& faults) {
    require(faults.size() <= faults_max);
    for (const Locale locale : {Locale::en, Locale::es}) {
        std::string problem;
        append_problem(problem, {locale, "r-1"}, faults);
        require(parsed(problem).find("errors")->items.size() == faults.size());
    }
}

template <class T>
bool is_read(const Parsed<T>& body) {
    if (body) return true;
    require(!body.faults().empty());
    check_faults(body.faults());
    return false;
}

void check_json(std::string_view text) {
    FaultList faults;
    const auto value = parse_json(text, faults);
    require(value.has_value() || !faults.empty());
    check_faults(faults.all());
    if (!value || !faults.empty()) return;
    require(parsed(to_json(*value)) == *value);
    JsonValue merged = *value;
    merge_patch(merged, *value);
    parsed(to_json(merged));
}

void check_settings(const KeySettings& settings) {
    require(settings.name.size() <= name_bytes_max);
    require(settings.owner.size() <= owner_bytes_max);
    require(settings.metadata.size() <= metadata_bytes_max);
    if (!settings.metadata.empty()) require(parsed(settings.metadata).kind == JsonKind::object);
    require(settings.allowed_ranges.size() <= ranges_per_key_max);
    if (!settings.rate_limit) return;
    require(settings.rate_limit->limit >= 1);
    require(settings.rate_limit->window >= window_min);
    require(settings.rate_limit->window <= window_max);
}

void check_key(const CreateKey& command) {
    require(!command.settings.name.empty());
    require(command.scopes.size() <= scopes_per_key_max);
    for (const std::string& scope : command.scopes) require(is_scope(scope));
    check_settings(command.settings);
    KeyState key;
    key.settings = command.settings;
    key.environment = command.environment;
    key.scopes = command.scopes;
    key.resource = command.resource;
    std::string document;
    append_key(document, key, {}, Timestamp{});
    require(parsed(document).find("name")->text == command.settings.name);
}

void check_dialect(const WorkspaceDocument& document) {
    const CompiledDialect dialect(document);
    for (std::size_t i = 0; i < outcomes_count; ++i) {
        const auto outcome = static_cast<Outcome>(i);
        if (outcome == Outcome::valid) continue;
        std::string body;
        dialect.append_body(body, outcome, "r-1\"}");
        parsed(body);
        require(body.size() < 1024 * 1024);
    }
}

void check_workspace(const WorkspaceDocument& document) {
    const auto same = parse_workspace_patch("{}", document);
    require(static_cast<bool>(same));
    require(same->document == document);
    std::string text;
    append_workspace(text, {document, 1, 1, {}, {}});
    require(parsed(text).find("slug")->text == document.slug);
    check_dialect(document);
}

WorkspaceDocument some_workspace() {
    WorkspaceDocument document;
    document.slug = "a";
    document.name = "A";
    document.prefix = "a";
    document.environments = {{"live", "live", RateLimit{1, std::chrono::seconds(1)}}};
    document.errors = ErrorDialect{"application/json", R"({"m":{"n":"{message}"}})", {}, {}};
    return document;
}

KeySettings some_settings() {
    KeySettings settings;
    settings.name = "x";
    settings.metadata = R"({"a":{"b":1},"c":[]})";
    settings.rate_limit = RateLimit{5, std::chrono::minutes(1)};
    settings.quota = QuotaLimit{5, std::nullopt};
    return settings;
}

void check_bodies(std::string_view text) {
    if (const auto body = parse_create_key(text); is_read(body)) check_key(body->command);
    if (const auto body = parse_import(text); is_read(body)) {
        require(!body->items.empty());
        for (const CreateKey& item : body->items) check_key(item);
    }
    if (const auto body = parse_change_key(text, some_settings()); is_read(body)) {
        check_settings(body->command.settings);
        require(body->command.changed >> settings_count == 0);
    }
    if (const auto body = parse_workspace(text); is_read(body)) check_workspace(body->document);
    if (const auto body = parse_workspace_patch(text, some_workspace()); is_read(body)) {
        check_workspace(body->document);
    }
    is_read(parse_scopes(text));
    if (const auto body = parse_rotate(text); is_read(body)) require(body->grace <= grace_max);
    if (const auto body = parse_remarks(text); is_read(body)) {
        require(body->reason.size() <= reason_bytes_max);
    }
    if (const auto body = parse_revoke_keys(text); is_read(body)) {
        require(body->owner.has_value() == body->keys.empty());
    }
    if (const auto body = parse_revoke_tokens(text); is_read(body)) {
        require(!body->digests.empty());
    }
}

// Any text as a template, as long as a document may hold it.
void check_template(std::string_view text) {
    WorkspaceDocument document = some_workspace();
    const std::string_view body = text.substr(0, 1000);
    document.errors->body = body;
    document.errors->messages = {{"401", std::string(is_utf8(body) ? body : "")}};
    check_dialect(document);
}

void check_query(std::string_view text) {
    const Timestamp now{};
    QueryReader query(text, {"a", "b", "c", "d", "e", "f"});
    if (const auto word = query.text("a", 100)) require(is_utf8(*word) && word->size() <= 100);
    if (const auto number = query.whole_number("b", 1, 1000)) require(*number - 1 < 1000);
    query.boolean("c");
    query.time("d", now);
    query.moment("e", now);
    query.word("f", {"x", "y"});
    check_faults(query.faults());
    if (const auto segment = decoded_segment(text)) require(segment->size() <= text.size());
    preferred_locale(text);
    is_json_type(text);
}

}  // namespace

}  // namespace keyledger

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    keyledger::check_json(text);
    keyledger::check_bodies(text);
    keyledger::check_template(text);
    keyledger::check_query(text);
    return 0;
}
