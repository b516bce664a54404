#include "tools/settings_table.hpp"

#include <algorithm>
#include <array>

namespace keyledger {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kibibyte = 1024;
constexpr std::uint64_t mebibyte = 1024 * kibibyte;
constexpr std::size_t path_bytes_max = 4095;
constexpr std::size_t origin_bytes_max = 255;

// What `doctor` can say something about.
constexpr std::array<std::string_view, 6> looked_at{
    "config", "data", "tls_cert", "tls_key", "tls_client_ca", "limits.connections_max"};
constexpr std::array<std::string_view, 2> usage_details{"folded", "each"};
constexpr std::array<std::string_view, 5> log_levels{"debug", "info", "warning", "error",
                                                     "critical"};
constexpr std::array<std::string_view, 2> log_formats{"text", "json"};

std::string_view path_problem(std::string_view text) {
    if (text.empty()) return "must be a path, and is empty";
    if (text.size() > path_bytes_max) return "is longer than a path may be";
    if (text.find('\0') != std::string_view::npos) return "has a zero byte in it";
    return {};
}

// The name stands in every checkpoint's first line and in the verifier key, between '+' signs.
std::string_view origin_problem(std::string_view text) {
    if (text.empty()) return "must be a name such as keys.example.com/ledger, and is empty";
    if (text.size() > origin_bytes_max) return "is longer than 255 bytes";
    const auto is_allowed = [](char c) { return c > ' ' && c < '\x7f' && c != '+'; };
    if (std::all_of(text.begin(), text.end(), is_allowed)) return {};
    return "may have neither spaces nor '+' nor anything outside ASCII";
}

Field path(std::string& value) {
    return TextField{value, "a path", path_problem};
}

template <class Enumeration>
Field choice(std::span<const std::string_view> names, Enumeration& value) {
    Enumeration* const target = &value;
    return ChoiceField{names, static_cast<std::size_t>(value),
                       [target](std::size_t index) { *target = static_cast<Enumeration>(index); }};
}

constexpr auto serve = SettingOf::serve;
constexpr auto init = SettingOf::init;
constexpr auto both = SettingOf::both;
constexpr auto anywhere = SettingPlace::anywhere;
constexpr auto flag = SettingPlace::flag;

// In the order in which a newcomer needs them.
const Setting settings[] = {
    {"config", both, SettingPlace::flag_or_environment, "FILE", "Read settings from this TOML file",
     [](Settings& s) { return path(s.config); }},
    {"data", both, anywhere, "DIR", "The directory of the ledger; `keyledger init` makes it",
     [](Settings& s) { return path(s.data); }},
    {"dev", serve, flag, "",
     "Try it out: serve a throw-away ledger on this machine alone, with a root key",
     [](Settings& s) -> Field { return SwitchField{s.dev}; }},
    {"profile", serve, flag, "NAME",
     "With --dev: begin with this workspace: hostreach, horneross, or the file of a document",
     [](Settings& s) -> Field {
         return TextField{s.profile, "a profile's name or a path", path_problem};
     }},
    {"rebuild", serve, flag, "",
     "Make the tables anew from the events, whatever snapshots there are",
     [](Settings& s) -> Field { return SwitchField{s.rebuild}; }},
    {"signing_key", serve, anywhere, "FILE",
     "The key that signs checkpoints, if not DIR/log.key; a systemd credential `log.key` is taken",
     [](Settings& s) { return path(s.signing_key); }},
    {"checkpoint_copy", serve, anywhere, "FILE",
     "Keep each checkpoint here too, on another disk: a ledger that went back is then noticed",
     [](Settings& s) { return path(s.checkpoint_copy); }},
    {"skip_file_check", serve, anywhere, "",
     "Begin without reading all files first, which notices any that is damaged",
     [](Settings& s) -> Field { return SwitchField{s.skip_file_check}; }},
    {"origin", init, anywhere, "NAME",
     "The ledger's name in its checkpoints, such as keys.example.com/ledger; made up if not given",
     [](Settings& s) -> Field {
         return TextField{s.origin, "a name", origin_problem};
     }},
    {"recover", init, flag, "",
     "Make a new root key for a ledger that has one, while no server runs; that is an event too",
     [](Settings& s) -> Field { return SwitchField{s.recover}; }},
    {"listen", serve, anywhere, "HOST:PORT",
     "Where to answer: 127.0.0.1:8470, [::1]:8470, unix:/run/keyledger.sock; port 0 picks one",
     [](Settings& s) -> Field { return EndpointsField{s.listen}; }},
    {"tls_cert", serve, anywhere, "FILE",
     "Certificate chain (PEM): with it and tls_key, all but unix sockets speak TLS",
     [](Settings& s) { return path(s.tls_cert); }},
    {"tls_key", serve, anywhere, "FILE", "Private key of tls_cert (PEM)",
     [](Settings& s) { return path(s.tls_key); }},
    {"tls_client_ca", serve, anywhere, "FILE",
     "Who shows a certificate signed by one of these (PEM) may verify keys",
     [](Settings& s) { return path(s.tls_client_ca); }},
    {"plain_http", serve, anywhere, "",
     "Allow a listener without TLS that other machines can reach",
     [](Settings& s) -> Field { return SwitchField{s.plain_http}; }},
    {"threads", serve, anywhere, "N", "Threads that answer requests; 0 is one for each core",
     [](Settings& s) -> Field {
         return CountField{s.threads, 0, 256};
     }},
    {"trusted_networks", serve, anywhere, "CIDR",
     "Callers from here may verify keys without a credential of their own",
     [](Settings& s) -> Field { return RangesField{s.trusted_networks}; }},
    {"trusted_proxies", serve, anywhere, "CIDR",
     "Gateways whose X-Forwarded-For is believed on authorize and ext-authz",
     [](Settings& s) -> Field { return RangesField{s.trusted_proxies}; }},
    {"seal_interval", serve, anywhere, "DURATION",
     "The heads of all keys' histories are sealed in the ledger this often, if any has grown",
     [](Settings& s) -> Field {
         return DurationField{s.seal_interval, 100ms, 24h};
     }},
    {"usage.flush_interval", serve, anywhere, "DURATION",
     "A use of a key is in the ledger at most this long after the answer",
     [](Settings& s) -> Field {
         return DurationField{s.usage.flush_interval, 10ms, 10s};
     }},
    {"usage.detail", serve, anywhere, "WORD",
     "folded: a row for like uses of an interval; each: a row for every use, with its address",
     [](Settings& s) { return choice(usage_details, s.usage.detail); }},
    {"limits.connections_max", serve, anywhere, "N",
     "Connections at once; one more is answered 503",
     [](Settings& s) -> Field {
         return CountField{s.limits.connections_max, 1, 1'000'000};
     }},
    {"limits.body_bytes_max", serve, anywhere, "BYTES",
     "The body of a request; more is answered 413",
     [](Settings& s) -> Field {
         return BytesField{s.limits.body_bytes_max, kibibyte, 16 * mebibyte};
     }},
    {"limits.import_bytes_max", serve, anywhere, "BYTES",
     "The body of a call that imports keys; more is answered 413",
     [](Settings& s) -> Field {
         return BytesField{s.limits.import_bytes_max, kibibyte, 8 * mebibyte};
     }},
    {"limits.request_timeout", serve, anywhere, "DURATION",
     "The time from a request's first byte to its last, more for a long body; else 408",
     [](Settings& s) -> Field {
         return DurationField{s.limits.request_timeout, 1s, 10min};
     }},
    {"limits.idle_timeout", serve, anywhere, "DURATION",
     "A connection that asks nothing is closed after this time",
     [](Settings& s) -> Field {
         return DurationField{s.limits.idle_timeout, 1s, 1h};
     }},
    {"limits.queue_max", serve, anywhere, "N",
     "Changes that wait for the ledger; one more is answered 503",
     [](Settings& s) -> Field {
         return CountField{s.limits.queue_max, 1, 10'000'000};
     }},
    {"limits.batch_events_max", serve, anywhere, "N", "Events that are made durable together",
     [](Settings& s) -> Field {
         return CountField{s.limits.batch_events_max, 1, 100'000};
     }},
    {"snapshot.every_events", serve, anywhere, "N",
     "Keep a snapshot of the tables every so many events, so that a start is quick",
     [](Settings& s) -> Field {
         return CountField{s.snapshot.every_events, 1, 1'000'000'000'000};
     }},
    {"snapshot.keep", serve, anywhere, "N", "Snapshots that are kept; older ones are removed",
     [](Settings& s) -> Field {
         return CountField{s.snapshot.keep, 1, 100};
     }},
    {"log.level", serve, anywhere, "WORD", "The least weighty lines that are logged",
     [](Settings& s) { return choice(log_levels, s.log.level); }},
    {"log.format", serve, anywhere, "WORD", "Lines for people, or one JSON object a line",
     [](Settings& s) { return choice(log_formats, s.log.format); }},
    {"log.file", serve, anywhere, "FILE",
     "Log to this file, which SIGHUP opens anew; standard error if not given",
     [](Settings& s) { return path(s.log.file); }},
};

}  // namespace

std::span<const Setting> settings_table() {
    return settings;
}

std::string flag_of(const Setting& setting) {
    std::string flag_text(setting.name);
    for (char& c : flag_text) {
        if (c == '.' || c == '_') c = '-';
    }
    return flag_text;
}

std::string variable_of(const Setting& setting) {
    std::string variable = "KEYLEDGER_";
    for (const char c : setting.name) {
        const bool lower = c >= 'a' && c <= 'z';
        variable += c == '.' ? '_' : lower ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return variable;
}

bool has_flag(const Setting& setting, SettingsUse use) {
    if (use == SettingsUse::doctor) {
        return std::find(looked_at.begin(), looked_at.end(), setting.name) != looked_at.end();
    }
    if (setting.of == SettingOf::both) return true;
    return (setting.of == SettingOf::init) == (use == SettingsUse::init);
}

}  // namespace keyledger
