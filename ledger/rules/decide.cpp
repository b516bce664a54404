#include "ledger/rules/decide.hpp"

#include "ledger/rules/decide_keys.hpp"
#include "ledger/rules/decide_uses.hpp"
#include "ledger/rules/decide_workspaces.hpp"
#include "ledger/rules/overloaded.hpp"

namespace keyledger {
namespace {

Result<Decision> on_ledger_stream(EventBody body) {
    Decision decision;
    decision.events.push_back({.workspace = std::string(system_slug),
                               .stream = {.kind = StreamKind::ledger, .key = {}},
                               .body = std::move(body)});
    return decision;
}

Result<Decision> record_reads(const RecordHistoryReads& command) {
    Decision decision;
    for (const HistoryRead& read : command.reads) {
        decision.events.push_back({.workspace = std::string(system_slug),
                                   .stream = {.kind = StreamKind::audit, .key = {}},
                                   .body = read});
    }
    return decision;
}

}  // namespace

Result<Decision> decide(LedgerView& state, const Submission& submission, Timestamp now) {
    const Circumstances circumstances{state, submission, now};
    return std::visit(
        Overloaded{
            [&](const CreateWorkspace& c) { return create_workspace(circumstances, c); },
            [&](const ChangeWorkspace& c) { return change_workspace(circumstances, c); },
            [&](const CreateKey& c) { return create_key(circumstances, c); },
            [&](const ImportKeys& c) { return import_keys(circumstances, c); },
            [&](const ScopeKey& c) { return scope_key(circumstances, c); },
            [&](const ChangeKey& c) { return change_key(circumstances, c); },
            [&](const RotateKey& c) { return rotate_key(circumstances, c); },
            [&](const SuspendKey& c) { return suspend_key(circumstances, c); },
            [&](const ResumeKey& c) { return resume_key(circumstances, c); },
            [&](const RevokeKey& c) { return revoke_key(circumstances, c); },
            [&](const RevokeKeys& c) { return revoke_keys(circumstances, c); },
            [&](const RevokeDigests& c) { return revoke_digests(circumstances, c); },
            [&](const UseKey& c) { return use_key(circumstances, c); },
            [&](const RecordUses& c) { return record_uses(circumstances, c); },
            [&](const RecordGap& c) { return on_ledger_stream(c.gap); },
            [&](const RecordStart& c) { return on_ledger_stream(c.start); },
            [&](const RecordStop& c) { return on_ledger_stream(c.stop); },
            [&](const RecordHistoryReads& c) { return record_reads(c); },
            [&](const SealStreamHeads& c) { return on_ledger_stream(c.heads); },
            [&](const RotateLogKey& c) { return on_ledger_stream(c.rotated); },
            [&](const RecordTablesDigest& c) { return on_ledger_stream(c.digest); },
        },
        submission.command);
}

}  // namespace keyledger
