#include "projections/record_codec.hpp"

#include <algorithm>
#include <limits>

namespace keyledger {
namespace {

void append_digest(std::string& out, const Digest& digest) {
    out += view_of(digest);
}

void append_time(std::string& out, Timestamp time) {
    append_signed(out, time.time_since_epoch().count());
}

void append_time(std::string& out, const std::optional<Timestamp>& time) {
    append_number(out, time ? 1 : 0);
    if (time) append_time(out, *time);
}

void append_rate(std::string& out, const std::optional<RateLimit>& rate) {
    append_number(out, rate ? 1 : 0);
    if (!rate) return;
    append_number(out, rate->limit);
    append_signed(out, rate->window.count());
}

void append_pairs(std::string& out, const std::vector<std::pair<std::string, std::string>>& pairs) {
    append_number(out, pairs.size());
    for (const auto& [name, text] : pairs) {
        append_text(out, name);
        append_text(out, text);
    }
}

constexpr std::uint64_t address_bits = 128;

Timestamp time_of(std::int64_t milliseconds) {
    return Timestamp(Duration(milliseconds));
}

}  // namespace

void append_number(std::string& out, std::uint64_t number) {
    while (number >= 0x80) {
        out += static_cast<char>(number | 0x80);
        number >>= 7;
    }
    out += static_cast<char>(number);
}

void append_signed(std::string& out, std::int64_t number) {
    const auto shifted = static_cast<std::uint64_t>(number) << 1;
    append_number(out, number < 0 ? ~shifted : shifted);
}

void append_text(std::string& out, std::string_view text) {
    append_number(out, text.size());
    out += text;
}

void append_facts(std::string& out, const KeyState& key) {
    out.append(reinterpret_cast<const char*>(key.id.uuid.data()), key.id.uuid.size());
    append_text(out, key.workspace);
    append_text(out, key.environment);
    append_time(out, key.settings.expires_at);
    append_rate(out, key.settings.rate_limit);
    const auto& quota = key.settings.quota;
    append_number(out, quota ? 1 : 0);
    if (quota) {
        append_number(out, quota->limit);
        append_signed(out, quota->window ? quota->window->count() : 0);
    }
    append_number(out, key.settings.allowed_ranges.size());
    for (const AddressRange& range : key.settings.allowed_ranges) {
        out.append(reinterpret_cast<const char*>(range.base.bytes.data()), range.base.bytes.size());
        append_number(out, range.prefix_bits);
    }
    append_number(out, key.scopes.size());
    for (const std::string& scope : key.scopes) append_text(out, scope);
    append_number(out, key.resource ? 1 : 0);
    if (key.resource) {
        append_text(out, key.resource->kind);
        append_text(out, key.resource->id);
    }
    append_time(out, key.not_before);
    append_time(out, key.created_at);
    append_time(out, key.rotated_at);
    append_time(out, key.suspended_at);
    append_time(out, key.revoked_at);
    append_number(out, static_cast<std::uint64_t>(key.origin));
    append_number(out, key.secrets.size());
    for (const Secret& secret : key.secrets) {
        append_number(out, secret.version);
        append_digest(out, secret.digest);
        append_text(out, secret.hint);
        append_time(out, secret.created_at);
        append_time(out, secret.valid_until);
    }
    append_number(out, key.revision);
    append_number(out, key.created_seq);
    append_number(out, key.seq);
    append_digest(out, key.head);
    append_digest(out, key.commitments);
}

void append_values(std::string& out, const KeyState& key) {
    append_text(out, key.settings.name);
    append_text(out, key.settings.owner);
    append_text(out, key.settings.metadata);
}

void append_use(std::string& out, const KeyUse& use) {
    append_number(out, use.total);
    append_time(out, use.last_used_at);
    append_number(out, use.last_seq);
    append_number(out, use.quota_spent);
    append_signed(out, use.quota_window);
}

void append_workspace_record(std::string& out, const WorkspaceState& workspace) {
    const WorkspaceDocument& document = workspace.document;
    append_text(out, document.slug);
    append_text(out, document.name);
    append_text(out, document.prefix);
    append_number(out, document.environments.size());
    for (const Environment& environment : document.environments) {
        append_text(out, environment.name);
        append_text(out, environment.tag);
        append_rate(out, environment.rate_limit);
    }
    append_number(out, document.scopes.size());
    for (const ScopeEntry& scope : document.scopes) {
        append_text(out, scope.name);
        append_text(out, scope.description);
    }
    append_number(out, static_cast<std::uint64_t>(document.empty_scopes));
    append_number(out, static_cast<std::uint64_t>(document.on_stale));
    append_number(out, static_cast<std::uint64_t>(document.locale));
    append_number(out, document.errors ? 1 : 0);
    if (document.errors) {
        append_text(out, document.errors->content_type);
        append_text(out, document.errors->body);
        append_pairs(out, document.errors->messages);
        append_pairs(out, document.errors->names);
    }
    append_number(out, workspace.revision);
    append_number(out, workspace.seq);
    append_time(out, workspace.created_at);
    append_time(out, workspace.changed_at);
}

void RecordReader::fail() {
    failed_ = true;
    rest_ = {};
}

std::uint64_t RecordReader::number() {
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
        const auto byte = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        if (shift == 63 && byte > 1) break;  // more than 64 bits
        number |= std::uint64_t{byte & 0x7fU} << shift;
        if (!(byte & 0x80U)) return number;
    }
    fail();
    return 0;
}

