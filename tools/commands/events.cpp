// `keyledger events`: pages of the past, or a stream that goes on.

#include "ledger/base/time.hpp"
#include "tools/commands/client_commands.hpp"
#include "tools/commands/event_detail.hpp"
#include "tools/terminal/terminal.hpp"
#include "tools/terminal/text_width.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <limits>

namespace keyledger {

namespace {

constexpr Column event_columns[] = {
    {"SEQ", "seq"},       {"TIME", "time"},
    {"TYPE", "type"},     {"WORKSPACE", "workspace"},
    {"ACTOR", "actor"},   {"STREAM", "stream"},
    {"REASON", "reason"}, {"DETAIL", "data", event_detail},
};
constexpr std::size_t event_bytes_max = 64u * 1024 * 1024;
constexpr std::chrono::milliseconds first_wait{200}, longest_wait{5000};
// Past --until by this machine's clock; the server's may be behind it, and says a date in seconds.
constexpr std::chrono::seconds until_grace{2};
// How often a server that has gone is asked again for what came before --until: about 20 s.
constexpr int attempts_after_until_max = 8;
// Nobody knows how wide later lines will be: columns that fit what is usual.
constexpr std::size_t followed_widths[] = {8, 24, 16, 12, 40, 30};

Parameters event_parameters(const CommandLine& line) {
    return parameters_of(line, {{"from", "from"},
                                {"type", "type"},
                                {"key", "key"},
                                {"workspace", "workspace"},
                                {"actor", "actor"},
                                {"since", "since"},
                                {"until", "until"}});
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_whole = error == std::errc() && end == text.data() + text.size();
    return is_whole ? std::optional(number) : std::nullopt;
}

// Nothing where it is no seq, or one that has no successor.
std::optional<std::uint64_t> seq_of(std::string_view text) {
    const std::optional<std::uint64_t> seq = whole_number(text);
    return seq == std::numeric_limits<std::uint64_t>::max() ? std::nullopt : seq;
}

std::optional<std::uint64_t> seq_of(const JsonValue& event) {
    const JsonValue* const seq = event.find("seq");
    return seq && seq->kind == JsonKind::number ? seq_of(seq->text) : std::nullopt;
}

// Cells as wide as is usual; a seq stands to the right.
TableRow padded(TableRow row) {
    for (std::size_t i = 0; i < std::size(followed_widths); ++i) {
        const std::size_t width = text_width(row[i]);
        const std::size_t missing = followed_widths[i] - std::min(width, followed_widths[i]);
        row[i].insert(i == 0 ? 0 : row[i].size(), missing, ' ');
    }
    return row;
}

// Follows the ledger over any number of connections: each begins behind the last event that was
// shown, so that none is lost and none comes twice. What --until names is past at some time; from
// then on what is left is asked for as a list, whose end is the end.
class Follower {
public:
    explicit Follower(Api& api) : api_(api), parameters_(event_parameters(api.line())) {
        // A time from now would be another one after each connection that is lost.
        for (auto& [name, value] : parameters_) {
            if (name == "since" || name == "until") value = absolute_time(value);
            if (name == "until") until_ = parse_rfc3339(value);
        }
    }

    // Where nobody said from where on, behind the newest event. Returns something where the server
    // can't be asked for that.
    std::optional<ExitCode> choose_begin() {
        if (api_.line().has("from") || api_.line().has("since")) return std::nullopt;
        HttpCall call;
        call.target = "/livez";
        const HttpAnswer answer = api_.ask(call);
        const std::optional<std::uint64_t> newest = seq_of(answer.header("X-Ledger-Seq"));
        if (newest) next_ = *newest + 1;
        if (newest || answer.interrupted) return std::nullopt;
        if (answer.status == 0) return api_.fail(answer);
        return api_.fail("the server does not say which event is its newest: give --from SEQ",
                         ExitCode::error);
    }

    ExitCode run() {
        api_.client().stop_on_interrupt();
        std::chrono::milliseconds wait = first_wait;
        while (true) {
            const std::uint64_t shown_before = shown_;
            begin_connection();
            const HttpAnswer answer =
                api_.stream(next_call(), [this](std::string_view piece) { return take(piece); });
            // Half a line is of an event that will come again.
            pending_.clear();
            if (api_.client().interrupted()) return ExitCode::success;
            if (failed_ != ExitCode::success) return failed_;
            if (const auto end = ends_with(answer)) return *end;
            was_connected_ = was_connected_ || answer.status == 200 || shown_ > 0;
            if (left_at_until_) continue;
            // Past --until each question makes an event itself, if only of its own use.
            if (shown_ != shown_before && !is_past_until()) wait = first_wait;
            say_once(answer);
            api_.client().pause(wait);
            wait = std::min(2 * wait, longest_wait);
        }
    }

