#include "tools/settings_check.hpp"

#include "tools/read_file.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace keyledger {

namespace {

constexpr std::size_t pem_bytes_max = 1024 * 1024;

std::string place_of(const LoadedSettings& loaded, std::string_view name, std::string_view flag) {
    const auto found = loaded.places.find(name);
    return found == loaded.places.end() ? "--" + std::string(flag) : found->second;
}

void check_readable(LoadedSettings& loaded, std::string_view name, std::string_view flag,
                    const std::string& file) {
    if (file.empty()) return;
    const FileText read = read_file(file, pem_bytes_max);
    if (read.problem.empty()) return;
    loaded.problems.push_back(place_of(loaded, name, flag) + ": " + file +
                              " can't be read: " + read.problem);
}

void check_tls(LoadedSettings& loaded) {
    const Settings& settings = loaded.settings;
    if (settings.tls_key.empty() && !settings.tls_cert.empty()) {
        loaded.problems.push_back(place_of(loaded, "tls_cert", "tls-cert") +
                                  ": needs its private key too: tls_key (--tls-key)");
    }
    if (settings.tls_cert.empty() && !settings.tls_key.empty()) {
        loaded.problems.push_back(place_of(loaded, "tls_key", "tls-key") +
                                  ": needs its certificate too: tls_cert (--tls-cert)");
    }
    if (settings.tls_cert.empty() && !settings.tls_client_ca.empty()) {
        loaded.problems.push_back(place_of(loaded, "tls_client_ca", "tls-client-ca") +
                                  ": needs TLS: tls_cert (--tls-cert) and tls_key (--tls-key)");
    }
    check_readable(loaded, "tls_cert", "tls-cert", settings.tls_cert);
    check_readable(loaded, "tls_key", "tls-key", settings.tls_key);
    check_readable(loaded, "tls_client_ca", "tls-client-ca", settings.tls_client_ca);
}

// Keys would cross the network in the clear: who wants that must say so.
void check_listeners(LoadedSettings& loaded) {
    const Settings& settings = loaded.settings;
    for (const Endpoint& endpoint : settings.listen) {
        if (is_local(endpoint)) continue;
        if (settings.dev) {
            loaded.problems.push_back(place_of(loaded, "listen", "listen") + ": " +
                                      to_text(endpoint) +
                                      " can be reached from other machines, and --dev is for this "
                                      "machine alone; listen on 127.0.0.1 or on a unix socket");
        } else if (settings.tls_cert.empty() && !settings.plain_http) {
            loaded.problems.push_back(
                place_of(loaded, "listen", "listen") + ": " + to_text(endpoint) +
                " can be reached from other machines, and keys would cross the network in the "
                "clear; give --tls-cert and --tls-key, or listen on 127.0.0.1 or on a unix socket, "
                "or give --plain-http if what stands in front speaks TLS");
        }
    }
}

void check_data(LoadedSettings& loaded, SettingsUse use) {
    const Settings& settings = loaded.settings;
    if (settings.dev && !settings.data.empty()) {
        loaded.problems.push_back(
            "--dev: makes a throw-away ledger of its own, and takes no data "
            "directory; one is given by " +
            place_of(loaded, "data", "data"));
    }
    if (!settings.dev && !settings.profile.empty()) {
        loaded.problems.push_back(
            "--profile: is for a throw-away ledger, with --dev; a ledger that stays has its "
            "workspaces made over the API");
    }
    if (settings.dev && settings.rebuild) {
        loaded.problems.push_back("--rebuild: there is nothing to rebuild with --dev");
    }
    const bool missing = settings.data.empty() && !settings.dev &&
                         (use == SettingsUse::serve || use == SettingsUse::init);
    if (missing && use == SettingsUse::serve) {
        loaded.problems.push_back(
            "--data: is missing: name the ledger's directory (`keyledger init "
            "--data DIR` makes one), or try it out with --dev");
    }
    if (missing && use == SettingsUse::init) {
        loaded.problems.push_back("--data: is missing: name the directory to make the ledger in");
    }
    if (settings.recover && place_of(loaded, "origin", "") == "--origin") {
        loaded.problems.push_back(
            "--origin: a ledger's name is given once, when it is made; not with "
            "--recover");
    }
    if (missing && loaded.problems.size() == 1) loaded.exit_code = ExitCode::usage;
}

}  // namespace

void check_settings(LoadedSettings& loaded, SettingsUse use) {
    // What one wrong value alone brings about would only hide it.
    if (!loaded.problems.empty()) return;
    if (use != SettingsUse::init) {
        check_tls(loaded);
        check_listeners(loaded);
    }
    check_data(loaded, use);
}

}  // namespace keyledger
