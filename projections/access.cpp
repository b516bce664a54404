#include "projections/access.hpp"

#include "ledger/rules/evolve.hpp"
#include "ledger/rules/judge.hpp"
#include "ledger/rules/scope.hpp"

#include <algorithm>
#include <limits>
#include <span>

namespace keyledger {
namespace {

constexpr std::size_t number_bytes = 8;
// Behind all rows of a group, and before those of the next.
const std::string after_group(number_bytes + 1, '\xff');

std::pair<std::string, std::string> range_of(const std::string& prefix) {
    std::string end = prefix;
    end.back() = '\x01';
    return {prefix, end};
}

// All that can stand in a key's list and covers `scope`, in the rows' order.
std::vector<std::string> covering(const std::string& scope) {
    std::vector<std::string> names{"*", std::string(without_scopes), scope};
    if (const std::size_t colon = scope.find(':'); colon != std::string::npos) {
        names.push_back(scope.substr(0, colon) + ":*");
    }
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

// A key that will only begin is as able as it will be then.
Timestamp begun(const KeyState& key, Timestamp at) {
    return key.not_before ? std::max(at, *key.not_before) : at;
}

}  // namespace

AccessSearch::AccessSearch(const History& history, const Tables& tables, AccessQuestion question,
                           std::string cursor)
    : history_(history),
      tables_(tables),
      question_(std::move(question)),
      cursor_(std::move(cursor)) {
    std::ranges::sort(question_.workspaces);
    for (const std::string& slug : question_.workspaces) add_ranges(slug);
    while (range_ < ranges_.size() && ranges_[range_].second <= cursor_) ++range_;
}

void AccessSearch::add_ranges(const std::string& slug) {
    if (!question_.scope) {
        ranges_.push_back(range_of(access_prefix(slug)));
        return;
    }
    for (const std::string& scope : covering(*question_.scope)) {
        if (!question_.resource) {
            ranges_.push_back(range_of(access_prefix(slug, scope)));
            continue;
        }
        ranges_.push_back(range_of(access_prefix(slug, scope, "")));
        const std::string bound = resource_text(question_.resource);
        ranges_.push_back(range_of(access_prefix(slug, scope, bound)));
    }
}

bool AccessSearch::gather(std::size_t rows_max, std::vector<Candidate>& candidates) const {
    const auto& [first, until] = ranges_[range_];
    const std::string from = cursor_.empty() ? first : std::max(first, cursor_ + after_group);
    std::size_t looked = 0;
    bool more = false;
    history_.log().rows(
        Family::access, from, until, [&](std::string_view row_key, std::string_view sign) {
            const std::optional<AccessRowKey> row = parse_access_row_key(row_key);
            if (!row) return true;  // what a workspace's empty list means
            const std::string_view group = row_key.substr(0, row_key.size() - number_bytes);
            if (candidates.empty() || candidates.back().group != group) {
                more = looked >= rows_max;
                if (more) return false;
                candidates.push_back({std::string(group), false});
            }
            ++looked;
            if (row->seq <= question_.as_of) candidates.back().granted = sign == "+";
            return true;
        });
    return more;
}

std::vector<AccessItem> AccessSearch::step(Budget budget, std::size_t limit) {
    std::vector<AccessItem> items;
    if (at_end() || limit == 0) return items;
    std::vector<Candidate> candidates;
    const bool more = gather(budget.rows, candidates);
    events_read_ = 0;
    for (Candidate& candidate : candidates) {
        if (items.size() == limit || events_read_ >= budget.events) return items;
        if (candidate.granted) {
            const std::string row_key = candidate.group + std::string(number_bytes, '\0');
            std::optional<AccessItem> item = judged(*parse_access_row_key(row_key));
            if (item) items.push_back(std::move(*item));
        }
        cursor_ = std::move(candidate.group);
    }
    if (!more) cursor_ = ranges_[range_++].second;
    return items;
}

std::optional<AccessItem> AccessSearch::judged(const AccessRowKey& row) {
    if (question_.resource && !row.resource.empty() &&
        row.resource != resource_text(question_.resource)) {
        return {};
    }
    std::optional<KeyState> state;
    {
        const ReadGuard reading = tables_.read();
        const KeyEntry* entry = tables_.find_key(row.key);
        if (!entry) return {};
        state = *entry->state.load();
    }
    const bool is_without = row.scope == without_scopes;
    const std::string_view held = is_without ? "*" : row.scope;
    const std::string scope(question_.scope ? *question_.scope : held);
    // Of a key that nothing has happened to yet, its making says all.
    if (state->seq <= question_.as_of && state->revision == 1 && !is_without) {
        if (!is_able(*state, scope, EmptyScopes::none, question_.at)) return {};
        return item_of(row, *state, state->created_seq);
    }
    const std::optional<std::uint64_t> seq = since(row, scope, *state);
    if (!seq) return {};
    const EmptyScopes empty = empty_scopes(row.slug, question_.as_of);
    if (!is_able(*state, scope, empty, question_.at)) return {};
    return item_of(row, *state, *seq);
}

// Nothing where another of its scopes says it more exactly: that one's row has the item.
std::optional<AccessItem> AccessSearch::item_of(const AccessRowKey& row, const KeyState& state,
                                                std::uint64_t since) {
    const bool is_without = row.scope == without_scopes;
    const bool is_less_exact =
        !is_without && question_.scope &&
        std::ranges::any_of(state.scopes, [&](const std::string& scope) {
            return scope > row.scope && covers(scope, *question_.scope);
        });
    if (is_less_exact) return {};
    const std::optional<PastEvent> event = history_.event(since);
    ++events_read_;
    if (!event) return {};
    return AccessItem{.key = row.key,
                      .owner = state.settings.owner,
                      .scope = std::string(is_without ? "" : row.scope),
                      .since_seq = since,
                      .since = event->event.envelope.time,
                      .actor = event->event.envelope.actor};
}

// Address, secret and place are whatever the key allows: asked is what it could do at all.
bool AccessSearch::is_able(const KeyState& key, std::string_view scope, EmptyScopes empty,
                           Timestamp at) const {
    WorkspaceDocument workspace;
    workspace.empty_scopes = empty;
    Question question{
        .workspace = {}, .environment = {}, .scopes = {&scope, 1}, .resource = {}, .address = {}};
    const std::optional<Resource>& resource =
        question_.resource ? question_.resource : key.resource;
    if (resource) question.resource = {resource->kind, resource->id};
    const auto& ranges = key.settings.allowed_ranges;
    if (!ranges.empty()) question.address = ranges.front().base;
    return judge(key, key.secrets.back(), workspace, question, at) == Outcome::valid;
}

// Walks the key's life, with what its workspace made of an empty list meanwhile; leaves `state` as
// it was then.
std::optional<std::uint64_t> AccessSearch::since(const AccessRowKey& row, std::string_view scope,
                                                 KeyState& state) {
    constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();
    std::vector<std::uint64_t> seqs =
        history_.key_events(row.key, 0, no_limit, KeyEvents::life_cycle);
    std::erase_if(seqs, [&](std::uint64_t seq) { return seq > question_.as_of; });
    if (seqs.empty()) return {};
    empty_scopes(row.slug, question_.as_of);
    for (const auto& [seq, meaning] : meanings_.find(row.slug)->second) {
        if (seq > seqs.front()) seqs.push_back(seq);
    }
    std::ranges::sort(seqs);
    std::optional<std::uint64_t> since;
    events_read_ += seqs.size();
    for (const std::uint64_t seq : seqs) {
        const std::optional<PastEvent> past = history_.event(seq);
        if (!past) return {};
        const Timestamp time = past->event.envelope.time;
        const auto* created = std::get_if<KeyCreated>(&past->event.body);
        const bool was_able =
            !created && is_able(state, scope, empty_scopes(row.slug, seq - 1), begun(state, time));
        if (created) {
            state = born(past->event.envelope, *created, past->leaf);
        } else if (key_of(past->event.body)) {
            evolve(state, past->event, past->leaf);
        }
        if (!is_able(state, scope, empty_scopes(row.slug, seq), begun(state, time))) {
            since.reset();
        } else if (!was_able || !since) {
            since = seq;
        }
    }
    return since;
}

EmptyScopes AccessSearch::empty_scopes(std::string_view slug, std::uint64_t seq) {
    auto known = meanings_.find(slug);
    if (known == meanings_.end()) {
        known = meanings_.emplace(slug, history_.empty_scopes(slug, question_.as_of)).first;
    }
    EmptyScopes meaning = EmptyScopes::none;
    for (const auto& [at, what] : known->second) {
        if (at <= seq) meaning = what;
    }
    return meaning;
}

}  // namespace keyledger
