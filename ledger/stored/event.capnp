# An event as it is hashed and kept, schema 1 (ledger/stored/event_codec.hpp has the frame around it).
# Final: fields and kinds are only ever added, at the end. Bytes once written are never written again.
#
# Each event has exactly one spelling, which the reader holds every leaf to:
# - The message is canonical, and has nothing that this schema does not know.
# - No struct has unused bits: numbers are as wide as it takes, so that none can be flipped unseen.
# - What is absent is a null pointer: an optional value, an empty text or list, a digest that is all zero,
#   an erasable value that is empty. A struct that must be there is never null, even if all in it is zero.
# - A digest is 32 bytes. Times are milliseconds since the epoch. A key id is its UUID in two halves, big
#   end first. Enumerations are numbers, append-only, as they stand in the C++ headers named beside them.
#
# An erasable value stands here as its commitment, SHA-256(salt || value); "erasable N" is its ordinal in
# `personal`. The ordinals so far are 1 to 9.

@0x999cf4ca0f50f06f;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("keyledger::stored");

struct Event {
  seq @0 :UInt64;
  idHigh @1 :UInt64;  # a UUIDv7
  idLow @2 :UInt64;
  time @3 :Int64;
  streamRevision @4 :UInt64;
  commandEvents @5 :UInt32;
  streamKind @6 :UInt8;  # StreamKind, ledger/rules/event.hpp; `key` exactly if the body is a key's
  actorKind @7 :UInt8;   # ActorKind, ledger/rules/event.hpp
  # Here stands the number of the body's kind, 16 bits.
  streamKeyHigh @8 :UInt64;  # the key that the body speaks of; zero in other streams
  streamKeyLow @9 :UInt64;
  actorIdHigh @10 :UInt64;
  actorIdLow @11 :UInt64;

  workspace @12 :Text;
  previous @13 :Data;  # leaf hash of the stream's event before this one
  requestId @14 :Text;
  actorAddress @15 :Data;  # erasable 1
  reason @16 :Data;        # erasable 2
  idempotency @17 :Idempotency;

  body :union {
    workspaceCreated @18 :WorkspaceCreated;
    workspaceChanged @19 :WorkspaceChanged;
    keyCreated @20 :KeyCreated;
    keyScoped @21 :KeyScoped;
    keyChanged @22 :KeyChanged;
    keyRotated @23 :KeyRotated;
    keySuspended @24 :KeySuspended;
    keyResumed @25 :KeyResumed;
    keyRevoked @26 :KeyRevoked;
    keysUsed @27 :KeysUsed;
    usageGap @28 :UsageGap;
    ledgerStarted @29 :LedgerStarted;
    ledgerStopped @30 :LedgerStopped;
    historyRead @31 :HistoryRead;
    streamHeadsSealed @32 :StreamHeadsSealed;
    logKeyRotated @33 :LogKeyRotated;
    tablesDigest @34 :TablesDigest;
  }
}

struct Idempotency {
  slot @0 :Data;     # a digest
  request @1 :Data;  # a digest
}

# The kinds of event. A key's event says which key in Event.streamKey alone.

struct WorkspaceCreated {
  document @0 :WorkspaceDocument;
}

struct WorkspaceChanged {
  before @0 :WorkspaceDocument;
  after @1 :WorkspaceDocument;
}

struct KeyCreated {
  origin @0 :UInt64;      # Origin, ledger/rules/key_state.hpp
  settings @1 :Settings;  # name: erasable 3, owner: erasable 4, metadata: erasable 5
  environment @2 :Text;
  digest @3 :Data;
  hint @4 :Text;
  scopes @5 :List(Text);
  resource @6 :Resource;
  notBefore @7 :Moment;
}

struct KeyScoped {
  before @0 :List(Text);
  after @1 :List(Text);
}

struct KeyChanged {
  changed @0 :UInt64;   # bit 1 << Setting, ledger/rules/event.hpp
  before @1 :Settings;  # name: erasable 6, owner: erasable 7, metadata: erasable 8
  after @2 :Settings;   # name: erasable 3, owner: erasable 4, metadata: erasable 5
}

