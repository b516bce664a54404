#include "http/admin/backup_handler.hpp"

#include "http/query.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <utility>
#include <variant>

namespace keyledger {

namespace asio = boost::asio;

namespace {

constexpr std::string_view scope = "cluster:write";
constexpr std::string_view archive_type = "application/x-tar";
// A reader that takes less on average holds on to room on the disk, and keeps others from a backup.
constexpr std::uint64_t bytes_per_second_min = 16 * 1024;
constexpr std::chrono::seconds slow_start{60};

}  // namespace

RunningBackup::Held::~Held() {
    writer.reset();  // and with it the copy: the next one may use its name
    busy->store(false);
}

std::unique_ptr<RunningBackup> RunningBackup::begin(
    const BackupSources& sources, const std::shared_ptr<std::atomic<bool>>& busy) {
    if (busy->exchange(true)) return nullptr;
    return std::unique_ptr<RunningBackup>(
        new RunningBackup(sources, std::make_shared<Held>(busy)));
}

RunningBackup::~RunningBackup() {
    sources_.thread.destroy_there(std::move(held_));
}

bool RunningBackup::make_copy(Timestamp now) {
    auto made =
        BackupCopy::make({.log = sources_.log,
                          .directory = sources_.directory,
                          .checkpoint = [this] { return sources_.signer.published()->note; },
                          .keys = sources_.keys,
                          .signing_key = {}});
    if (const auto* fault = std::get_if<LogFault>(&made)) {
        sources_.on_fault(*fault);
        return false;
    }
    held_->writer = std::make_unique<BackupWriter>(
        std::move(std::get<std::unique_ptr<BackupCopy>>(made)), now);
    return true;
}

bool RunningBackup::read_on(std::string& piece) {
    piece = held_->writer->next();
    const auto& fault = held_->writer->fault();
    if (fault) sources_.on_fault(*fault);
    return !fault;
}

bool BackupStream::is_too_slow() const {
    const std::chrono::seconds allowed(sent_ / bytes_per_second_min);
    return std::chrono::steady_clock::now() - began_ > slow_start + allowed;
}

asio::awaitable<std::string> BackupStream::next() {
    std::string piece;
    is_cut_ = is_too_slow() || !door_.still_holds(reader_, scope);
    if (is_cut_) co_return piece;
    const auto read = [&] { is_cut_ = !backup_->read_on(piece); };
    co_await thread_.once(read);
    sent_ += piece.size();
    co_return piece;
}

asio::awaitable<void> BackupHandler::make(Exchange& exchange) {
    const std::optional<Caller> caller = co_await door_.require(scope, exchange);
    if (!caller) co_return;
    if (caller->authority.bound_workspace) {
        answer_problem(exchange, Rejection{Refusal::beyond_authority});
        co_return;
    }
    const QueryReader query(exchange.request.query, {});
    if (!query.faults().empty()) {
        answer_problem(exchange, query.faults());
        co_return;
    }
    if (!sources_.is_whole) {
        answer_unavailable(exchange, ApiError::unavailable);
        co_return;
    }
    std::unique_ptr<RunningBackup> backup = RunningBackup::begin(sources_, busy_);
    if (!backup) {
        answer_problem(exchange, ApiError::backup_running);
        co_return;
    }
    bool is_made = false;
    const auto copy = [&] { is_made = backup->make_copy(door_.now()); };
    co_await sources_.thread.once(copy);
    if (!is_made) {
        answer_problem(exchange, ApiError::internal);
        co_return;
    }
    door_.note_read(
        exchange, *caller, query,
        {.route = "/v1/backups", .until = backup->events() - 1, .events = backup->events()});
    exchange.response.content_type = archive_type;
    append_header(exchange.response.headers, "Cache-Control", "no-store");
    append_header(exchange.response.headers, "Content-Disposition",
                  "attachment; filename=\"keyledger-backup.tar\"");
    exchange.response.stream = std::make_shared<BackupStream>(
        door_, sources_.thread, std::move(backup), caller->authority.key);
}

}  // namespace keyledger
