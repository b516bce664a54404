#pragma once
// An event as it stands in answers and exports. Never a digest of a secret.

#include "ledger/base/json_writer.hpp"
#include "ledger/rules/event.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace keyledger {

inline constexpr unsigned event_version = 1;  // of all types so far

// Which rows of a KeysUsed are shown; empty: all. An asker who may see one key or one workspace
// must not see what others did.
using RowFilter = std::function<bool(const UseRow&)>;

// Appends {seq, id, type, version, time, workspace, stream, revision, actor: {kind, id, address},
// requestId, reason, data, leafHash, erased}. `stream` is a key's id or `uses`, `audit`, `ledger`;
// data holds a new thing's values, or `before` and `after` of what changed. A value that was erased
// is null, and `erased` lists its place in the event as RFC 6901 writes it.
void append_event(std::string& out, const Event& event, const Digest& leaf_hash,
                  const RowFilter& shows_row = {});

// {kind, id, address}
void write_actor(JsonWriter& writer, const Actor& actor);

// "uses", or the id of the stream's key.
std::string to_text(const Stream& stream);

}  // namespace keyledger
