// The Raft engine of engine.h, which is the contract: etcd's raft.RawNode, called from C++.
package main

/*
#include <stdlib.h>
#include <string.h>
#include "engine.h"
*/
import "C"

import (
	"fmt"
	"io/ioutil"
	"log"
	"math/rand"
	"runtime/cgo"
	"sync"
	"unsafe"

	"go.etcd.io/etcd/raft"
	pb "go.etcd.io/etcd/raft/raftpb"
	"go.etcd.io/etcd/raft/tracker"
)

type engine struct {
	node          *raft.RawNode
	id            uint64
	entryBytesMax uint64
	storage       *storage
	ready         *raft.Ready      // under way: taken, and not yet advanced
	blocks        []unsafe.Pointer // what the ready under way points to
	durable       pb.HardState     // of the last ready that was advanced
	snapshotCame  bool             // and may be in the next ready
	// The last change that was proposed here: where, and in which term.
	changeIndex, changeTerm uint64
	failure                 string
}

// Runs a call for an engine. A panic of the library breaks the engine for good.
func call(handle C.uint64_t, body func(*engine) C.int32_t) (answer C.int32_t) {
	e := cgo.Handle(handle).Value().(*engine)
	if e.failure != "" {
		return C.engine_broken
	}
	defer func() {
		if cause := recover(); cause != nil {
			e.failure = fmt.Sprint(cause)
			answer = C.engine_broken
		}
	}()
	return body(e)
}

func bytesOf(from C.engine_bytes) []byte {
	return append([]byte{}, unsafe.Slice((*byte)(from.data), int(from.size))...)
}

func tell(text string, to *C.char, size C.size_t) {
	if size == 0 {
		return
	}
	room := unsafe.Slice((*byte)(unsafe.Pointer(to)), int(size))
	room[copy(room[:size-1], text)] = 0
}

// The library's own source of randomness, which it has no other way to give a seed to. It points to a
// lockedRand, of this form in the version that is built with.
//
//go:linkname globalRand go.etcd.io/etcd/raft.globalRand
var globalRand unsafe.Pointer

type lockedRand struct {
	mutex sync.Mutex
	rand  *rand.Rand
}

//export engine_seed
func engine_seed(seed C.uint64_t) {
	source := (*lockedRand)(globalRand)
	source.mutex.Lock()
	defer source.mutex.Unlock()
	source.rand = rand.New(rand.NewSource(int64(seed)))
}

//export engine_create
func engine_create(config C.engine_config, stored C.engine_stored, made *C.uint64_t, why *C.char,
	whySize C.size_t) (answer C.int32_t) {
	defer func() {
		if cause := recover(); cause != nil {
			tell(fmt.Sprint(cause), why, whySize)
			answer = C.engine_refused
		}
	}()
	applied := uint64(stored.applied)
	storage, err := newStorage(stored)
	if err != nil {
		tell(err.Error(), why, whySize)
		return C.engine_refused
	}
	node, err := raft.NewRawNode(&raft.Config{
		ID:                        uint64(config.node),
		ElectionTick:              int(config.election_ticks),
		HeartbeatTick:             int(config.heartbeat_ticks),
		Storage:                   storage,
		Applied:                   applied,
		MaxSizePerMsg:             uint64(config.message_entries_bytes_max),
		MaxInflightMsgs:           int(config.messages_in_flight_max),
		MaxUncommittedEntriesSize: uint64(config.uncommitted_bytes_max),
		CheckQuorum:               true,
		PreVote:                   true,
		ReadOnlyOption:            raft.ReadOnlySafe,
		DisableProposalForwarding: true,
		// What it would say is not heard; what it panics with is.
		Logger: &raft.DefaultLogger{Logger: log.New(ioutil.Discard, "", 0)},
	})
	if err != nil {
		tell(err.Error(), why, whySize)
		return C.engine_refused
	}
	e := &engine{node: node, id: uint64(config.node), entryBytesMax: uint64(config.entry_bytes_max),
		storage: storage, durable: storage.hardState}
	*made = C.uint64_t(cgo.NewHandle(e))
	return C.engine_done
}

//export engine_destroy
func engine_destroy(handle C.uint64_t) {
	cgo.Handle(handle).Value().(*engine).free()
	cgo.Handle(handle).Delete()
}

