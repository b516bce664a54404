#include "projections/access_rows.hpp"

#include "ledger/base/bytes.hpp"
#include "ledger/rules/overloaded.hpp"

#include <algorithm>
#include <cstring>
#include <span>

namespace keyledger {
namespace {

constexpr char separator = '\0';
constexpr std::string_view workspace_mark = "=";
constexpr std::size_t number_bytes = 8;

using Scopes = std::vector<std::string>;

// Its scopes as the rows name them.
Scopes held(const Scopes& scopes) {
    return scopes.empty() ? Scopes{std::string(without_scopes)} : scopes;
}

class RowMaker {
public:
    RowMaker(std::vector<Row>& rows, const Envelope& envelope, const KeyId& key,
             const std::optional<Resource>& resource)
        : rows_(rows), envelope_(envelope), key_(key), resource_(resource_text(resource)) {}

    // Those of `scopes` that are not in `others`.
    void add(const Scopes& scopes, const Scopes& others, std::string_view sign) const {
        for (const std::string& scope : scopes) {
            if (std::ranges::find(others, scope) != others.end()) continue;
            std::string row_key = access_prefix(envelope_.workspace, scope, resource_);
            row_key.append(reinterpret_cast<const char*>(key_.uuid.data()), key_.uuid.size());
            append_u64(row_key, envelope_.seq);
            rows_.push_back({Family::access, std::move(row_key), std::string(sign)});
        }
    }

private:
    std::vector<Row>& rows_;
    const Envelope& envelope_;
    KeyId key_;
    std::string resource_;
};

void append_workspace_row(std::vector<Row>& rows, std::uint64_t seq,
                          const WorkspaceDocument& document) {
    std::string row_key = workspace_prefix(document.slug);
    append_u64(row_key, seq);
    const bool all = document.empty_scopes == EmptyScopes::all;
    rows.push_back({Family::access, std::move(row_key), all ? "a" : "n"});
}

}  // namespace

std::string resource_text(const std::optional<Resource>& resource) {
    return resource ? resource->kind + '/' + resource->id : std::string();
}

std::string access_prefix(std::string_view slug) {
    return std::string(slug) + separator;
}

std::string access_prefix(std::string_view slug, std::string_view scope) {
    return access_prefix(slug).append(scope) + separator;
}

std::string access_prefix(std::string_view slug, std::string_view scope,
                          std::string_view resource) {
    return access_prefix(slug, scope).append(resource) + separator;
}

std::string workspace_prefix(std::string_view slug) {
    return access_prefix(slug, workspace_mark);
}

std::string workspace_prefix_end(std::string_view slug) {
    std::string end = workspace_prefix(slug);
    end.back() = separator + 1;
    return end;
}

void append_access_rows(std::vector<Row>& rows, const Event& event, const KeyState* before) {
    const Envelope& envelope = event.envelope;
    std::visit(
        Overloaded{
            [&](const WorkspaceCreated& e) {
                append_workspace_row(rows, envelope.seq, e.document);
            },
            [&](const WorkspaceChanged& e) { append_workspace_row(rows, envelope.seq, e.after); },
            [&](const KeyCreated& e) {
                RowMaker(rows, envelope, e.key, e.resource).add(held(e.scopes), {}, "+");
            },
            [&](const KeyScoped& e) {
                if (!before || before->revoked_at) return;
                const RowMaker maker(rows, envelope, e.key, before->resource);
                maker.add(held(e.before), held(e.after), "-");
                maker.add(held(e.after), held(e.before), "+");
            },
            [&](const KeyRevoked& e) {
                if (!before) return;
                const RowMaker maker(rows, envelope, e.key, before->resource);
                maker.add(held(before->scopes), {}, "-");
            },
            [](const auto&) {},  // changes no hold on a scope
        },
        event.body);
}

std::optional<AccessRowKey> parse_access_row_key(std::string_view row_key) {
    AccessRowKey parsed;
    for (std::string_view* part : {&parsed.slug, &parsed.scope, &parsed.resource}) {
        const std::size_t end = row_key.find(separator);
        if (end == std::string_view::npos) return {};
        *part = row_key.substr(0, end);
        row_key.remove_prefix(end + 1);
        if (part == &parsed.scope && parsed.scope == workspace_mark) return {};
    }
    if (row_key.size() != parsed.key.uuid.size() + number_bytes) return {};
    std::memcpy(parsed.key.uuid.data(), row_key.data(), parsed.key.uuid.size());
    parsed.seq = load_u64(row_key.substr(parsed.key.uuid.size()));
    return parsed;
}

}  // namespace keyledger
