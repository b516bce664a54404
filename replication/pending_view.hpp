#pragma once
// The tables plus what the batch in the making has decided: what the next command is decided
// against.

#include "ledger/rules/decide.hpp"
#include "projections/tables.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace keyledger {

// Lives on the ledger thread. `tables` outlives it and does not change while anything is pending.
class PendingView final : public LedgerView {
public:
    explicit PendingView(const Tables& tables) : tables_(tables) { clear(); }

    // A new batch: nothing is pending.
    void clear();
    // One more event of the batch, as it will be stored.
    void apply(const Event& event, const Digest& leaf);

    // Where the next event of that stream goes on.
    StreamHead head(const Stream& stream) const;
    Timestamp ledger_time() const { return ledger_time_; }

    const WorkspaceState* workspace(std::string_view slug) const override;
    const KeyState* key(const KeyId& id) const override;
    const KeyState* key_of_digest(const Digest& digest) const override;
    const KeyUse& use(const KeyId& id) const override;
    std::uint64_t next_seq() const override { return next_seq_; }
    void each_key(std::string_view workspace,
                  const std::function<void(const KeyState&)>& visit) const override;
    std::uint64_t last_flush(std::uint64_t node, std::uint64_t boot) const override;
    bool rate_open(const KeyId& id, const RateLimit& limit, Timestamp now) const override;
    bool take_rate(const KeyId& id, const RateLimit& limit, Timestamp now) override;

private:
    KeyState& changing(const KeyId& id);
    KeyUse& counting(const KeyId& id);
    const RateCell* rate_cell(const KeyId& id) const;

    const Tables& tables_;
    std::unordered_map<KeyId, KeyState, KeyIdHash> keys_;
    std::unordered_map<KeyId, KeyUse, KeyIdHash> uses_;
    std::map<Digest, KeyId> digests_;
    std::vector<KeyId> created_;
    std::map<std::string, WorkspaceState, std::less<>> workspaces_;
    std::array<StreamHead, 4> heads_{};
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> flushes_;
    std::uint64_t next_seq_ = 0;
    Timestamp ledger_time_{};
};

}  // namespace keyledger