//export engine_failure
func engine_failure(handle C.uint64_t, why *C.char, size C.size_t) {
	tell(cgo.Handle(handle).Value().(*engine).failure, why, size)
}

//export engine_tick
func engine_tick(handle C.uint64_t) C.int32_t {
	return call(handle, func(e *engine) C.int32_t {
		if e.takesSnapshot() {
			e.node.TickQuiesced() // counts the time; the next tick acts on it
		} else {
			e.node.Tick()
		}
		return C.engine_done
	})
}

//export engine_campaign
func engine_campaign(handle C.uint64_t) C.int32_t {
	return call(handle, func(e *engine) C.int32_t {
		if !e.takesSnapshot() {
			_ = e.node.Campaign()
		}
		return C.engine_done
	})
}

// While a snapshot has come and is not yet advanced, a timeout would make the library look for entries
// between what is applied and the snapshot, and panic.
func (e *engine) takesSnapshot() bool {
	return e.snapshotCame || (e.ready != nil && !raft.IsEmptySnap(e.ready.Snapshot))
}

//export engine_step
func engine_step(handle C.uint64_t, bytes C.engine_bytes) C.int32_t {
	return call(handle, func(e *engine) C.int32_t {
		var message pb.Message
		if message.Unmarshal(bytesOf(bytes)) != nil || !e.takes(&message) {
			return C.engine_refused
		}
		if message.Type == pb.MsgTimeoutNow && e.takesSnapshot() {
			return C.engine_done
		}
		e.snapshotCame = e.snapshotCame || message.Type == pb.MsgSnap
		// What is left to say no to comes from a node that is no member, and changes nothing.
		_ = e.node.Step(message)
		return C.engine_done
	})
}

// The library trusts its messages; one that it would take wrongly, or panic at, is kept from it. A
// proposal is never passed on: who proposes knows the next seq only while it leads.
func (e *engine) takes(message *pb.Message) bool {
	if message.To != e.id || message.From == raft.None || message.From == e.id ||
		raft.IsLocalMsg(message.Type) || message.Type == pb.MsgProp {
		return false
	}
	if message.Type == pb.MsgReadIndex || message.Type == pb.MsgReadIndexResp {
		return len(message.Entries) == 1
	}
	for i := range message.Entries {
		if message.Entries[i].Index != message.Index+1+uint64(i) {
			return false
		}
	}
	return message.Type <= pb.MsgPreVoteResp
}

//export engine_propose
func engine_propose(handle C.uint64_t, data C.engine_bytes) C.int32_t {
	return call(handle, func(e *engine) C.int32_t {
		if data.size == 0 || uint64(data.size) > e.entryBytesMax {
			return C.engine_refused
		}
		if e.node.BasicStatus().RaftState != raft.StateLeader {
			return C.engine_not_leader
		}
		if e.node.Propose(bytesOf(data)) != nil {
			return C.engine_busy
		}
		return C.engine_done
	})
}

//export engine_propose_change
func engine_propose_change(handle C.uint64_t, kind C.uint32_t, node C.uint64_t) C.int32_t {
	return call(handle, func(e *engine) C.int32_t {
		status := e.node.BasicStatus()
		if status.RaftState != raft.StateLeader {
			return C.engine_not_leader
		}
		// Where the library finds a change under way it commits an empty entry in silence.
		pending := e.changeTerm == status.Term && e.changeIndex > status.Applied
		if pending || e.appliedTerm() != status.Term {
			return C.engine_busy
		}
		types := map[C.uint32_t]pb.ConfChangeType{C.engine_add_voter: pb.ConfChangeAddNode,
			C.engine_remove: pb.ConfChangeRemoveNode, C.engine_add_learner: pb.ConfChangeAddLearnerNode}
		change, known := types[kind]
		if !known || !e.mayChange(change, uint64(node)) {
			return C.engine_refused
		}
		if e.node.ProposeConfChange(pb.ConfChange{Type: change, NodeID: uint64(node)}) != nil {
			return C.engine_busy
		}
		e.changeTerm = status.Term
		e.node.WithProgress(func(id uint64, _ raft.ProgressType, progress tracker.Progress) {
			if id == e.id {
				e.changeIndex = progress.Match
			}
		})
		return C.engine_done
	})
}

