package main

/*
#include <stdlib.h>
#include "engine.h"
*/
import "C"

import (
	"unsafe"

	"go.etcd.io/etcd/raft"
	pb "go.etcd.io/etcd/raft/raftpb"
)

//export engine_has_ready
func engine_has_ready(handle C.uint64_t) C.int32_t {
	answer := C.int32_t(0)
	call(handle, func(e *engine) C.int32_t {
		if e.ready == nil && e.node.HasReady() {
			answer = 1
		}
		return C.engine_done
	})
	return answer
}

//export engine_take_ready
func engine_take_ready(handle C.uint64_t, out *C.engine_ready) C.int32_t {
	return call(handle, func(e *engine) C.int32_t {
		if e.ready != nil {
			return C.engine_refused
		}
		ready := e.node.Ready()
		e.ready, e.snapshotCame = &ready, false
		*out = C.engine_ready{}
		if ready.MustSync || !raft.IsEmptySnap(ready.Snapshot) {
			out.must_sync = 1
		}
		if !raft.IsEmptyHardState(ready.HardState) {
			out.has_hard_state = 1
			out.hard_state = C.engine_hard_state{term: C.uint64_t(ready.Term),
				vote: C.uint64_t(ready.Vote), commit: C.uint64_t(ready.Commit)}
		}
		if !raft.IsEmptySnap(ready.Snapshot) {
			of := &ready.Snapshot.Metadata
			out.has_snapshot = 1
			out.snapshot = C.engine_snapshot{index: C.uint64_t(of.Index), term: C.uint64_t(of.Term),
				voters: e.nodes(of.ConfState.Voters), learners: e.nodes(of.ConfState.Learners)}
		}
		out.entries, out.entries_count = e.entries(ready.Entries), C.size_t(len(ready.Entries))
		out.committed = e.entries(ready.CommittedEntries)
		out.committed_count = C.size_t(len(ready.CommittedEntries))
		committed := unsafe.Slice(out.committed, len(ready.CommittedEntries))
		for i := range ready.CommittedEntries {
			if change, is := changeIn(&ready.CommittedEntries[i]); is {
				committed[i].change = kindOf(change.Type)
				committed[i].change_node = C.uint64_t(change.NodeID)
			}
		}
		out.messages, out.messages_count = e.messages(&ready), C.size_t(len(ready.Messages))
		out.reads, out.reads_count = e.reads(ready.ReadStates), C.size_t(len(ready.ReadStates))
		return C.engine_done
	})
}

//export engine_advance
func engine_advance(handle C.uint64_t) C.int32_t {
	return call(handle, func(e *engine) C.int32_t {
		if e.ready == nil {
			return C.engine_refused
		}
		ready, storage := *e.ready, e.storage
		e.ready = nil
		e.free()
		storage.applying = true
		if of := ready.Snapshot.Metadata; of.Index > 0 {
			if err := storage.ApplySnapshot(ready.Snapshot); err != nil {
				panic(err)
			}
			storage.members, storage.applied = of.ConfState, of.Index
		}
		if err := storage.Append(ready.Entries); err != nil {
			panic(err)
		}
		for i := range ready.CommittedEntries {
			if change, is := changeIn(&ready.CommittedEntries[i]); is {
				storage.members = *e.node.ApplyConfChange(change)
			}
			storage.applied = ready.CommittedEntries[i].Index
		}
		e.node.Advance(ready)
		storage.applying = false
		if !raft.IsEmptyHardState(ready.HardState) {
			e.durable = ready.HardState
		}
		return C.engine_done
	})
}

//export engine_compact
func engine_compact(handle C.uint64_t, through C.uint64_t) C.int32_t {
	return call(handle, func(e *engine) C.int32_t {
		first, err := e.storage.FirstIndex()
		if err != nil {
			panic(err)
		}
		if uint64(through) > e.storage.applied {
			return C.engine_refused
		}
		if uint64(through) < first {
			return C.engine_done
		}
		if err := e.storage.Compact(uint64(through)); err != nil {
			panic(err)
		}
		return C.engine_done
	})
}