    HttpCall next_call() const {
        Parameters parameters = parameters_;
        if (next_) {
            std::erase_if(parameters, [](const auto& entry) { return entry.first == "from"; });
            parameters.emplace_back("from", std::to_string(*next_));
        }
        if (!lists_the_rest_) parameters.emplace_back("follow", "true");
        HttpCall call = api_.call("GET", "/v1/events" + query_text(parameters));
        call.headers.push_back({"Accept", "application/x-ndjson"});
        return call;
    }

private:
    bool is_past_until() const {
        return until_ && std::chrono::system_clock::now() >= *until_ + until_grace;
    }

    void begin_connection() {
        lists_the_rest_ = lists_the_rest_ || is_past_until();
        if (lists_the_rest_) ++attempts_after_until_;
        left_at_until_ = false;
    }

    // The first connection must work, and a refusal is for good: only what may pass is waited for.
    std::optional<ExitCode> ends_with(const HttpAnswer& answer) {
        if (answer.status == 200) {
            const auto date = answer.date();
            const bool is_over = until_ && (!date || *date >= *until_);
            if (lists_the_rest_ && is_over) return ExitCode::success;
            // By the server's clock: a stream that it ended has no more than a list has.
            lists_the_rest_ = until_ && date && is_over;
            attempts_after_until_ = 0;
            return std::nullopt;
        }
        const bool first = !was_connected_ && shown_ == 0;
        const bool may_pass = answer.status == 0 || answer.status >= 500 || answer.status == 429;
        const bool may_wait = !first && attempts_after_until_ < attempts_after_until_max;
        if (may_pass && may_wait) return std::nullopt;
        return api_.fail(answer);
    }

    void say_once(const HttpAnswer& answer) {
        if (answer.status == 200) return;
        if (said_) return;
        said_ = true;
        api_.fail("the connection was lost; trying to go on", ExitCode::success);
    }

    bool take(std::string_view piece) {
        was_connected_ = true;
        said_ = false;
        pending_.append(piece);
        std::size_t begin = 0;
        for (std::size_t end; (end = pending_.find('\n', begin)) != std::string::npos;) {
            const std::string_view line(pending_.data() + begin, end - begin);
            begin = end + 1;
            if (!line.empty() && !show(line)) return false;
            // An empty line says that nothing came for a while.
            left_at_until_ = line.empty() && !lists_the_rest_ && is_past_until();
            if (left_at_until_) return false;
        }
        pending_.erase(0, begin);
        if (pending_.size() <= event_bytes_max) return true;
        failed_ = api_.fail("an event is too long", ExitCode::error);
        return false;
    }

    bool show(std::string_view line) {
        FaultList faults;
        const std::optional<JsonValue> event = parse_json(line, faults);
        const std::optional<std::uint64_t> seq = event ? seq_of(*event) : std::nullopt;
        if (!seq) {
            failed_ = api_.fail("the server's stream has a line that is no event", ExitCode::error);
            return false;
        }
        if (next_ && *seq < *next_) return true;
        const bool as_table = api_.list_format() == OutputFormat::table;
        if (!print_all(as_table ? table_line(*event) : to_json(*event) + "\n")) {
            failed_ = ExitCode::error;
            return false;
        }
        next_ = *seq + 1;
        ++shown_;
        return true;
    }

    static std::string table_line(const JsonValue& event) {
        return table_text({{}, {padded(row_of(event, event_columns))}},
                          columns_for(event_columns, terminal_columns()));
    }

    Api& api_;
    Parameters parameters_;
    std::string pending_;
    std::optional<std::uint64_t> next_;  // the first seq that was not shown
    std::optional<Timestamp> until_;
    std::uint64_t shown_ = 0;
    int attempts_after_until_ = 0;
    ExitCode failed_ = ExitCode::success;
    bool was_connected_ = false;
    bool said_ = false;
    bool lists_the_rest_ = false;  // --until is past: what is left is no stream any more
    bool left_at_until_ = false;   // this connection was ended for that
};

}  // namespace

ExitCode show_events(Api& api) {
    if (!api.line().has("follow")) {
        return api.list("/v1/events", event_parameters(api.line()), event_columns);
    }
    if (api.line().has("limit")) {
        return api.fail("--follow and --limit don't go together", ExitCode::usage);
    }
    if (api.line().value("output").value_or("") == "json") {
        return api.fail("--follow has no end, so that json can't be: -o ndjson", ExitCode::usage);
    }
    Follower follower(api);
    if (const auto failed = follower.choose_begin()) return *failed;
    if (api.prints_curl()) return api.print_curl_stream(follower.next_call());
    return follower.run();
}

}  // namespace keyledger
