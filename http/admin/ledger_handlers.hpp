#pragma once
// What lets others prove the ledger: checkpoints, proofs, receipts and tiles, in public formats.
//
// Checkpoint, key, policy, proofs and tiles of hashes hold no data and need no credential; entries,
// bundles of them and receipts want the scope events:read.

#include "http/admin/admin_door.hpp"
#include "projections/key_proof.hpp"
#include "replication/checkpoint_signer.hpp"
#include "replication/head_sealer.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace keyledger {

// Where proofs come from. All outlive the handlers.
struct ProofSources {
    const EventLog& log;
    const CheckpointSigner& signer;
    const HeadSealer& sealer;
    // Those whose signatures stand under checkpoints, the newest first.
    std::vector<VerifierKey> keys;
};

// One for all HTTP threads.
class LedgerHandlers {
public:
    LedgerHandlers(AdminDoor& door, ProofSources sources)
        : door_(door), sources_(std::move(sources)) {}

    // GET /checkpoint, GET /v1/ledger/checkpoint
    void checkpoint(Exchange& exchange) const;
    // GET /v1/ledger/key
    void key(Exchange& exchange) const;
    // GET /v1/ledger/policy: as C2SP tlog-policy.
    void policy(Exchange& exchange) const;
    // GET /v1/ledger/proofs/inclusion?seq=&size=
    void inclusion(Exchange& exchange) const;
    // GET /v1/ledger/proofs/consistency?from=&to=
    void consistency(Exchange& exchange) const;
    // GET /v1/ledger/entries/{seq}: the stored bytes, or the event by Accept.
    boost::asio::awaitable<void> entry(Exchange& exchange) const;
    // GET /v1/ledger/receipts/{seq}
    boost::asio::awaitable<void> receipt(Exchange& exchange) const;
    // GET /v1/keys/{id}/events?proof=true: all that proves the key's history whole, or that there
    // is no such key (key_proof.hpp).
    boost::asio::awaitable<void> key_proof(Exchange& exchange) const;
    // GET /tile/{level}/{index}, GET /tile/entries/{index}
    boost::asio::awaitable<void> tile(Exchange& exchange) const;

private:
    using Published = std::shared_ptr<const PublishedCheckpoint>;

    Published provable(Exchange& exchange) const;
    bool may_be_proved(Exchange& exchange, const PublishedCheckpoint& under,
                       std::uint64_t size) const;
    std::optional<std::uint64_t> seq_in_path(Exchange& exchange) const;
    bool may_read_proof(Exchange& exchange, const Caller& caller, bool with_uses) const;
    std::optional<std::string> readable_leaf(Exchange& exchange, const Caller& caller,
                                             std::uint64_t seq) const;

    AdminDoor& door_;
    ProofSources sources_;
};

}  // namespace keyledger