struct KeyRotated {
  version @0 :UInt64;
  olderValidUntil @1 :Int64;
  digest @2 :Data;
  hint @3 :Text;
}

struct KeySuspended {}

struct KeyResumed {}

struct KeyRevoked {}

struct KeysUsed {
  node @0 :UInt64;
  boot @1 :UInt64;
  number @2 :UInt64;
  rows @3 :List(UseRow);
}

struct UsageGap {
  node @0 :UInt64;
  boot @1 :UInt64;
  from @2 :Int64;
  until @3 :Int64;
}

struct LedgerStarted {
  node @0 :UInt64;
  boot @1 :UInt64;
  version @2 :Text;
}

struct LedgerStopped {
  node @0 :UInt64;
  boot @1 :UInt64;
}

struct HistoryRead {
  ofKeyHigh @0 :UInt64;  # zero if not of one key
  ofKeyLow @1 :UInt64;
  from @2 :UInt64;
  until @3 :UInt64;
  events @4 :UInt64;
  count @5 :UInt64;
  first @6 :Int64;
  last @7 :Int64;
  route @8 :Text;
  ofWorkspace @9 :Text;
  filter @10 :Text;
}

struct StreamHeadsSealed {
  keys @0 :UInt64;
  atSeq @1 :UInt64;
  root @2 :Data;  # a digest
}

struct LogKeyRotated {
  before @0 :Text;
  after @1 :Text;
}

struct TablesDigest {
  atSeq @0 :UInt64;
  digestHigh @1 :UInt64;
  digestLow @2 :UInt64;
}

# What the kinds are made of.

# The last words are the ones that are most often zero in all rows of an event: a canonical list leaves
# them out then.
struct UseRow {
  keyHigh @0 :UInt64;
  keyLow @1 :UInt64;
  secretVersion @2 :UInt32;
  count @3 :UInt32;
  first @4 :Int64;
  last @5 :Int64;
  total @6 :UInt64;
  prevSeq @7 :UInt64;
  outcome @8 :UInt32;  # Outcome, ledger/rules/outcome.hpp
  spent @9 :UInt32;
  cost @10 :UInt64;
  scope @11 :Text;
  resource @12 :Text;
  address @13 :Data;  # erasable 9, followed by the row's number from 0
}

struct Settings {
  name @0 :Data;      # erasable, its ordinal is where the settings are used
  owner @1 :Data;     # erasable, likewise
  metadata @2 :Data;  # erasable, likewise
  expiresAt @3 :Moment;
  rateLimit @4 :RateLimit;
  quota @5 :QuotaLimit;
  allowedRanges @6 :List(AddressRange);
}

struct Moment {
  at @0 :Int64;
}

struct RateLimit {
  limit @0 :UInt64;
  window @1 :Int64;  # milliseconds
}

struct QuotaLimit {
  limit @0 :UInt64;
  window @1 :Int64;  # milliseconds; 0 if there is none
}

# IPv4 stands as IPv4-mapped IPv6.
struct AddressRange {
  baseHigh @0 :UInt64;
  baseLow @1 :UInt64;
  prefixBits @2 :UInt64;  # at most 128
}

struct Resource {
  kind @0 :Text;
  id @1 :Text;
}

struct WorkspaceDocument {
  locale @0 :UInt32;       # Locale, ledger/rules/workspace.hpp
  emptyScopes @1 :UInt16;  # EmptyScopes, likewise
  onStale @2 :UInt16;      # OnStale, likewise
  slug @3 :Text;
  name @4 :Text;
  prefix @5 :Text;
  environments @6 :List(Environment);
  scopes @7 :List(ScopeEntry);
  errors @8 :ErrorDialect;
}

struct Environment {
  name @0 :Text;
  tag @1 :Text;
  rateLimit @2 :RateLimit;
}

struct ScopeEntry {
  name @0 :Text;
  description @1 :Text;
}

struct ErrorDialect {
  contentType @0 :Text;
  body @1 :Text;
  messages @2 :List(NamedText);
  names @3 :List(NamedText);
}

struct NamedText {
  name @0 :Text;
  text @1 :Text;
}
