#include "http/data/checker.hpp"

#include "ledger/rules/secret.hpp"

#include <algorithm>
#include <optional>

namespace keyledger {
namespace {

// The scopes asked for, as one text for the count. Most checks ask for none or one.
std::string_view joined(std::span<const std::string_view> scopes, std::string& buffer) {
    if (scopes.empty()) return {};
    if (scopes.size() == 1) return scopes.front();
    buffer.clear();
    for (const std::string_view scope : scopes) {
        if (!buffer.empty()) buffer += ',';
        buffer += scope;
    }
    return buffer;
}

}  // namespace

Timestamp Checker::now() const {
    return std::max(clock_.now(), tables_.ledger_time());
}

// While any key was imported, an old key may look native with a checksum that is wrong.
bool Checker::look_up(std::string_view token, Checked& checked) const {
    checked.outcome = Outcome::malformed;
    if (token.empty() || token.size() > token_bytes_max) return false;
    if (!tables_.has_imported() && !inspect_token(token)) return false;
    const Digest digest = digest_of_token(token);
    checked.key = tables_.find_digest(digest);
    if (!checked.key) {
        if (inspect_token(token)) checked.outcome = Outcome::unknown;
        return false;
    }
    checked.state = checked.key->state.load();
    checked.use = checked.key->use.load();
    checked.secret = find_secret(*checked.state, digest);
    const WorkspaceState* workspace = checked.key->workspace.state.load();
    checked.workspace = &workspace->document;
    checked.workspace_revision = workspace->revision;
    checked.rate = effective_rate_limit(*checked.state, *checked.workspace);
    if (checked.secret) return true;
    // Forgotten between the two look-ups, as the oldest of very many.
    checked = {};
    return false;
}

void Checker::note_rate(Checked& checked) {
    if (checked.rate)
        checked.rate_remaining = checked.key->rate.remaining(*checked.rate, checked.now);
}

void Checker::count(const Asked& asked, const Checked& checked, bool spends,
                    std::size_t thread) const {
    thread_local std::string scopes;
    thread_local std::string resource;
    resource.clear();
    if (asked.question.resource) {
        resource.append(asked.question.resource->kind)
            .append("/")
            .append(asked.question.resource->id);
    }
    const auto& address = asked.question.address;
    uses_.count(thread, {.key = checked.key,
                         .secret_version = checked.secret ? checked.secret->version : 0,
                         .outcome = checked.outcome,
                         .scope = joined(asked.question.scopes, scopes),
                         .resource = resource,
                         .address = address ? &*address : nullptr,
                         .spends = spends,
                         .time = checked.now});
}

const Checked& Checker::noted(const Checked& checked, std::size_t thread) const {
    auto& count = outcomes_[thread].counts[static_cast<std::size_t>(checked.outcome)];
    count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return checked;
}

std::uint64_t Checker::outcome_count(Outcome outcome) const {
    std::uint64_t sum = 0;
    for (const Outcomes& thread : outcomes_) {
        sum += thread.counts[static_cast<std::size_t>(outcome)].load(std::memory_order_relaxed);
    }
    return sum;
}

// The table first and the clock after it: a thread that was held up in between sees a later time,
// never an older record.
Checked Checker::check(const Asked& asked, Spend spend, std::size_t thread) const {
    Checked checked;
    const bool known = look_up(asked.token, checked);
    checked.now = now();
    if (!known) return noted(checked, thread);
    checked.outcome =
        judge(*checked.state, *checked.secret, *checked.workspace, asked.question, checked.now);
    const bool valid = checked.outcome == Outcome::valid;
    const bool spending = valid && spend == Spend::window_and_quota;
    if (spending && (checked.state->settings.quota || asked.durable)) {
        checked.needs_commit = true;
        return checked;
    }
    if (spending && checked.rate) {
        const auto left = checked.key->rate.take(*checked.rate, checked.now);
        if (!left) checked.outcome = Outcome::rate_limited;
        checked.rate_remaining = left.value_or(0);
    } else {
        note_rate(checked);
    }
    count(asked, checked, spending && checked.outcome == Outcome::valid, thread);
    return noted(checked, thread);
}

std::optional<ResourceView> Checker::own_resource(std::string_view token) const {
    const KeyEntry* entry = tables_.find_digest(digest_of_token(token));
    if (!entry) return {};
    const std::optional<Resource>& own = entry->state.load()->resource;
    return own ? std::optional(ResourceView{own->kind, own->id}) : std::nullopt;
}

UseKey Checker::command_for(const Asked& asked) const {
    const Question& question = asked.question;
    UseKey command;
    command.digest = digest_of_token(asked.token);
    if (question.workspace) command.workspace = std::string(*question.workspace);
    if (question.environment) command.environment = std::string(*question.environment);
    command.scopes.assign(question.scopes.begin(), question.scopes.end());
    if (question.resource) {
        command.resource =
            Resource{std::string(question.resource->kind), std::string(question.resource->id)};
    }
    command.address = question.address;
    command.record_address = uses_.detail() == UsageDetail::each;
    command.cost = asked.cost;
    return command;
}

Checked Checker::after_commit(const Asked& asked, const UseVerdict& verdict,
                              std::size_t thread) const {
    Checked checked;
    const bool known = look_up(asked.token, checked);
    checked.now = now();
    if (!known) return noted(checked, thread);
    checked.outcome = verdict.outcome;
    note_rate(checked);
    if (checked.state->settings.quota) checked.quota_remaining = verdict.quota_remaining;
    if (verdict.outcome != Outcome::valid) count(asked, checked, false, thread);
    return noted(checked, thread);
}

}  // namespace keyledger
