#include "http/text/error_dialect.hpp"

#include "http/admin/problem.hpp"
#include "http/json_document.hpp"
#include "http/text/messages.hpp"
#include "ledger/base/json_writer.hpp"

#include <algorithm>
#include <cassert>

namespace keyledger {
namespace {

constexpr std::array<std::string_view, 5> placeholders{"{status}", "{message}", "{code}", "{name}",
                                                       "{requestId}"};
constexpr std::string_view status_placeholder = placeholders[0];
constexpr std::string_view request_id_placeholder = placeholders[4];

// RFC 9457, for workspaces that have no dialect of their own.
constexpr std::string_view problem_template =
    R"({"type":"urn:keyledger:problem:{code}","title":"{name}","status":"{status}",)"
    R"("detail":"{message}","code":"{code}","requestId":"{requestId}"})";

// What stands for the placeholders but the request id, in their order.
using Fillings = std::array<std::string, 4>;

// The placeholder that `text` begins with, as its place in `placeholders`; else their number.
std::size_t placeholder_at(std::string_view text) {
    const auto* found = std::ranges::find_if(
        placeholders, [&](std::string_view placeholder) { return text.starts_with(placeholder); });
    return static_cast<std::size_t>(found - placeholders.begin());
}

// The text as it stands within a JSON string.
std::string escaped(std::string_view text) {
    std::string quoted;
    JsonWriter(quoted).value(text);
    return quoted.substr(1, quoted.size() - 2);
}

bool needs_no_escape(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-';
    });
}

// Writes a template as JSON, filled in.
class Compiler {
public:
    explicit Compiler(const Fillings& fillings) : fillings_(fillings) {}

    void add(const JsonValue& value) {
        switch (value.kind) {
            case JsonKind::string: add_string(value.text); return;
            case JsonKind::array: add_items(value, '[', ']'); return;
            case JsonKind::object: add_items(value, '{', '}'); return;
            case JsonKind::null:
            case JsonKind::boolean:
            case JsonKind::number: append_json(pieces_.back(), value); return;
        }
    }

    std::vector<std::string> pieces() { return std::move(pieces_); }

private:
    void add_items(const JsonValue& value, char open, char close) {
        char separator = open;
        for (const JsonValue& item : value.items) {
            pieces_.back().push_back(separator);
            separator = ',';
            if (value.kind == JsonKind::object) {
                JsonWriter(pieces_.back()).key(item.name);
            }
            add(item);
        }
        if (value.items.empty()) pieces_.back().push_back(open);
        pieces_.back().push_back(close);
    }

    void add_string(std::string_view text) {
        if (text == status_placeholder) {
            pieces_.back() += fillings_[0];
            return;
        }
        pieces_.back().push_back('"');
        std::size_t plain = 0;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t which =
                text[at] == '{' ? placeholder_at(text.substr(at)) : placeholders.size();
            if (which == placeholders.size()) {
                ++at;
                continue;
            }
            pieces_.back() += escaped(text.substr(plain, at - plain));
            at += placeholders[which].size();
            plain = at;
            if (placeholders[which] == request_id_placeholder)
                pieces_.emplace_back();
            else
                pieces_.back() += escaped(fillings_[which]);
        }
        pieces_.back() += escaped(text.substr(plain));
        pieces_.back().push_back('"');
    }

    const Fillings& fillings_;
    std::vector<std::string> pieces_{1};
};

std::string_view look_up(const std::vector<std::pair<std::string, std::string>>* texts,
                         Outcome outcome, std::string_view otherwise) {
    if (!texts) return otherwise;
    const std::string status = std::to_string(status_of(outcome));
    for (const std::string_view wanted : {to_text(outcome), std::string_view(status)}) {
        const auto found = std::ranges::find(
            *texts, wanted, [](const auto& pair) -> std::string_view { return pair.first; });
        if (found != texts->end()) return found->second;
    }
    return otherwise;
}

Fillings fillings_of(const WorkspaceDocument& document, const ErrorDialect* dialect,
                     Outcome outcome) {
    const std::string_view message =
        look_up(dialect ? &dialect->messages : nullptr, outcome, text_of(document.locale, outcome));
    const std::string_view name =
        look_up(dialect ? &dialect->names : nullptr, outcome, title_of(document.locale, outcome));
    return {std::to_string(status_of(outcome)), std::string(message), std::string(to_text(outcome)),
            std::string(name)};
}

}  // namespace

std::size_t count_placeholders(const JsonValue& body) {
    std::size_t count = 0;
    if (body.kind == JsonKind::string) {
        const std::string_view text = body.text;
        for (std::size_t at = text.find('{'); at != std::string_view::npos;
             at = text.find('{', at + 1)) {
            if (placeholder_at(text.substr(at)) < placeholders.size()) ++count;
        }
    }
    for (const JsonValue& item : body.items) count += count_placeholders(item);
    return count;
}

CompiledDialect::CompiledDialect(const WorkspaceDocument& document) {
    FaultList faults;
    const ErrorDialect* dialect = document.errors ? &*document.errors : nullptr;
    std::optional<JsonValue> body;
    if (dialect) body = parse_json(dialect->body, faults);
    if (!body || !faults.empty()) {
        dialect = nullptr;
        body = parse_json(problem_template, faults);
        assert(body);
    }
    content_type_ = dialect ? dialect->content_type : std::string(problem_content_type);
    for (std::size_t i = 0; i < outcomes_count; ++i) {
        const auto outcome = static_cast<Outcome>(i);
        if (outcome == Outcome::valid) continue;
        const Fillings fillings = fillings_of(document, dialect, outcome);
        Compiler compiler(fillings);
        compiler.add(*body);
        pieces_[i] = compiler.pieces();
    }
}

void CompiledDialect::append_body(std::string& out, Outcome outcome,
                                  std::string_view request_id) const {
    assert(outcome != Outcome::valid);
    const std::vector<std::string>& pieces = pieces_[static_cast<std::size_t>(outcome)];
    out += pieces.front();
    if (pieces.size() == 1) return;
    std::string safe;
    if (!needs_no_escape(request_id)) {
        safe = escaped(request_id);
        request_id = safe;
    }
    for (std::size_t i = 1; i < pieces.size(); ++i) {
        out += request_id;
        out += pieces[i];
    }
}

}  // namespace keyledger
