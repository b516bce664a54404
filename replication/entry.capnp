# What a leader proposes as one entry of the Raft log, version 1 (replication/entry_codec.hpp has the
# frame around it). Fields are only ever added, at the end.

@0xb7d1f0a6c3e95a42;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("keyledger::entries");

struct Batch {
  term @0 :UInt64;      # in which it was decided
  firstSeq @1 :UInt64;  # of its events
  node @2 :UInt64;      # who proposed it: node, start of that node, number in that start
  boot @3 :UInt64;
  number @4 :UInt64;
  events @5 :List(Event);
}

struct Event {
  leaf @0 :Data;
  personal @1 :Data;  # null where there is nothing
}
