#include "replication/bootstrap.hpp"

#include "ledger/base/bytes.hpp"
#include "replication/batch_builder.hpp"

#include <array>
#include <utility>

namespace keyledger {
namespace {

constexpr std::string_view admin_prefix = "kl";

WorkspaceDocument system_document() {
    WorkspaceDocument document;
    document.slug = system_slug;
    document.name = "System";
    document.prefix = admin_prefix;
    document.environments.push_back({.name = std::string(admin_environment),
                                     .tag = std::string(admin_environment),
                                     .rate_limit = {}});
    for (const char* scope : {"workspaces:read", "workspaces:write", "keys:read", "keys:write",
                              "keys:verify", "events:read", "cluster:read", "cluster:write"}) {
        document.scopes.push_back({.name = scope, .description = ""});
    }
    return document;
}

Submission of_system(Command command, std::string reason) {
    Submission submission;
    submission.command = std::move(command);
    submission.reason = std::move(reason);
    return submission;
}

CreateKey root_key(const KeyId& id, const MintedSecret& secret, std::string name) {
    CreateKey create;
    create.key = id;
    create.workspace = system_slug;
    create.environment = admin_environment;
    create.settings.name = std::move(name);
    create.scopes = {"*"};
    create.digest = secret.digest;
    create.hint = secret.hint;
    return create;
}

std::uint64_t draw_node_id(Random& random) {
    std::array<std::uint8_t, 8> bytes{};
    std::uint64_t id = 0;
    while (id == 0) {
        random.fill(bytes);
        id = load_u64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }
    return id;
}

// Decides and appends all of it as one batch.
std::optional<std::variant<LogFault, Rejection>> write_all(EventLog& log, Tables& tables,
                                                           const Clock& clock, Random& random,
                                                           const std::vector<Submission>& all,
                                                           std::vector<Row> rows) {
    BatchBuilder builder(log, tables, clock, random);
    builder.clear();
    for (const Submission& submission : all) {
        const Result<Receipt> receipt = builder.add(submission);
        if (!receipt) return receipt.error();
    }
    LogBatch batch = builder.batch();
    for (Row& row : rows) batch.rows.push_back(std::move(row));
    if (auto fault = log.append(batch)) return std::move(*fault);
    for (const SealedEvent& sealed : builder.events()) tables.apply(sealed.event, sealed.leaf);
    tables.publish();
    return {};
}

Bootstrapped outcome_of(std::optional<std::variant<LogFault, Rejection>> failed, RootKey root) {
    if (!failed) return root;
    if (auto* fault = std::get_if<LogFault>(&*failed)) return std::move(*fault);
    return std::get<Rejection>(*failed);
}

}  // namespace

Bootstrapped begin_ledger(EventLog& log, const Clock& clock, Random& random,
                          const std::vector<WorkspaceDocument>& workspaces) {
    const std::uint64_t node = draw_node_id(random);
    MintedSecret secret = mint_secret(admin_prefix, admin_environment, random);
    const KeyId id{mint_uuid7(clock.now(), random)};
    std::vector<Submission> all;
    all.push_back(
        of_system(RecordStart{{.node = node, .boot = 1, .version = KEYLEDGER_VERSION}}, ""));
    all.push_back(of_system(CreateWorkspace{system_document()}, ""));
    all.push_back(of_system(root_key(id, secret, "root"), "the ledger's first key"));
    for (const WorkspaceDocument& workspace : workspaces) {
        all.push_back(of_system(CreateWorkspace{workspace}, "made with the ledger"));
    }
    all.push_back(of_system(RecordStop{{.node = node, .boot = 1}}, ""));
    std::string node_bytes;
    append_u64(node_bytes, node);
    Tables tables;
    auto failed = write_all(log, tables, clock, random, all,
                            {{Family::meta, std::string(node_id_row), node_bytes}});
    return outcome_of(std::move(failed), RootKey{std::move(secret.token), id});
}

Bootstrapped add_root_key(EventLog& log, Tables& tables, const Clock& clock, Random& random) {
    MintedSecret secret = mint_secret(admin_prefix, admin_environment, random);
    const KeyId id{mint_uuid7(clock.now(), random)};
    std::vector<Submission> all;
    all.push_back(of_system(root_key(id, secret, "recovered root"),
                            "recovered on the stopped node by init --recover"));
    auto failed = write_all(log, tables, clock, random, all, {});
    return outcome_of(std::move(failed), RootKey{std::move(secret.token), id});
}

std::optional<LogFault> state_other_key(EventLog& log, Tables& tables, const Clock& clock,
                                        Random& random, const LogKeyRotated& rotated,
                                        const std::string& reason) {
    std::vector<Submission> all;
    all.push_back(of_system(RotateLogKey{rotated}, reason));
    auto failed = write_all(log, tables, clock, random, all, {});
    if (!failed) return std::nullopt;
    if (auto* fault = std::get_if<LogFault>(&*failed)) return std::move(*fault);
    return LogFault{"the ledger refused to state its new key"};
}

std::optional<std::uint64_t> node_id(const EventLog& log) {
    const auto bytes = log.row(Family::meta, node_id_row);
    if (!bytes || bytes->size() != 8) return {};
    return load_u64(*bytes);
}

}  // namespace keyledger
