#include "tools/commands/report_source.hpp"

#include "http/query.hpp"
#include "ledger/base/bytes.hpp"
#include "tools/commands/audit_say.hpp"

#include <charconv>
#include <chrono>
#include <utility>

namespace keyledger {

namespace {

constexpr std::string_view unused_default = "-90d", rotated_default = "-365d";
// How long a time may lie ahead, by the server's clock, and be waited for.
constexpr Duration ahead_max = std::chrono::seconds(5);
// A checkpoint is at most a second behind the newest event.
constexpr int checkpoint_looks_max = 50;
constexpr std::chrono::milliseconds between_looks{200};

Timestamp now_here() {
    return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

std::optional<std::uint64_t> seq_in(const HttpAnswer& answer) {
    const std::string_view text = answer.header("X-Ledger-Seq");
    std::uint64_t seq = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seq);
    const bool is_seq = !text.empty() && error == std::errc() && end == text.data() + text.size();
    return is_seq ? std::optional(seq) : std::nullopt;
}

// Opens a source step by step: each step is a code that is no success where it fails.
class Opening {
public:
    explicit Opening(Api& api) : api_(api) {}

    OpenedSource run() {
        for (const auto step : {&Opening::ask_who, &Opening::settle_keys, &Opening::settle_as_of,
                                &Opening::read_filters, &Opening::wait_for_checkpoint}) {
            if (const ExitCode code = (this->*step)(); code != ExitCode::success) return {{}, code};
        }
        return {std::move(source_), ExitCode::success};
    }

private:
    ExitCode wrong(const char* flag, const char* what) {
        return api_.fail(std::string("--") + flag + ": " + what, ExitCode::usage);
    }

    ExitCode ask_who() {
        const HttpAnswer answer = api_.ask(api_.call("GET", "/v1/me"));
        const Understood me = api_.understand(answer, {"id"});
        if (!me.value) return me.exit_code;
        const std::optional<std::uint64_t> newest = seq_in(answer);
        const auto date = answer.date();
        if (!newest || !date) {
            return api_.fail("the server's answer has no X-Ledger-Seq or no Date", ExitCode::error);
        }
        newest_ = *newest;
        date_ = *date;
        const JsonValue* const bound = me.value->find("resource");
        is_bound_ = bound && bound->kind == JsonKind::object;
        source_.asked_by = text_at(*me.value, "id");
        source_.asked_at = now_here();
        source_.workspace = api_.line().value("workspace");
        return is_bound_ ? keep_to(text_at(*bound, "id")) : ExitCode::success;
    }

    // Who is bound to a workspace sees nothing of others: a report of them would be empty, and look
    // complete.
    ExitCode keep_to(const std::string& workspace) {
        if (source_.workspace && *source_.workspace != workspace)
            return api_.fail("the key that asks is bound to workspace " + workspace,
                             ExitCode::not_authorised);
        source_.workspace = workspace;
        return ExitCode::success;
    }

    // The log's own keys, where nobody gave others: they show nothing of who made them.
    ExitCode settle_keys() {
        std::optional<std::vector<VerifierKey>> given = keys_given(api_.line());
        std::optional<std::vector<VerifierKey>> witnesses = keys_given(api_.line(), "witness");
        if (!given || !witnesses) return ExitCode::usage;
        source_.witnesses = std::move(*witnesses);
        source_.keys_were_given = !given->empty();
        source_.keys = std::move(*given);
        if (source_.keys_were_given) return ExitCode::success;
        HttpAnswer answer = api_.ask_patiently(api_.call("GET", "/v1/ledger/key"));
        if (answer.status != 200) return api_.fail(answer);
        while (answer.body.ends_with('\n')) answer.body.pop_back();
        const std::optional<VerifierKey> key = parse_verifier_key(answer.body);
        if (!key) return api_.fail("the server's answer is no verifier key", ExitCode::integrity);
        source_.keys.push_back(*key);
        return ExitCode::success;
    }

