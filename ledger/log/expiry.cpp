#include "ledger/log/expiry.hpp"

#include "ledger/log/idempotency_row.hpp"
#include "ledger/log/usage_counts.hpp"

namespace keyledger {

namespace {

bool is_expired_bucket(const UsageRowKey& bucket, Timestamp ledger_time) {
    switch (bucket.width) {
        case BucketWidth::minute:
            return bucket.start <= ledger_time - minute_buckets_kept - length_of(bucket.width);
        case BucketWidth::hour:
            return bucket.start <= ledger_time - hour_buckets_kept - length_of(bucket.width);
        case BucketWidth::day:
            return false;
    }
    return false;
}

}  // namespace

bool is_expired(Family family, std::string_view key, std::string_view value,
                Timestamp ledger_time) {
    if (family == Family::usage) {
        const auto bucket = parse_usage_row_key(key);
        return bucket && is_expired_bucket(*bucket, ledger_time);
    }
    if (family == Family::idempotency) {
        const auto row = decode_idempotency_row(value);
        return row && row->time <= ledger_time - idempotency_kept;
    }
    return false;
}

}  // namespace keyledger
