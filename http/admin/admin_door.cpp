#include "http/admin/admin_door.hpp"

#include "ledger/base/sha256.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace keyledger {
namespace {

namespace asio = boost::asio;

constexpr std::size_t idempotency_key_bytes_max = 255;

bool is_idempotency_key(std::string_view text) {
    return !text.empty() && text.size() <= idempotency_key_bytes_max &&
           std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

void answer_bad_header(Exchange& exchange, std::string name, FieldProblem problem) {
    const FieldFault fault{std::move(name), problem, {}, FaultPlace::header};
    answer_problem(exchange, std::span<const FieldFault>(&fault, 1));
}

// Of another caller, method or path, the same Idempotency-Key is another one.
Digest idempotency_slot(const Request& request, const KeyId& caller, std::string_view key) {
    const std::string id = to_text(caller);
    return sha256({id, "\n", request.method_text, "\n", request.path, "\n", key});
}

}  // namespace

bool is_bound_elsewhere(const Caller& caller, std::string_view workspace) {
    const auto& bound = caller.authority.bound_workspace;
    return bound && *bound != workspace;
}

std::string etag_of(std::uint64_t revision) {
    return '"' + std::to_string(revision) + '"';
}

bool AdminDoor::has_type(Exchange& exchange, BodyType type) const {
    const Request& request = exchange.request;
    if (request.body.empty()) return true;
    std::string_view sent = header(request, "Content-Type").value_or("");
    sent = sent.substr(0, sent.find(';'));
    while (!sent.empty() && sent.back() == ' ') sent.remove_suffix(1);
    if (equal_ignoring_case(sent, json_content_type)) return true;
    if (type == BodyType::merge_patch &&
        equal_ignoring_case(sent, "application/merge-patch+json")) {
        return true;
    }
    answer_problem(exchange, ApiError::unsupported_media_type);
    return false;
}

bool AdminDoor::read_if_match(Exchange& exchange, std::optional<std::uint64_t>& revision) const {
    const auto field = header(exchange.request, "If-Match");
    if (header_count(exchange.request, "If-Match") > 1) {
        answer_bad_header(exchange, "If-Match", FieldProblem::repeated_header);
        return false;
    }
    if (!field || *field == "*") return true;
    const bool quoted = field->size() > 2 && field->front() == '"' && field->back() == '"';
    std::uint64_t number = 0;
    if (quoted) {
        const char* end = field->data() + field->size() - 1;
        const auto [stop, error] = std::from_chars(field->data() + 1, end, number);
        if (error == std::errc{} && stop == end) {
            revision = number;
            return true;
        }
        // A tag that we never gave out matches nothing.
        answer_problem(exchange, Rejection{Refusal::stale_revision});
        return false;
    }
    answer_bad_header(exchange, "If-Match", FieldProblem::not_a_revision);
    return false;
}

std::optional<Submission> AdminDoor::submission(Exchange& exchange, const Caller& caller,
                                                Command command, Remarks remarks,
                                                std::optional<std::uint64_t> revision) const {
    const Request& request = exchange.request;
    Submission submission;
    submission.command = std::move(command);
    submission.authority = caller.authority;
    submission.actor.kind = ActorKind::admin_key;
    submission.actor.id = caller.authority.key;
    if (request.peer.address) submission.actor.address = to_text(*request.peer.address);
    submission.request_id = exchange.request_id;
    submission.reason = std::move(remarks.reason);
    submission.force = remarks.force;
    submission.if_match = revision;
    if (!revision && !read_if_match(exchange, submission.if_match)) return {};
    const auto key = header(request, "Idempotency-Key");
    if (!key || request.method != Method::post) return submission;
    if (header_count(request, "Idempotency-Key") > 1 || !is_idempotency_key(*key)) {
        answer_bad_header(exchange, "Idempotency-Key", FieldProblem::malformed_header);
        return {};
    }
    submission.idempotency =
        Idempotency{.slot = idempotency_slot(request, caller.authority.key, *key),
                    .request = sha256(request.body)};
    return submission;
}

asio::awaitable<std::variant<Receipt, Rejection, std::monostate>> AdminDoor::try_submit(
    Exchange& exchange, const Caller& caller, Command command, Remarks remarks,
    std::optional<std::uint64_t> revision) {
    std::optional<Submission> asked =
        submission(exchange, caller, std::move(command), std::move(remarks), revision);
    if (!asked) co_return std::monostate{};
    Submitted submitted = co_await sequencer_.submit(std::move(*asked));
    if (auto* receipt = std::get_if<Receipt>(&submitted)) {
        exchange.seq = std::max(exchange.seq, receipt->seq);
        if (receipt->replayed) {
            append_header(exchange.response.headers, "Idempotent-Replayed", "true");
        }
        co_return std::move(*receipt);
    }
    if (auto* rejection = std::get_if<Rejection>(&submitted)) co_return std::move(*rejection);
    answer_unavailable(exchange, std::get<Unavailable>(submitted));
    co_return std::monostate{};
}

asio::awaitable<std::optional<Receipt>> AdminDoor::submit(Exchange& exchange, const Caller& caller,
                                                          Command command, Remarks remarks,
                                                          std::optional<std::uint64_t> revision) {
    auto outcome =
        co_await try_submit(exchange, caller, std::move(command), std::move(remarks), revision);
    if (auto* receipt = std::get_if<Receipt>(&outcome)) co_return std::move(*receipt);
    if (const auto* rejection = std::get_if<Rejection>(&outcome))
        answer_problem(exchange, *rejection);
    co_return std::nullopt;
}

std::optional<KeyId> AdminDoor::key_in_path(Exchange& exchange, const Caller& caller) const {
    const std::string& text = exchange.captures.front();
    const std::optional<KeyId> id = parse_key_id(text);
    const ReadGuard reading = tables_.read();
    const KeyEntry* entry = id ? tables_.find_key(*id) : nullptr;
    if (!entry) {
        // What is no id may be a token by mistake: it is not repeated.
        Rejection rejection{Refusal::key_not_found};
        if (id) rejection.arguments.push_back(text);
        answer_problem(exchange, rejection);
        return {};
    }
    if (is_bound_elsewhere(caller, entry->workspace.slug)) {
        answer_problem(exchange, Rejection{Refusal::beyond_authority});
        return {};
    }
    return id;
}

bool AdminDoor::workspace_in_path(Exchange& exchange, const Caller& caller) const {
    const std::string& slug = exchange.captures.front();
    const ReadGuard reading = tables_.read();
    if (!tables_.find_workspace(slug)) {
        answer_unknown_workspace(exchange, slug);
        return false;
    }
    if (is_bound_elsewhere(caller, slug)) {
        answer_problem(exchange, Rejection{Refusal::beyond_authority});
        return false;
    }
    return true;
}

std::optional<PastKey> AdminDoor::key_at(const KeyId& key, std::uint64_t seq) const {
    {
        const ReadGuard reading = tables_.read();
        const KeyEntry* entry = tables_.find_key(key);
        if (!entry) return {};
        const KeyState& state = *entry->state.load();
        if (state.seq <= seq) return PastKey{state, *entry->use.load()};
    }
    return history_.key_at(key, seq);
}

std::optional<PastKey> AdminDoor::key_as_of(const KeyId& key, std::uint64_t seq) const {
    std::optional<PastKey> past = key_at(key, seq);
    if (past && past->use.last_seq > seq) past = history_.key_at(key, seq);
    return past;
}

std::optional<AsOf> AdminDoor::as_of(const std::optional<Moment>& moment) const {
    const std::uint64_t applied = tables_.applied();
    if (!moment) return AsOf{applied, now()};
    if (const auto* time = std::get_if<Timestamp>(&*moment)) {
        const std::optional<std::uint64_t> seq = history_.seq_at(*time, applied);
        return seq ? std::optional(AsOf{*seq, *time}) : std::nullopt;
    }
    const std::uint64_t seq = std::min(std::get<std::uint64_t>(*moment), applied);
    const std::optional<PastEvent> last = history_.event(seq);
    return last ? std::optional(AsOf{seq, last->event.envelope.time}) : std::nullopt;
}

void AdminDoor::note_read(const Exchange& exchange, const Caller& caller, const QueryReader& query,
                          HistoryView view) const {
    // What is no workspace may be anything that was put there by mistake.
    const ReadGuard reading = tables_.read();
    if (!tables_.find_workspace(view.of_workspace)) view.of_workspace = {};
    keyledger::note_read(sequencer_.reads(), exchange, caller, query, view, now());
}

std::optional<WorkspaceState> AdminDoor::workspace_now(std::string_view slug) const {
    const ReadGuard reading = tables_.read();
    const WorkspaceEntry* entry = tables_.find_workspace(slug);
    if (!entry) return {};
    return *entry->state.load();
}

}  // namespace keyledger
