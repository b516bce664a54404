#pragma once
// The JSON bodies of requests that change keys, as typed values. All that is wrong with a body is
// told at once. Pure: whether a workspace, a scope or a key exists is not asked here.

#include "http/field_fault.hpp"
#include "ledger/base/time.hpp"
#include "ledger/rules/command.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

inline constexpr std::size_t resource_id_bytes_max = 200;
inline constexpr Duration grace_max = std::chrono::days(366);

// What any body that changes something may say besides.
struct Remarks {
    std::string reason;  // empty: none
    bool force = false;  // the last administrator may be lost
};

// `command` lacks what the door fills in: key, workspace, digest and hint.
struct CreateKeyBody {
    CreateKey command;
    Remarks remarks;
};

// Each item lacks key and workspace, has its digest, and says Origin::imported.
struct ImportBody {
    std::vector<CreateKey> items;
    Remarks remarks;
};

// `command` lacks the key. RFC 7396 merges objects: where `merged` is true, metadata or a limit was
// made of the patch and the current one, and is right only for a key that is still at the revision
// read.
struct ChangeKeyBody {
    ChangeKey command;
    bool merged = false;
    Remarks remarks;
};

struct ScopesBody {
    std::vector<std::string> scopes;
    bool all = false;
    Remarks remarks;
};

struct RotateBody {
    Duration grace{};
    Remarks remarks;
};

// Either an owner or ids.
struct RevokeKeysBody {
    std::optional<std::string> owner;
    std::vector<KeyId> keys;
    Remarks remarks;
};

// In the order of the tokens or digests; a token is hashed at once and not kept.
struct RevokeTokensBody {
    std::vector<Digest> digests;
    Remarks remarks;
};

Parsed<CreateKeyBody> parse_create_key(std::string_view body);
Parsed<ImportBody> parse_import(std::string_view body);
Parsed<ChangeKeyBody> parse_change_key(std::string_view body, const KeySettings& current);
Parsed<ScopesBody> parse_scopes(std::string_view body);
// An empty body is as good as {} in these two.
Parsed<RotateBody> parse_rotate(std::string_view body);
Parsed<Remarks> parse_remarks(std::string_view body);
Parsed<RevokeKeysBody> parse_revoke_keys(std::string_view body);
Parsed<RevokeTokensBody> parse_revoke_tokens(std::string_view body);
// Like those of the tokens to revoke.
Parsed<std::vector<Digest>> parse_find_tokens(std::string_view body);

// "sha256:" and 64 hexadecimal digits.
std::optional<Digest> parse_digest(std::string_view text);

}  // namespace keyledger
