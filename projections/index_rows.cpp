#include "projections/index_rows.hpp"

#include "ledger/base/bytes.hpp"
#include "ledger/log/idempotency_row.hpp"
#include "projections/access_rows.hpp"

namespace keyledger {
namespace {

std::string_view bytes_of(const KeyId& key) {
    return {reinterpret_cast<const char*>(key.uuid.data()), key.uuid.size()};
}

std::string with_number(const KeyId& key, std::uint64_t number) {
    std::string row_key(bytes_of(key));
    append_u64(row_key, number);
    return row_key;
}

}  // namespace

std::string stream_row_key(const KeyId& key, std::uint64_t revision) {
    return with_number(key, revision);
}

std::string history_row_key(const KeyId& key, std::uint64_t seq) {
    return with_number(key, seq);
}

void append_index_rows(std::vector<Row>& rows, const Event& event, const KeyState* before) {
    const Envelope& envelope = event.envelope;
    if (const KeyId* key = key_of(event.body)) {
        std::string seq;
        append_u64(seq, envelope.seq);
        rows.push_back({Family::streams, stream_row_key(*key, envelope.stream_revision), seq});
        rows.push_back({Family::history, history_row_key(*key, envelope.seq), "L"});
    }
    if (const auto* rotated = std::get_if<LogKeyRotated>(&event.body))
        rows.push_back({Family::meta, std::string(log_key_row), rotated->after});
    append_access_rows(rows, event, before);
    if (envelope.idempotency) {
        const IdempotencyRow row{.time = envelope.time,
                                 .request = envelope.idempotency->request,
                                 .first_seq = envelope.seq,
                                 .count = envelope.command_events};
        rows.push_back(
            {Family::idempotency, std::string(view_of(envelope.idempotency->slot)), encode(row)});
    }
}

}  // namespace keyledger
