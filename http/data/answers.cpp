#include "http/data/answers.hpp"

#include "http/admin/documents.hpp"
#include "ledger/base/json_writer.hpp"
#include "projections/export/value_json.hpp"

#include <algorithm>
#include <charconv>

namespace keyledger {
namespace {

// A quota that never refills: whoever obeys Retry-After asks once a day.
constexpr std::uint64_t retry_never_seconds = 86'400;

std::uint64_t epoch_seconds(Timestamp time) {
    return static_cast<std::uint64_t>(
        std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
}

struct RateState {
    std::uint32_t limit;
    std::uint32_t remaining;
    Timestamp reset;
};

RateState rate_state(const Checked& checked) {
    return {checked.rate->limit, checked.rate_remaining,
            window_end(checked.now, checked.rate->window)};
}

std::uint64_t seconds_until(Timestamp until, Timestamp now) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(until - now).count();
    return static_cast<std::uint64_t>(std::max<std::int64_t>(left, 1));
}

void append_number(std::string& out, std::uint64_t number) {
    char digits[20];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

// X-RateLimit-*, and the fields of draft-ietf-httpapi-ratelimit-headers.
void append_rate_headers(std::string& headers, const Checked& checked) {
    if (!checked.rate) return;
    const RateState rate = rate_state(checked);
    append_header(headers, "X-RateLimit-Limit", std::uint64_t{rate.limit});
    append_header(headers, "X-RateLimit-Remaining", std::uint64_t{rate.remaining});
    append_header(headers, "X-RateLimit-Reset", epoch_seconds(rate.reset));
    headers += "RateLimit-Policy: \"default\";q=";
    append_number(headers, rate.limit);
    headers += ";w=";
    append_number(headers,
                  static_cast<std::uint64_t>(
                      std::chrono::ceil<std::chrono::seconds>(checked.rate->window).count()));
    headers += "\r\nRateLimit: \"default\";r=";
    append_number(headers, rate.remaining);
    headers += ";t=";
    append_number(headers, seconds_until(rate.reset, checked.now));
    headers += "\r\n";
}

void append_encoded_header(std::string& headers, std::string_view name, std::string_view value) {
    headers.append(name).append(": ");
    append_percent_encoded(headers, value);
    headers += "\r\n";
}

void append_rate(std::string& out, const Checked& checked) {
    if (!checked.rate) {
        out += "null";
        return;
    }
    const RateState rate = rate_state(checked);
    out += R"({"limit":)";
    append_number(out, rate.limit);
    out += R"(,"remaining":)";
    append_number(out, rate.remaining);
    out += R"(,"reset":)";
    append_number(out, epoch_seconds(rate.reset));
    out += '}';
}

// What this check left, although others may have spent more since.
void write_quota(JsonWriter& writer, const Checked& checked) {
    const auto& quota = checked.state->settings.quota;
    writer.key("quota");
    if (!quota) {
        writer.value(nullptr);
        return;
    }
    KeyUse use = *checked.use;
    if (checked.quota_remaining) {
        use.quota_window = quota->window ? window_index(checked.now, *quota->window) : 0;
        use.quota_spent = quota->limit - std::min(*checked.quota_remaining, quota->limit);
    }
    write_quota_state(writer, *checked.state, use, checked.now);
}

// What nearly all checks are answered, many thousand times a second: so most of it is put in as it
// is. Ids, slugs, names and scopes are of letters that JSON never escapes; an owner is any text.
void append_valid(std::string& body, const Checked& checked) {
    const KeyState& key = *checked.state;
    body += R"({"valid":true,"code":"valid","keyId":")";
    append_text(body, key.id);
    body.append(R"(","workspace":")").append(key.workspace);
    body.append(R"(","environment":")").append(key.environment).append(R"(","owner":)");
    JsonWriter writer(body);
    write_text_or_null(writer, key.settings.owner);
    std::string_view before = R"(,"scopes":[")";
    for (const std::string& scope : key.scopes) {
        body.append(before).append(scope);
        before = R"(",")";
    }
    body += key.scopes.empty() ? R"(,"scopes":[],"metadata":)" : R"("],"metadata":)";
    body += key.settings.metadata.empty() ? std::string_view("null") : key.settings.metadata;
    body += R"(,"rateLimit":)";
    append_rate(body, checked);
    write_quota(writer, checked);
    writer.end_object();
}

}  // namespace

const CompiledDialect& DialectCache::of(const WorkspaceDocument& workspace, std::uint64_t revision,
                                        std::size_t thread) {
    Compiled& compiled = threads_[thread][workspace.slug];
    if (!compiled.dialect || compiled.revision != revision) {
        compiled.dialect = std::make_unique<CompiledDialect>(workspace);
        compiled.revision = revision;
    }
    return *compiled.dialect;
}