// Whether the change keeps a voter, room, and voters that are voters.
func (e *engine) mayChange(change pb.ConfChangeType, node uint64) bool {
	members, voters := 0, 0
	isMember, isVoter := false, false
	e.node.WithProgress(func(id uint64, kind raft.ProgressType, _ tracker.Progress) {
		members++
		if kind == raft.ProgressTypePeer {
			voters++
			isVoter = isVoter || id == node
		}
		isMember = isMember || id == node
	})
	switch change {
	case pb.ConfChangeAddNode:
		return node != raft.None && !isVoter && (isMember || members < C.ENGINE_MEMBERS_MAX)
	case pb.ConfChangeAddLearnerNode:
		return node != raft.None && !isMember && members < C.ENGINE_MEMBERS_MAX
	default:
		return isMember && !(isVoter && voters == 1)
	}
}

//export engine_read_index
func engine_read_index(handle C.uint64_t, context C.engine_bytes) C.int32_t {
	return call(handle, func(e *engine) C.int32_t {
		if context.size == 0 || context.size > C.ENGINE_READ_CONTEXT_BYTES_MAX {
			return C.engine_refused
		}
		if e.node.BasicStatus().Lead == raft.None {
			return C.engine_no_leader
		}
		e.node.ReadIndex(bytesOf(context))
		return C.engine_done
	})
}

//export engine_transfer
func engine_transfer(handle C.uint64_t, to C.uint64_t) C.int32_t {
	return call(handle, func(e *engine) C.int32_t {
		if e.node.BasicStatus().RaftState != raft.StateLeader {
			return C.engine_not_leader
		}
		answer := C.int32_t(C.engine_refused)
		e.node.WithProgress(func(id uint64, kind raft.ProgressType, _ tracker.Progress) {
			if id == uint64(to) && id != e.id && kind == raft.ProgressTypePeer {
				answer = C.engine_done
			}
		})
		if answer == C.engine_done {
			e.node.TransferLeader(uint64(to))
		}
		return answer
	})
}

//export engine_report_unreachable
func engine_report_unreachable(handle C.uint64_t, node C.uint64_t) C.int32_t {
	return call(handle, func(e *engine) C.int32_t {
		e.node.ReportUnreachable(uint64(node))
		return C.engine_done
	})
}

//export engine_report_snapshot
func engine_report_snapshot(handle C.uint64_t, node C.uint64_t, arrived C.int32_t) C.int32_t {
	return call(handle, func(e *engine) C.int32_t {
		outcome := raft.SnapshotFailure
		if arrived != 0 {
			outcome = raft.SnapshotFinish
		}
		e.node.ReportSnapshot(uint64(node), outcome)
		return C.engine_done
	})
}

// The term of the last entry that is applied.
func (e *engine) appliedTerm() uint64 {
	term, err := e.storage.Term(e.node.BasicStatus().Applied)
	if err != nil {
		panic(err)
	}
	return term
}

//export engine_get_status
func engine_get_status(handle C.uint64_t, out *C.engine_status) C.int32_t {
	return call(handle, func(e *engine) C.int32_t {
		status := e.node.BasicStatus()
		*out = C.engine_status{term: C.uint64_t(status.Term), leader: C.uint64_t(status.Lead),
			commit: C.uint64_t(status.Commit), applied: C.uint64_t(status.Applied),
			transferring_to: C.uint64_t(status.LeadTransferee), role: C.uint32_t(status.RaftState)}
		if e.appliedTerm() == status.Term {
			out.applied_own_term = 1
		}
		return C.engine_done
	})
}

//export engine_get_members
func engine_get_members(handle C.uint64_t, out *C.engine_member, count *C.size_t) C.int32_t {
	return call(handle, func(e *engine) C.int32_t {
		members := unsafe.Slice(out, C.ENGINE_MEMBERS_MAX)
		*count = 0
		e.node.WithProgress(func(id uint64, kind raft.ProgressType, progress tracker.Progress) {
			member := C.engine_member{node: C.uint64_t(id), match: C.uint64_t(progress.Match),
				state: C.uint32_t(progress.State)}
			if kind == raft.ProgressTypeLearner {
				member.is_learner = 1
			}
			if progress.RecentActive || id == e.id {
				member.recently_active = 1
			}
			members[*count] = member
			*count++
		})
		return C.engine_done
	})
}

func main() {}