    ExitCode settle_as_of() {
        const std::optional<std::string> asked = api_.line().value("as-of");
        if (!asked && !is_bound_) return settle_seq(newest_);
        // Who is bound to a workspace can't read whichever event is the newest: as of the second
        // that runs.
        if (!asked) return settle_time(date_ + std::chrono::seconds(1));
        const std::optional<Moment> moment = parse_moment(*asked, now_here());
        if (!moment) return wrong("as-of", "must be a seq, a time, or a distance such as -30d");
        if (const auto* time = std::get_if<Timestamp>(&*moment)) return settle_time(*time);
        const std::uint64_t seq = std::get<std::uint64_t>(*moment);
        if (seq <= newest_) return settle_seq(seq);
        return api_.fail("--as-of: the newest event is " + std::to_string(newest_),
                         ExitCode::not_found);
    }

    ExitCode settle_seq(std::uint64_t seq) {
        HttpCall call = api_.call("GET", "/v1/ledger/entries/" + std::to_string(seq));
        call.headers.push_back({"Accept", "application/json"});
        const Understood event = api_.understand(api_.ask_patiently(call), {"time"});
        if (!event.value) return event.exit_code;
        const std::optional<Timestamp> time = time_at(*event.value, "time");
        if (!time) return api_.fail("the server's event has no time", ExitCode::error);
        source_.seq = seq;
        source_.time = *time;
        source_.as_of = std::to_string(seq);
        return ExitCode::success;
    }

    // The last event not later than that time, which must be past, so that no later one can be.
    ExitCode settle_time(Timestamp time) {
        if (time - date_ > ahead_max) return wrong("as-of", "lies in the future");
        while (date_ <= time) {
            api_.client().pause(between_looks);
            const HttpAnswer answer = api_.ask_patiently(api_.call("GET", "/livez"));
            if (answer.status == 0 || !answer.date()) return api_.fail(answer);
            date_ = *answer.date();
            newest_ = seq_in(answer).value_or(newest_);
        }
        std::optional<std::uint64_t> first_after;
        const Parameters since{{"since", to_rfc3339(time + Duration(1))}};
        const ExitCode code = api_.pages(
            "/v1/events", since, [&](const auto& items) -> std::optional<ExitCode> {
                if (items.empty()) return std::nullopt;
                first_after = number_at(items.front(), "seq");
                return ExitCode::success;
            });
        if (code != ExitCode::success) return code;
        // To who is bound to a workspace, events of others do not show: then it is the last one
        // that could matter.
        if (first_after == 0) return api_.fail("there was no ledger yet then", ExitCode::not_found);
        source_.seq = first_after ? *first_after - 1 : newest_;
        source_.time = time;
        source_.as_of = to_rfc3339(time);
        return ExitCode::success;
    }

    // A distance counts from the time that the report is as of.
    std::optional<Timestamp> time_of(std::string_view text) const {
        const std::optional<Moment> moment = parse_moment(text, source_.time);
        const auto* const time = moment ? std::get_if<Timestamp>(&*moment) : nullptr;
        return time ? std::optional(*time) : std::nullopt;
    }

    ExitCode read_filters() {
        const CommandLine& line = api_.line();
        for (const auto& [flag, value] :
             {std::pair{"since", &source_.since}, std::pair{"until", &source_.until}}) {
            const std::optional<std::string> text = line.value(flag);
            if (text) *value = time_of(*text);
            if (text && !*value) return wrong(flag, "must be a time, or a distance such as -30d");
        }
        const auto unused =
            time_of(line.value("unused-since").value_or(std::string(unused_default)));
        if (!unused) return wrong("unused-since", "must be a time, or a distance such as -90d");
        const auto rotated =
            time_of(line.value("rotated-before").value_or(std::string(rotated_default)));
        if (!rotated) return wrong("rotated-before", "must be a time, or a distance such as -365d");
        source_.unused_since = *unused;
        source_.rotated_before = *rotated;
        if (const auto found = line.flags.find("scope"); found != line.flags.end()) {
            for (const std::string& value : found->second) {
                for (std::string& scope : listed(value)) source_.scopes.push_back(std::move(scope));
            }
        }
        return ExitCode::success;
    }