void answer_verify(Exchange& exchange, const Checked& checked, const Asked& asked) {
    Response& response = exchange.response;
    response.content_type = json_content_type;
    response.body.clear();
    if (checked.outcome == Outcome::valid) {
        append_valid(response.body, checked);
        return;
    }
    JsonWriter writer(response.body);
    writer.begin_object().field("valid", false).field("code", to_text(checked.outcome));
    if (checked.state) writer.field("keyId", to_text(checked.state->id));
    if (checked.outcome == Outcome::insufficient_scope) {
        writer.key("missingScopes").begin_array();
        for (const std::string_view scope :
             missing_scopes(*checked.state, *checked.workspace, asked.question.scopes)) {
            writer.value(scope);
        }
        writer.end_array();
    }
    if (checked.outcome == Outcome::rate_limited || checked.outcome == Outcome::quota_exceeded) {
        std::string rate;
        append_rate(rate, checked);
        writer.key("rateLimit").raw(rate);
        write_quota(writer, checked);
    }
    writer.end_object();
}

void answer_introspect(Exchange& exchange, const Checked& checked) {
    Response& response = exchange.response;
    response.content_type = json_content_type;
    response.body.clear();
    append_header(response.headers, "Cache-Control", "no-store");
    JsonWriter writer(response.body);
    const bool active = checked.outcome == Outcome::valid;
    writer.begin_object().field("active", active);
    if (active) {
        const KeyState& key = *checked.state;
        const std::string id = to_text(key.id);
        std::string scopes;
        for (const std::string& scope : key.scopes) {
            if (!scopes.empty()) scopes += ' ';
            scopes += scope;
        }
        const std::string& owner = key.settings.owner;
        writer.field("scope", std::string_view(scopes));
        writer.field("client_id", std::string_view(owner.empty() ? id : owner));
        writer.field("sub", std::string_view(id)).field("jti", std::string_view(id));
        writer.field("aud", std::string_view(key.workspace)).field("token_type", "Bearer");
        writer.field("iat", epoch_seconds(checked.secret->created_at));
        if (key.not_before) writer.field("nbf", epoch_seconds(*key.not_before));
        // The earlier of the key's end and of this secret's grace.
        std::optional<Timestamp> ends = key.settings.expires_at;
        const auto& secret_ends = checked.secret->valid_until;
        if (secret_ends && (!ends || *secret_ends < *ends)) ends = secret_ends;
        if (ends) writer.field("exp", epoch_seconds(*ends));
        writer.field("environment", std::string_view(key.environment));
        writer.field("name", std::string_view(key.settings.name));
    }
    writer.end_object();
}

void answer_allowed(Exchange& exchange, const Checked& checked) {
    Response& response = exchange.response;
    const KeyState& key = *checked.state;
    std::string& headers = response.headers;
    headers += "X-Key-Id: ";
    append_text(headers, key.id);
    headers += "\r\n";
    append_encoded_header(headers, "X-Key-Owner", key.settings.owner);
    append_encoded_header(headers, "X-Key-Environment", key.environment);
    headers += "X-Key-Scopes: ";
    for (std::size_t i = 0; i < key.scopes.size(); ++i) {
        if (i > 0) headers += ',';
        headers += key.scopes[i];
    }
    headers += "\r\n";
    append_encoded_header(headers, "X-Key-Name", key.settings.name);
    append_encoded_header(headers, "X-Key-Workspace", key.workspace);
    append_rate_headers(headers, checked);
    append_header(headers, "Cache-Control", "no-store");
    response.status = 200;
    response.content_type = {};
    response.body.clear();
}

void answer_denied(Exchange& exchange, const Denial& denial) {
    Response& response = exchange.response;
    std::string& headers = response.headers;
    response.status = status_of(denial.outcome);
    response.content_type = {};
    response.body.clear();
    denial.dialect.append_body(response.body, denial.outcome, exchange.request_id);
    append_header(headers, "Content-Type", denial.dialect.content_type());
    append_header(headers, "X-Keyledger-Code", to_text(denial.outcome));
    append_header(headers, "Cache-Control", "no-store");
    if (response.status == 401) {
        headers.append("WWW-Authenticate: Bearer realm=\"")
            .append(denial.workspace.slug)
            .append("\"");
        if (denial.outcome != Outcome::missing) headers += ", error=\"invalid_token\"";
        headers += "\r\n";
    }
    if (response.status == 429) {
        append_header(headers, "Retry-After",
                      denial.checked ? retry_after_seconds(denial.outcome, *denial.checked) : 1);
    }
    if (denial.checked) append_rate_headers(headers, *denial.checked);
}

void append_percent_encoded(std::string& out, std::string_view text) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > 0x20 && byte < 0x7f && c != '%') {
            out += c;
        } else {
            out += '%';
            out += hex[byte >> 4];
            out += hex[byte & 15];
        }
    }
}

std::uint64_t retry_after_seconds(Outcome outcome, const Checked& checked) {
    if (outcome == Outcome::rate_limited && checked.rate) {
        return seconds_until(window_end(checked.now, checked.rate->window), checked.now);
    }
    if (outcome == Outcome::quota_exceeded && checked.state && checked.state->settings.quota) {
        const auto& window = checked.state->settings.quota->window;
        return window ? seconds_until(window_end(checked.now, *window), checked.now)
                      : retry_never_seconds;
    }
    return 1;
}

}  // namespace keyledger
