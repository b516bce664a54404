#include "tools/commands/data_directory.hpp"

#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>

namespace keyledger {
namespace {

OpenedLedger opened(OpenOptions options) {
    auto result = RocksdbLog::open(std::move(options));
    if (auto* log = std::get_if<std::unique_ptr<RocksdbLog>>(&result)) {
        return {std::move(*log), {}, ExitCode::success};
    }
    return {nullptr, std::get<LogFault>(result).what, ExitCode::integrity};
}

OpenOptions options_for(const std::string& data, OpenOptions::Mode mode) {
    OpenOptions options;
    options.directory = ledger_path(data);
    options.mode = mode;
    return options;
}

}  // namespace

std::string ledger_path(const std::string& data) {
    return (std::filesystem::path(data) / "ledger").string();
}

OpenedLedger open_ledger(const std::string& data,
                         std::function<void(const LogFault&)> on_read_fault) {
    std::error_code error;
    if (!std::filesystem::exists(ledger_path(data), error)) {
        return {nullptr, data + " holds no ledger; `keyledger init --data " + data + "` makes one",
                ExitCode::not_found};
    }
    OpenOptions options = options_for(data, OpenOptions::Mode::existing);
    options.on_read_fault = std::move(on_read_fault);
    OpenedLedger ledger = opened(std::move(options));
    if (ledger.log && ledger.log->next_seq() == 0) {
        return {nullptr, data + " holds a ledger without events: its init was cut short; run it again",
                ExitCode::integrity};
    }
    return ledger;
}

OpenedLedger create_ledger(const std::string& data) {
    std::error_code error;
    std::filesystem::create_directories(data, error);
    if (error) return {nullptr, data + " can't be made: " + error.message(), ExitCode::error};
    const bool is_there = std::filesystem::exists(ledger_path(data), error) &&
                          !std::filesystem::is_empty(ledger_path(data), error);
    if (!is_there) return opened(options_for(data, OpenOptions::Mode::create));
    OpenedLedger ledger = opened(options_for(data, OpenOptions::Mode::existing));
    if (ledger.log && ledger.log->next_seq() == 0) return ledger;
    return {nullptr, data + " has a ledger already; it was left as it is", ExitCode::conflict};
}

std::optional<std::string> problem_of(const RestoreResult& result) {
    if (result.fault) return result.fault->what;
    if (result.damage) {
        return "event seq=" + std::to_string(result.damage->seq) + " " + result.damage->what;
    }
    return {};
}

}  // namespace keyledger