    ExitCode wait_for_checkpoint() {
        for (int look = 0; look < checkpoint_looks_max; ++look) {
            if (look > 0) api_.client().pause(between_looks);
            HttpAnswer answer = api_.ask_patiently(api_.call("GET", "/checkpoint"));
            if (answer.status != 200) return api_.fail(answer);
            auto checkpoint = open_checkpoint(answer.body, source_.keys);
            if (!checkpoint) {
                return api_.fail("the checkpoint is not signed by " +
                                     std::string(source_.keys_were_given
                                                     ? "a key that was given"
                                                     : "the key that the server says is its own"),
                                 ExitCode::integrity);
            }
            if (checkpoint->checkpoint.tree.size <= source_.seq) continue;
            source_.note = std::move(answer.body);
            source_.checkpoint = std::move(*checkpoint);
            return ExitCode::success;
        }
        return api_.fail("no checkpoint covers event " + std::to_string(source_.seq) + " yet",
                         ExitCode::unavailable);
    }

    Api& api_;
    ReportSource source_;
    std::uint64_t newest_ = 0;
    Timestamp date_{};  // by the server's clock, cut to a second
    bool is_bound_ = false;
};

JsonValue checkpoint_of(const ReportSource& source) {
    const Checkpoint& checkpoint = source.checkpoint.checkpoint;
    JsonValue value = json_object();
    add_member(value, "origin", json_text(checkpoint.origin));
    add_member(value, "size", json_number(checkpoint.tree.size));
    add_member(value, "root", json_text(to_base64(view_of(checkpoint.tree.root))));
    const NoteCheck check = check_signatures(source.checkpoint.note, source.keys);
    std::vector<std::string> signers;
    for (const std::size_t place : check.signers) signers.push_back(to_text(source.keys[place]));
    add_member(value, "signedBy", json_array(signers));
    add_member(value, "keysFrom", json_text(source.keys_were_given ? "--key" : "the server"));
    return value;
}

// Those that the report goes by.
JsonValue filters_of(const ReportSource& source, Report report) {
    JsonValue value = json_object();
    add_member(value, "workspace",
               source.workspace ? json_text(*source.workspace) : JsonValue{});
    if (report == Report::dormant) {
        add_member(value, "unusedSince", json_time(source.unused_since));
    }
    if (report == Report::over_age) {
        add_member(value, "rotatedBefore", json_time(source.rotated_before));
    }
    if (report == Report::privileged) add_member(value, "scopes", json_array(source.scopes));
    if (report == Report::revocations || report == Report::access_log) {
        add_member(value, "since", json_time(source.since));
        add_member(value, "until", json_time(source.until));
    }
    return value;
}

}  // namespace

OpenedSource open_report_source(Api& api) {
    return Opening(api).run();
}

JsonValue report_head(Api& api, const ReportSource& source, const ReportKind& kind) {
    JsonValue head = json_object();
    add_member(head, "name", json_text(std::string(kind.name)));
    add_member(head, "title", json_text(std::string(kind.title)));
    JsonValue as_of = json_object();
    add_member(as_of, "seq", json_number(source.seq));
    add_member(as_of, "time", json_time(source.time));
    add_member(head, "asOf", std::move(as_of));
    add_member(head, "checkpoint", checkpoint_of(source));
    const ServerUrl& url = api.client().url();
    const bool is_socket = url.scheme == UrlScheme::unix_socket;
    add_member(head, "server", json_text(is_socket ? "unix:" + url.path : base_url(url)));
    add_member(head, "askedBy", json_text(source.asked_by));
    add_member(head, "askedAt", json_time(source.asked_at));
    add_member(head, "program", json_text("keyledger " KEYLEDGER_VERSION));
    add_member(head, "filters", filters_of(source, kind.report));
    return head;
}

}  // namespace keyledger
