package main

// #include "engine.h"
import "C"

import (
	"fmt"
	"unsafe"

	"go.etcd.io/etcd/raft"
	pb "go.etcd.io/etcd/raft/raftpb"
)

// The tail of the log in memory, as the library reads it. It holds what is durable: entries come in at
// the start and at each advance, and go at a compaction.
type storage struct {
	*raft.MemoryStorage
	hardState pb.HardState // at the start
	members   pb.ConfState // as of `applied`, but while `applying`
	applied   uint64
	applying  bool
}

func newStorage(stored C.engine_stored) (*storage, error) {
	s := &storage{
		MemoryStorage: raft.NewMemoryStorage(),
		hardState: pb.HardState{Term: uint64(stored.hard_state.term),
			Vote: uint64(stored.hard_state.vote), Commit: uint64(stored.hard_state.commit)},
		members: pb.ConfState{Voters: idsOf(stored.base.voters),
			Learners: idsOf(stored.base.learners)},
		applied: uint64(stored.applied),
	}
	base := pb.SnapshotMetadata{Index: uint64(stored.base.index), Term: uint64(stored.base.term)}
	last, term := base.Index, base.Term
	entries := make([]pb.Entry, int(stored.entries_count))
	for i, entry := range unsafe.Slice(stored.entries, int(stored.entries_count)) {
		entries[i] = pb.Entry{Index: uint64(entry.index), Term: uint64(entry.term),
			Type: pb.EntryType(entry.kind), Data: bytesOf(entry.data)}
		if entries[i].Index != last+1 || entries[i].Term < term {
			return nil, fmt.Errorf("entry %d of term %d follows entry %d of term %d",
				entries[i].Index, entries[i].Term, last, term)
		}
		last, term = entries[i].Index, entries[i].Term
	}
	if s.applied < base.Index || s.applied > last {
		return nil, fmt.Errorf("%d is applied, and the log has entries from %d to %d", s.applied,
			base.Index+1, last)
	}
	if s.hardState.Commit > last || s.hardState.Term < term {
		return nil, fmt.Errorf("commit is %d in term %d, and the log ends with entry %d of term %d",
			s.hardState.Commit, s.hardState.Term, last, term)
	}
	// What is applied was committed, though only a later write would have said so.
	if s.hardState.Commit < s.applied {
		s.hardState.Commit = s.applied
	}
	if base.Index > 0 {
		if err := s.ApplySnapshot(pb.Snapshot{Metadata: base}); err != nil {
			return nil, err
		}
	}
	return s, s.Append(entries)
}

func idsOf(nodes C.engine_nodes) []uint64 {
	ids := make([]uint64, int(nodes.count))
	for i, id := range unsafe.Slice(nodes.ids, int(nodes.count)) {
		ids[i] = uint64(id)
	}
	return ids
}

func (s *storage) InitialState() (pb.HardState, pb.ConfState, error) {
	return s.hardState, s.members, nil
}

// Made at the moment it is sent, and so with its receiver among the members: a node that does not find
// itself there drops it without a word, and would be sent it for ever.
func (s *storage) Snapshot() (pb.Snapshot, error) {
	if s.applying {
		return pb.Snapshot{}, raft.ErrSnapshotTemporarilyUnavailable
	}
	term, err := s.Term(s.applied)
	if err != nil {
		return pb.Snapshot{}, err
	}
	return pb.Snapshot{Metadata: pb.SnapshotMetadata{Index: s.applied, Term: term,
		ConfState: s.members}}, nil
}
