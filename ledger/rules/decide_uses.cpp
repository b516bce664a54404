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

// Rows that speak of the same key keep together: one event holds all of them, or, where they are
// too many, several that follow each other.
std::size_t key_rows(const std::vector<UseRow>& rows, std::size_t first) {
    std::size_t last = first;
    while (last < rows.size() && rows[last].key == rows[first].key) ++last;
    return last - first;
}

std::size_t stored_bytes(const std::vector<UseRow>& rows, std::size_t first, std::size_t end) {
    constexpr std::size_t fixed_bytes = 176;  // a row without its texts, with their pointers
    std::size_t bytes = 0;
    for (std::size_t i = first; i < end; ++i) {
        bytes += fixed_bytes + rows[i].scope.size() + rows[i].resource.size();
    }
    return bytes;
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
               const Secret& secret, const WorkspaceDocument& workspace) {
    const std::vector<std::string_view> scopes(command.scopes.begin(), command.scopes.end());
    Question question{.workspace = {},
                      .environment = {},
                      .scopes = scopes,
                      .resource = {},
                      .address = command.address};
    if (command.workspace) question.workspace = *command.workspace;
    if (command.environment) question.environment = *command.environment;
    if (command.resource) question.resource = {command.resource->kind, command.resource->id};
    return judge(key, secret, workspace, question, given.now);
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

UseRow row_of(const Circumstances& given, const UseKey& command, const KeyState& key,
              const Secret& secret) {
    const KeyUse& use = given.state.use(key.id);
    UseRow row;
    row.key = key.id;
    row.secret_version = secret.version;
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
    const KeyState* key = key_of_token(given, command.digest);
    if (!key) return decision;
    const Secret& secret = *find_secret(*key, command.digest);
    const WorkspaceState* workspace = given.state.workspace(key->workspace);
    assert(workspace);
    decision.use.key = key->id;
    decision.use.secret_version = secret.version;
    decision.use.outcome = judged(given, command, *key, secret, workspace->document);
    if (decision.use.outcome != Outcome::valid) return decision;
    decision.use.outcome = spent(given, command, *key, workspace->document);
    const auto& quota = key->settings.quota;
    if (quota) {
        decision.use.quota_remaining = quota_remaining(*quota, given.state.use(key->id), given.now);
    }
    if (decision.use.outcome != Outcome::valid) return decision;
    if (quota) decision.use.quota_remaining -= command.cost;
    KeysUsed used;
    used.rows.push_back(row_of(given, command, *key, secret));
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
    const auto end_event = [&] {
        decision.events.push_back(on_uses_stream(std::move(used)));
        used = {.flush = flush, .rows = {}};
        used_bytes = 0;
    };
    for (std::size_t first = 0; first < rows.size();) {
        const std::size_t end = first + key_rows(rows, first);
        if (!used.rows.empty() &&
            used_bytes + stored_bytes(rows, first, end) > use_rows_bytes_max) {
            end_event();
        }
        const KeyUse& use = given.state.use(rows[first].key);
        std::uint64_t total = use.total;
        std::uint64_t prev_seq = use.last_seq;
        for (; first < end; ++first) {
            const std::size_t bytes = stored_bytes(rows, first, first + 1);
            if (!used.rows.empty() && used_bytes + bytes > use_rows_bytes_max) {
                prev_seq = given.state.next_seq() + decision.events.size();
                end_event();
            }
            total += rows[first].count;
            rows[first].total = total;
            rows[first].prev_seq = prev_seq;
            used.rows.push_back(std::move(rows[first]));
            used_bytes += bytes;
        }
    }
    if (!used.rows.empty()) decision.events.push_back(on_uses_stream(std::move(used)));
    return decision;
}

}  // namespace keyledger
