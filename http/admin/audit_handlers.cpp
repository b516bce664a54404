#include "http/admin/audit_handlers.hpp"

#include "http/admin/event_query.hpp"
#include "http/admin/event_stream.hpp"
#include "http/admin/paging.hpp"
#include "ledger/base/json_writer.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <charconv>
#include <limits>
#include <memory>
#include <utility>

namespace keyledger {

namespace asio = boost::asio;

namespace {

enum class Format : std::uint8_t { page, ndjson, server_sent };

// The first of the three that Accept names; a page for whoever takes anything.
Format format_of(const Request& request) {
    std::string_view accept = header(request, "Accept").value_or("");
    while (!accept.empty()) {
        const std::size_t comma = accept.find(',');
        std::string_view type = accept.substr(0, comma);
        type = type.substr(0, type.find(';'));
        while (!type.empty() && type.front() == ' ') type.remove_prefix(1);
        while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
        if (equal_ignoring_case(type, "application/x-ndjson")) return Format::ndjson;
        if (equal_ignoring_case(type, "text/event-stream")) return Format::server_sent;
        if (equal_ignoring_case(type, json_content_type)) return Format::page;
        accept = comma == std::string_view::npos ? "" : accept.substr(comma + 1);
    }
    return Format::page;
}

// A server-sent stream goes on behind the event that the client saw last. False if that is no seq.
bool go_on_behind_last_event(const Request& request, std::uint64_t& begin) {
    const auto field = header(request, "Last-Event-ID");
    if (!field || field->empty()) return true;
    std::uint64_t seq = 0;
    const char* end = field->data() + field->size();
    const auto [stop, error] = std::from_chars(field->data(), end, seq);
    if (error != std::errc{} || stop != end) return false;
    begin = seq == std::numeric_limits<std::uint64_t>::max() ? seq : seq + 1;
    return true;
}

// What is asked of the ledger's events.
struct EventQuestion {
    Page page;
    std::uint64_t begin = 0;
    std::optional<bool> follow;
    EventFilter filter;
};

EventQuestion read_question(QueryReader& query, const Caller& caller, Timestamp now) {
    EventQuestion question;
    question.page = read_page(query);
    const std::uint64_t from =
        query.whole_number("from", 0, std::numeric_limits<std::uint64_t>::max()).value_or(0);
    question.begin = std::max(from, question.page.position);
    question.follow = query.boolean("follow");
    question.filter = read_event_filter(query, now);
    question.filter.bound_workspace = caller.authority.bound_workspace;
    return question;
}

// As long as the filter lasts.
HistoryView view_of(const EventFilter& filter, std::uint64_t begin, std::uint64_t newest) {
    HistoryView view{.route = "/v1/events", .from = begin, .until = newest};
    if (filter.key) view.of_key = *filter.key;
    if (filter.workspace) view.of_workspace = *filter.workspace;
    return view;
}

// Of uses the key's own rows.
void append_key_event(JsonWriter& writer, const History& history, const KeyId& key,
                      std::uint64_t seq) {
    const std::optional<PastEvent> past = history.event(seq);
    if (!past) return;
    std::string event;
    append_event(event, past->event, past->leaf, [&](const UseRow& row) { return row.key == key; });
    writer.raw(event);
}

}  // namespace

asio::awaitable<void> AuditHandlers::events(Exchange& exchange) {
    const std::optional<Caller> caller = co_await door_.require("events:read", exchange);
    if (!caller) co_return;
    QueryReader query(exchange.request.query, {"from", "limit", "cursor", "type", "key",
                                               "workspace", "actor", "since", "until", "follow"});
    EventQuestion question = read_question(query, *caller, door_.now());
    if (!query.faults().empty()) {
        answer_problem(exchange, query.faults());
        co_return;
    }
    const Format format = format_of(exchange.request);
    if (format == Format::server_sent &&
        !go_on_behind_last_event(exchange.request, question.begin)) {
        const FieldFault fault{
            "Last-Event-ID", FieldProblem::malformed_header, {}, FaultPlace::header};
        answer_problem(exchange, std::span<const FieldFault>(&fault, 1));
        co_return;
    }
    const std::uint64_t newest = door_.tables().applied();
    std::optional<EventSearch> begun;
    const auto begin = [&] { begun.emplace(door_, question.filter, question.begin); };
    co_await door_.history_thread().once(begin);
    EventSearch& search = *begun;
    HistoryView view = view_of(question.filter, search.next(), newest);
    if (format == Format::page) {
        std::string body;
        view.events = co_await append_page(body, search, question.page.limit, newest);
        answer_json(exchange, 200, std::move(body));
    } else {
        EventStreamSettings settings;
        const bool is_ndjson = format == Format::ndjson;
        settings.framing = is_ndjson ? EventFraming::ndjson : EventFraming::server_sent;
        settings.follow = question.follow.value_or(!is_ndjson);
        if (query.has("limit")) settings.limit = question.page.limit;
        Response& response = exchange.response;
        response.content_type = is_ndjson ? "application/x-ndjson" : "text/event-stream";
        append_header(response.headers, "Cache-Control", "no-store");
        response.stream = std::make_shared<EventStream>(door_, signal_, std::move(search), settings,
                                                        caller->authority.key);
    }
    door_.note_read(exchange, *caller, query, view);
}

asio::awaitable<std::size_t> AuditHandlers::append_page(std::string& body, EventSearch& search,
                                                        std::size_t limit, std::uint64_t newest) {
    JsonWriter writer(body);
    writer.begin_object().key("items").begin_array();
    std::size_t shown = 0;
    bool at_end = false;
    std::size_t looked = 0;
    const auto look_on = [&] {
        for (std::size_t found = 0; found < events_per_slice && shown < limit; ++found) {
            std::string event;
            const EventSearch::Step step = search.step(newest, event);
            at_end = step.at_end;
            if (!step.seq) break;
            writer.raw(event);
            ++shown;
        }
        // A page may be short, or empty, and still say where the next one begins.
        looked += events_per_slice;
        return !at_end && shown < limit && looked < events_per_page_max;
    };
    co_await door_.history_thread().run(look_on);
    writer.end_array();
    const bool more = !at_end && search.next() <= newest;
    write_next_cursor(writer, more ? std::optional(search.next()) : std::nullopt);
    writer.end_object();
    co_return shown;
}

asio::awaitable<void> AuditHandlers::key_events(Exchange& exchange) {
    const std::optional<Caller> caller = co_await door_.require("events:read", exchange);
    if (!caller) co_return;
    const std::optional<KeyId> key = door_.key_in_path(exchange, *caller);
    if (!key) co_return;
    QueryReader query(exchange.request.query, {"limit", "cursor", "uses", "proof"});
    const Page page = read_page(query);
    const KeyEvents which =
        query.boolean("uses").value_or(false) ? KeyEvents::with_uses : KeyEvents::life_cycle;
    query.boolean("proof");  // here it can only be false, or a fault
    if (!query.faults().empty()) {
        answer_problem(exchange, query.faults());
        co_return;
    }
    std::vector<std::uint64_t> seqs;
    std::string body;
    JsonWriter writer(body);
    writer.begin_object().key("items").begin_array();
    const auto find = [&] {
        seqs = door_.history().key_events(*key, page.position, page.limit + 1, which);
    };
    co_await door_.history_thread().once(find);
    const std::size_t shown = std::min(seqs.size(), page.limit);
    std::size_t place = 0;
    const auto show_more = [&] {
        const std::size_t end = std::min(shown, place + events_per_slice);
        for (; place < end; ++place) append_key_event(writer, door_.history(), *key, seqs[place]);
        return place < shown;
    };
    co_await door_.history_thread().run(show_more);
    writer.end_array();
    write_next_cursor(writer,
                      seqs.size() > page.limit ? std::optional(seqs[page.limit]) : std::nullopt);
    writer.end_object();
    door_.note_read(exchange, *caller, query,
                    {.route = "/v1/keys/{id}/events",
                     .from = page.position,
                     .until = door_.tables().applied(),
                     .of_key = *key,
                     .events = shown});
    answer_json(exchange, 200, std::move(body));
}

}  // namespace keyledger
