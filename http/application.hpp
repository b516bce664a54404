#pragma once
// The server's own side of HTTP: from a request to the handler that answers it.

#include "http/admin/admin_door.hpp"
#include "http/admin/audit_handlers.hpp"
#include "http/admin/backup_handler.hpp"
#include "http/admin/key_handlers.hpp"
#include "http/admin/ledger_handlers.hpp"
#include "http/admin/workspace_handlers.hpp"
#include "http/data/data_plane.hpp"
#include "http/router.hpp"
#include "http/service.hpp"
#include "replication/applied_signal.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>

namespace keyledger {

struct ApplicationLimits {
    std::size_t body_bytes_max = 1024 * 1024;
    std::size_t import_bytes_max = 8 * 1024 * 1024;
};

// One for all HTTP threads. What it is made of outlives it.
class Application final : public Service {
public:
    Application(const Tables& tables, AppliedSignal& signal, DataPlane& data, AdminDoor& door,
                ProofSources proofs, BackupSources backups, ApplicationLimits limits);

    std::size_t body_bytes_max(const Request& request) const override;
    bool answer_now(const Request& request, Response& response) override;
    boost::asio::awaitable<void> answer(const Request& request, Response& response) override;
    void refuse(TransportFault fault, const Request& request, Response& response) override;

    // Before the server starts: what /metrics shows. Called on HTTP threads.
    void set_metrics(std::function<std::string()> page) { metrics_page_ = std::move(page); }
    // Before the server starts: the log contradicts what was published of it. Reads say so in a
    // header; checks are refused, since a revocation may be among what is missing.
    void set_quarantine(std::string why) { quarantine_ = std::move(why); }
    // From now on /readyz says 503: a load balancer sends no more.
    void set_stopping() { stopping_.store(true); }

private:
    Exchange exchange(const Request& request, Response& response) const;
    bool refuse_data(DataRoute route, Exchange& exchange) const;
    bool answer_proof(Action action, Exchange& exchange) const;
    bool answer_page(Action action, Exchange& exchange) const;
    boost::asio::awaitable<void> answer_action(Action action, Exchange& exchange);
    boost::asio::awaitable<void> answer_page_later(Action action, Exchange& exchange);
    boost::asio::awaitable<bool> reach(Exchange& exchange);
    void finish(const Exchange& exchange) const;

    const Tables& tables_;
    AppliedSignal& signal_;
    DataPlane& data_;
    AdminDoor& door_;
    WorkspaceHandlers workspaces_;
    KeyHandlers keys_;
    AuditHandlers audit_;
    LedgerHandlers ledger_;
    BackupHandler backups_;
    ApplicationLimits limits_;
    std::function<std::string()> metrics_page_;
    std::string quarantine_;  // empty: none
    std::atomic<bool> stopping_{false};
};

}  // namespace keyledger