// Changes are proposed one at a time, and so have one form.
func changeIn(entry *pb.Entry) (change pb.ConfChange, is bool) {
	if entry.Type == pb.EntryNormal {
		return change, false
	}
	if entry.Type != pb.EntryConfChange || change.Unmarshal(entry.Data) != nil {
		panic("an entry is no change that was proposed here")
	}
	return change, true
}

func kindOf(change pb.ConfChangeType) C.uint32_t {
	switch change {
	case pb.ConfChangeAddNode:
		return C.engine_add_voter
	case pb.ConfChangeAddLearnerNode:
		return C.engine_add_learner
	}
	return C.engine_remove
}

// The leader may send before its own disk has what it sends: its entries count for it only when it
// hears from others. Not if this ready changes its term or vote, which nobody may hear of before the
// disk has them; nor if an only voter counts as committed what its disk does not have yet.
func (e *engine) afterSync(message *pb.Message, ready *raft.Ready) bool {
	if state := ready.HardState; !raft.IsEmptyHardState(state) &&
		(state.Term != e.durable.Term || state.Vote != e.durable.Vote) {
		return true
	}
	switch message.Type {
	case pb.MsgApp, pb.MsgHeartbeat:
		return len(ready.Entries) > 0 && message.Commit >= ready.Entries[0].Index
	case pb.MsgSnap, pb.MsgTimeoutNow:
		return false
	}
	return true
}

// Memory for the ready under way.
func (e *engine) block(size int) unsafe.Pointer {
	if size == 0 {
		return nil
	}
	block := C.malloc(C.size_t(size))
	e.blocks = append(e.blocks, block)
	return block
}

func (e *engine) free() {
	for _, block := range e.blocks {
		C.free(block)
	}
	e.blocks = e.blocks[:0]
}

func (e *engine) bytes(from []byte) C.engine_bytes {
	block := (*C.uint8_t)(e.block(len(from)))
	copy(unsafe.Slice((*byte)(block), len(from)), from)
	return C.engine_bytes{data: block, size: C.size_t(len(from))}
}

func (e *engine) nodes(ids []uint64) C.engine_nodes {
	block := (*C.uint64_t)(e.block(len(ids) * C.sizeof_uint64_t))
	copy(unsafe.Slice((*uint64)(block), len(ids)), ids)
	return C.engine_nodes{ids: block, count: C.size_t(len(ids))}
}

func (e *engine) entries(from []pb.Entry) *C.engine_entry {
	block := (*C.engine_entry)(e.block(len(from) * C.sizeof_engine_entry))
	to := unsafe.Slice(block, len(from))
	for i := range from {
		to[i] = C.engine_entry{index: C.uint64_t(from[i].Index), term: C.uint64_t(from[i].Term),
			kind: C.uint32_t(from[i].Type), data: e.bytes(from[i].Data)}
	}
	return block
}

func (e *engine) messages(ready *raft.Ready) *C.engine_message {
	from := ready.Messages
	block := (*C.engine_message)(e.block(len(from) * C.sizeof_engine_message))
	to := unsafe.Slice(block, len(from))
	for i := range from {
		size := from[i].Size()
		bytes := (*C.uint8_t)(e.block(size))
		if _, err := from[i].MarshalTo(unsafe.Slice((*byte)(bytes), size)); err != nil {
			panic(err)
		}
		to[i] = C.engine_message{to: C.uint64_t(from[i].To),
			snapshot_index: C.uint64_t(from[i].Snapshot.Metadata.Index),
			bytes:          C.engine_bytes{data: bytes, size: C.size_t(size)}}
		if e.afterSync(&from[i], ready) {
			to[i].after_sync = 1
		}
	}
	return block
}

func (e *engine) reads(from []raft.ReadState) *C.engine_read {
	block := (*C.engine_read)(e.block(len(from) * C.sizeof_engine_read))
	to := unsafe.Slice(block, len(from))
	for i := range from {
		to[i] = C.engine_read{context: e.bytes(from[i].RequestCtx), index: C.uint64_t(from[i].Index)}
	}
	return block
}
