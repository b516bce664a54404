#pragma once
// The rules of a key's life, behind decide.

#include "ledger/rules/circumstances.hpp"

namespace keyledger {

Result<Decision> create_key(const Circumstances& given, const CreateKey& command);
Result<Decision> import_keys(const Circumstances& given, const ImportKeys& command);
Result<Decision> scope_key(const Circumstances& given, const ScopeKey& command);
Result<Decision> change_key(const Circumstances& given, const ChangeKey& command);
Result<Decision> rotate_key(const Circumstances& given, const RotateKey& command);
Result<Decision> suspend_key(const Circumstances& given, const SuspendKey& command);
Result<Decision> resume_key(const Circumstances& given, const ResumeKey& command);
Result<Decision> revoke_key(const Circumstances& given, const RevokeKey& command);
Result<Decision> revoke_keys(const Circumstances& given, const RevokeKeys& command);
Result<Decision> revoke_digests(const Circumstances& given, const RevokeDigests& command);

}  // namespace keyledger
