#pragma once
// All that can be set, as plain values, and how they are read: flags, then KEYLEDGER_* environment,
// then the TOML file of --config, then the defaults that stand here.

#include "ledger/base/time.hpp"
#include "ledger/rules/address.hpp"
#include "ledger/rules/usage_detail.hpp"
#include "tools/endpoint.hpp"
#include "tools/exit_codes.hpp"
#include "tools/logging.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

struct UsageSettings {
    Duration flush_interval = std::chrono::milliseconds(100);
    UsageDetail detail = UsageDetail::folded;
};

struct LimitSettings {
    std::uint64_t connections_max = 10'000;
    std::uint64_t body_bytes_max = 1024 * 1024;
    std::uint64_t import_bytes_max = 8 * 1024 * 1024;
    Duration request_timeout = std::chrono::seconds(15);
    Duration idle_timeout = std::chrono::seconds(75);
    std::uint64_t queue_max = 100'000;
    std::uint64_t batch_events_max = 20'000;
};

struct SnapshotSettings {
    std::uint64_t every_events = 1'000'000;
    std::uint64_t keep = 2;
};

// What each one means is in settings_table.cpp, where the flags and the documentation come from
// too.
struct Settings {
    std::string config;
    std::string data;
    std::string origin;
    std::string signing_key;
    std::string checkpoint_copy;
    std::vector<Endpoint> listen = {*parse_endpoint("127.0.0.1:8470")};
    std::string tls_cert;
    std::string tls_key;
    std::string tls_client_ca;
    bool plain_http = false;
    std::uint64_t threads = 0;
    std::vector<AddressRange> trusted_networks = {*parse_range("127.0.0.0/8"),
                                                  *parse_range("::1/128")};
    std::vector<AddressRange> trusted_proxies = trusted_networks;
    UsageSettings usage;
    LimitSettings limits;
    SnapshotSettings snapshot;
    Duration seal_interval = std::chrono::minutes(5);
    LogSettings log;
    bool dev = false;
    std::string profile;  // with dev alone
    bool rebuild = false;
    bool skip_file_check = false;
    bool recover = false;
};

// Which command the settings are for: what each must have differs.
enum class SettingsUse : std::uint8_t { serve, init, check, doctor };

// A flag as it stood on the command line, without its dashes. One that was given twice has two
// values.
struct FlagValue {
    std::string flag;
    std::vector<std::string> values;
};

struct SettingsSources {
    std::vector<FlagValue> flags;
    std::map<std::string, std::string> environment;  // variables that begin with KEYLEDGER_
};

inline constexpr std::size_t config_file_bytes_max = 1024 * 1024;

struct LoadedSettings {
    Settings settings;
    // A setting's name -> where its value came from ("--listen", "KEYLEDGER_LISTEN",
    // "FILE:LINE:COLUMN"); a setting that is not in it has its default.
    std::map<std::string, std::string, std::less<>> places;
    // Each a line, `place: what is wrong`. If there is any, `settings` is not to be used, and the
    // program ends with `exit_code`.
    std::vector<std::string> problems;
    ExitCode exit_code =
        ExitCode::configuration;  // usage, where nothing is wrong but not all is given
};

// Reads the file of --config or KEYLEDGER_CONFIG too. Says all that is wrong, not just the first
// thing.
LoadedSettings load_settings(const SettingsSources& sources, SettingsUse use);

// The variables of this process that begin with KEYLEDGER_; and KEYLEDGER_SIGNING_KEY where it is
// not set, but systemd has handed over a credential `log.key` ($CREDENTIALS_DIRECTORY).
std::map<std::string, std::string> keyledger_environment();

}  // namespace keyledger
