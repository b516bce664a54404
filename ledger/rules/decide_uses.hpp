#pragma once
// The rules of uses, behind decide.

#include "ledger/rules/circumstances.hpp"

namespace keyledger {

Result<Decision> use_key(const Circumstances& given, const UseKey& command);
Result<Decision> record_uses(const Circumstances& given, const RecordUses& command);

}  // namespace keyledger
