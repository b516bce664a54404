#include "projections/export/value_json.hpp"

namespace keyledger {
namespace {

void write_environments(JsonWriter& writer, const std::vector<Environment>& environments) {
    writer.begin_array();
    for (const Environment& environment : environments) {
        writer.begin_object();
        writer.field("name", environment.name).field("tag", environment.tag).key("rateLimit");
        write_rate_limit(writer, environment.rate_limit);
        writer.end_object();
    }
    writer.end_array();
}

void write_catalogue(JsonWriter& writer, const std::vector<ScopeEntry>& scopes) {
    writer.begin_array();
    for (const ScopeEntry& scope : scopes) {
        writer.begin_object().field("name", scope.name).field("description", scope.description);
        writer.end_object();
    }
    writer.end_array();
}

void write_dialect(JsonWriter& writer, const std::optional<ErrorDialect>& dialect) {
    if (!dialect) {
        writer.value(nullptr);
        return;
    }
    const auto write_pairs = [&](std::string_view name, const auto& pairs) {
        writer.key(name).begin_object();
        for (const auto& [code, text] : pairs) writer.field(code, text);
        writer.end_object();
    };
    writer.begin_object().field("contentType", dialect->content_type);
    writer.key("body").raw(dialect->body);
    write_pairs("messages", dialect->messages);
    write_pairs("names", dialect->names);
    writer.end_object();
}

void write_limit(JsonWriter& writer, std::uint64_t limit, std::optional<Duration> window) {
    writer.begin_object().field("limit", limit).key("window");
    if (window)
        writer.value(to_text(*window));
    else
        writer.value(nullptr);
    writer.end_object();
}

}  // namespace

void write_text_or_null(JsonWriter& writer, std::string_view text) {
    if (text.empty())
        writer.value(nullptr);
    else
        writer.value(text);
}

void write_json_or_null(JsonWriter& writer, std::string_view json) {
    if (json.empty())
        writer.value(nullptr);
    else
        writer.raw(json);
}

void write_texts(JsonWriter& writer, std::span<const std::string> texts) {
    writer.begin_array();
    for (const std::string& text : texts) writer.value(text);
    writer.end_array();
}

void write_ranges(JsonWriter& writer, std::span<const AddressRange> ranges) {
    writer.begin_array();
    for (const AddressRange& range : ranges) writer.value(to_text(range));
    writer.end_array();
}

void write_rate_limit(JsonWriter& writer, const std::optional<RateLimit>& limit) {
    if (limit)
        write_limit(writer, limit->limit, limit->window);
    else
        writer.value(nullptr);
}

void write_quota_limit(JsonWriter& writer, const std::optional<QuotaLimit>& limit) {
    if (limit)
        write_limit(writer, limit->limit, limit->window);
    else
        writer.value(nullptr);
}

void write_resource(JsonWriter& writer, const std::optional<Resource>& resource) {
    if (!resource) {
        writer.value(nullptr);
        return;
    }
    writer.begin_object().field("kind", resource->kind).field("id", resource->id).end_object();
}

void write_workspace_members(JsonWriter& writer, const WorkspaceDocument& document,
                             const WorkspaceDocument* other) {
    const auto wanted = [&](auto member) { return !other || document.*member != other->*member; };
    using Document = WorkspaceDocument;
    if (wanted(&Document::slug)) writer.field("slug", document.slug);
    if (wanted(&Document::name)) writer.field("name", document.name);
    if (wanted(&Document::prefix)) writer.field("prefix", document.prefix);
    if (wanted(&Document::environments)) {
        write_environments(writer.key("environments"), document.environments);
    }
    if (wanted(&Document::scopes)) write_catalogue(writer.key("scopes"), document.scopes);
    if (wanted(&Document::empty_scopes)) {
        writer.field("emptyScopes", document.empty_scopes == EmptyScopes::all ? "all" : "none");
    }
    if (wanted(&Document::on_stale)) {
        writer.field("onStale", document.on_stale == OnStale::serve ? "serve" : "deny");
    }
    if (wanted(&Document::locale)) {
        writer.field("locale", document.locale == Locale::es ? "es" : "en");
    }
    if (wanted(&Document::errors)) write_dialect(writer.key("errors"), document.errors);
}

}  // namespace keyledger