std::uint64_t RecordReader::number(std::uint64_t most) {
    const std::uint64_t read = number();
    if (read <= most) return read;
    fail();
    return 0;
}

std::uint32_t RecordReader::number_u32() {
    return static_cast<std::uint32_t>(number(std::numeric_limits<std::uint32_t>::max()));
}

std::int64_t RecordReader::signed_number() {
    const std::uint64_t zigzag = number();
    return static_cast<std::int64_t>(zigzag >> 1) ^ -static_cast<std::int64_t>(zigzag & 1);
}

std::string_view RecordReader::bytes(std::size_t count) {
    if (count > rest_.size()) {
        fail();
        return {};
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
}

std::string RecordReader::text() {
    return std::string(bytes(number()));
}

std::size_t RecordReader::count() {
    const std::uint64_t claimed = number();
    if (claimed <= rest_.size()) return claimed;
    fail();
    return 0;
}

Digest RecordReader::digest() {
    return digest_from_bytes(bytes(sizeof(Digest))).value_or(Digest{});
}

std::optional<Timestamp> RecordReader::maybe_time() {
    if (!flag()) return {};
    return time_of(signed_number());
}

std::optional<RateLimit> RecordReader::maybe_rate() {
    if (!flag()) return {};
    RateLimit rate;
    rate.limit = number_u32();
    rate.window = Duration(signed_number());
    return rate;
}

KeyState RecordReader::key() {
    KeyState key;
    const std::string_view uuid = bytes(key.id.uuid.size());
    std::copy(uuid.begin(), uuid.end(), key.id.uuid.begin());
    key.workspace = text();
    key.environment = text();
    key.settings.expires_at = maybe_time();
    key.settings.rate_limit = maybe_rate();
    if (flag()) {
        QuotaLimit& quota = key.settings.quota.emplace();
        quota.limit = number();
        const std::int64_t window = signed_number();
        if (window != 0) quota.window = Duration(window);
    }
    key.settings.allowed_ranges.resize(count());
    for (AddressRange& range : key.settings.allowed_ranges) {
        const std::string_view base = bytes(range.base.bytes.size());
        std::copy(base.begin(), base.end(), range.base.bytes.begin());
        range.prefix_bits = static_cast<std::uint8_t>(number(address_bits));
    }
    key.scopes.resize(count());
    for (std::string& scope : key.scopes) scope = text();
    if (flag()) {
        Resource& resource = key.resource.emplace();
        resource.kind = text();
        resource.id = text();
    }
    key.not_before = maybe_time();
    key.created_at = time_of(signed_number());
    key.rotated_at = maybe_time();
    key.suspended_at = maybe_time();
    key.revoked_at = maybe_time();
    key.origin = enumerator(Origin::imported);
    key.secrets.resize(count());
    for (Secret& secret : key.secrets) {
        secret.version = number_u32();
        secret.digest = digest();
        secret.hint = text();
        secret.created_at = time_of(signed_number());
        secret.valid_until = maybe_time();
    }
    key.revision = number();
    key.created_seq = number();
    key.seq = number();
    key.head = digest();
    key.commitments = digest();
    key.settings.name = text();
    key.settings.owner = text();
    key.settings.metadata = text();
    return key;
}

KeyUse RecordReader::use() {
    KeyUse use;
    use.total = number();
    use.last_used_at = maybe_time();
    use.last_seq = number();
    use.quota_spent = number();
    use.quota_window = signed_number();
    return use;
}

WorkspaceState RecordReader::workspace() {
    WorkspaceState workspace;
    WorkspaceDocument& document = workspace.document;
    document.slug = text();
    document.name = text();
    document.prefix = text();
    document.environments.resize(count());
    for (Environment& environment : document.environments) {
        environment.name = text();
        environment.tag = text();
        environment.rate_limit = maybe_rate();
    }
    document.scopes.resize(count());
    for (ScopeEntry& scope : document.scopes) {
        scope.name = text();
        scope.description = text();
    }
    document.empty_scopes = enumerator(EmptyScopes::all);
    document.on_stale = enumerator(OnStale::serve);
    document.locale = enumerator(Locale::es);
    if (flag()) {
        ErrorDialect& errors = document.errors.emplace();
        errors.content_type = text();
        errors.body = text();
        for (auto* pairs : {&errors.messages, &errors.names}) {
            pairs->resize(count());
            for (auto& [name, value] : *pairs) {
                name = text();
                value = text();
            }
        }
    }
    workspace.revision = number();
    workspace.seq = number();
    workspace.created_at = time_of(signed_number());
    workspace.changed_at = time_of(signed_number());
    return workspace;
}

}  // namespace keyledger
