#include "ledger/rules/decide_uses.hpp"

#include <algorithm>
#include <cassert>

namespace keyledger {
namespace {

Draft on_uses_stream(KeysUsed used) {
    return {.workspace = std::string(system_slug),
            .stream = {.kind = StreamKind::uses, .key = {}},
            .body = std::move(used)};
}

// Rows that speak of the same key keep together, so that one event holds all of them.
std::size_t key_rows(const std::vector<UseRow>& rows, std::size_t first) {
    std::size_t last = first;
    while (last < rows.size() && rows[last].key == rows[first].key) ++last;
    return last - first;
}

std::size_t stored_bytes(const UseRow& row) {
    constexpr std::size_t fixed_bytes = 176;  // a row without its texts, with their pointers
    return fixed_bytes + row.scope.size() + row.resource.size();
}

std::string joined(const std::vector<std::string>& scopes) {
    std::string text;
    for (const std::string& scope : scopes) {
        if (!text.empty()) text += ',';
        text += scope;
    }
    return text;
}

Outcome judged(const Circumstances& given, const UseKey& command, const KeyState& key,
               const WorkspaceDocument& workspace) {
    const Secret* secret = find_secret(key, command.digest);
    assert(secret);
    const std::vector<std::string_view> scopes(command.scopes.begin(), command.scopes.end());
    Question question{.workspace = {},
                      .environment = {},
                      .scopes = scopes,
                      .resource = {},
                      .address = command.address};
    if (command.workspace) question.workspace = *command.workspace;
    if (command.environment) question.environment = *command.environment;
    if (command.resource) question.resource = {command.resource->kind, command.resource->id};
    return judge(key, *secret, workspace, question, given.now);
}

// Rate and quota together, so that a denial by either spends neither.
Outcome spent(const Circumstances& given, const UseKey& command, const KeyState& key,
              const WorkspaceDocument& workspace) {
    const RateLimit* rate = effective_rate_limit(key, workspace);
    if (rate && !given.state.rate_open(key.id, *rate, given.now)) return Outcome::rate_limited;
    const auto& quota = key.settings.quota;
    if (quota && quota_remaining(*quota, given.state.use(key.id), given.now) < command.cost) {
        return Outcome::quota_exceeded;
    }
    if (rate && !given.state.take_rate(key.id, *rate, given.now)) return Outcome::rate_limited;
    return Outcome::valid;
}

UseRow row_of(const Circumstances& given, const UseKey& command, const KeyState& key) {
    const KeyUse& use = given.state.use(key.id);
    UseRow row;
    row.key = key.id;
    row.secret_version = find_secret(key, command.digest)->version;
    row.scope = joined(command.scopes);
    if (command.resource) row.resource = command.resource->kind + '/' + command.resource->id;
    if (command.record_address && command.address) row.address = to_text(*command.address);
    row.count = 1;
    row.spent = 1;
    row.cost = key.settings.quota ? command.cost : 0;
    row.first = row.last = given.now;
    row.total = use.total + 1;
    row.prev_seq = use.last_seq;
    return row;
}

}  // namespace

Result<Decision> use_key(const Circumstances& given, const UseKey& command) {
    Decision decision;
    const KeyState* key = given.state.key_of_digest(command.digest);
    if (!key) return decision;
    const WorkspaceState* workspace = given.state.workspace(key->workspace);
    assert(workspace);
    decision.use.key = key->id;
    decision.use.secret_version = find_secret(*key, command.digest)->version;
    decision.use.outcome = judged(given, command, *key, workspace->document);
    if (decision.use.outcome != Outcome::valid) return decision;
    decision.use.outcome = spent(given, command, *key, workspace->document);
    const auto& quota = key->settings.quota;
    if (quota) {
        decision.use.quota_remaining =
            quota_remaining(*quota, given.state.use(key->id), given.now);
    }
    if (decision.use.outcome != Outcome::valid) return decision;
    if (quota) decision.use.quota_remaining -= command.cost;
    KeysUsed used;
    used.rows.push_back(row_of(given, command, *key));
    decision.events.push_back(on_uses_stream(std::move(used)));
    return decision;
}

Result<Decision> record_uses(const Circumstances& given, const RecordUses& command) {
    Decision decision;
    const FlushTag& flush = command.flush;
    if (flush.number <= given.state.last_flush(flush.node, flush.boot)) return decision;
    std::vector<UseRow> rows = command.rows;
    std::ranges::stable_sort(rows, {}, &UseRow::key);
    KeysUsed used{.flush = flush, .rows = {}};
    std::size_t used_bytes = 0;
    for (std::size_t first = 0; first < rows.size();) {
        const std::size_t count = key_rows(rows, first);
        const KeyUse& use = given.state.use(rows[first].key);
        std::uint64_t total = use.total;
        std::size_t group_bytes = 0;
        for (std::size_t i = first; i < first + count; ++i) {
            total += rows[i].count;
            rows[i].total = total;
            rows[i].prev_seq = use.last_seq;
            group_bytes += stored_bytes(rows[i]);
        }
        if (!used.rows.empty() && used_bytes + group_bytes > use_rows_bytes_max) {
            decision.events.push_back(on_uses_stream(std::move(used)));
            used = {.flush = flush, .rows = {}};
            used_bytes = 0;
        }
        used.rows.insert(used.rows.end(), rows.begin() + static_cast<std::ptrdiff_t>(first),
                         rows.begin() + static_cast<std::ptrdiff_t>(first + count));
        used_bytes += group_bytes;
        first += count;
    }
    if (!used.rows.empty()) decision.events.push_back(on_uses_stream(std::move(used)));
    return decision;
}

}  // namespace keyledger
