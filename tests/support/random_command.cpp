#include "tests/support/random_command.hpp"

#include <algorithm>
#include <array>

namespace keyledger {

namespace {

using namespace std::chrono_literals;

constexpr std::array<const char*, 6> scope_names{"*",          "keys:write",  "keys:*",
                                                 "leads:read", "leads:write", "leads:*"};
constexpr std::array<const char*, 3> owners{"", "ana", "bob"};
constexpr std::array<Duration, 3> windows{1min, 1h, 24h};

}  // namespace

std::string CommandDraw::slug() {
    return std::array<const char*, 4>{"system", "acme", "other", "gone"}.at(
        up_to(seldom() ? 3 : 2));
}

// Any number that was or will soon be given out; more often one of the newest, which still live.
std::uint32_t CommandDraw::number() {
    const std::size_t newest = tokens_ + 1;
    return static_cast<std::uint32_t>(seldom() ? up_to(newest)
                                               : newest - std::min(newest, up_to(5)));
}

KeyId CommandDraw::key() {
    return key_id(number());
}

Digest CommandDraw::token() {
    return digest_of(number());
}

std::vector<std::string> CommandDraw::scopes() {
    std::vector<std::string> drawn;
    for (std::size_t i = up_to(2); i > 0; --i) {
        drawn.emplace_back(scope_names.at(up_to(scope_names.size() - 1)));
    }
    return drawn;
}

std::optional<QuotaLimit> CommandDraw::quota() {
    if (coin()) return std::nullopt;
    QuotaLimit drawn{.limit = up_to(20), .window = {}};
    if (coin()) drawn.window = windows.at(up_to(2));
    return drawn;
}

KeySettings CommandDraw::settings() {
    KeySettings drawn;
    const Timestamp base = ledger_.events.back().envelope.time;
    drawn.name = "key";
    drawn.owner = owners.at(up_to(2));
    drawn.quota = quota();
    if (coin()) drawn.rate_limit = RateLimit{static_cast<std::uint32_t>(1 + up_to(9)), 1min};
    if (seldom()) drawn.expires_at = base + up_to(6) * 1h - 1h;
    if (seldom()) drawn.allowed_ranges = {*parse_range("192.0.2.0/24")};
    return drawn;
}

CreateKey CommandDraw::new_key() {
    tokens_ += 1;
    CreateKey drawn = keyledger::new_key(tokens_, slug());
    drawn.environment = coin() ? "live" : "test";
    drawn.settings = settings();
    drawn.scopes = scopes();
    if (seldom()) drawn.not_before = ledger_.events.back().envelope.time + up_to(3) * 1h;
    if (seldom()) drawn.digest = token();
    if (seldom()) drawn.resource = Resource{"workspace", "acme"};
    return drawn;
}

UseKey CommandDraw::use() {
    UseKey drawn;
    drawn.digest = token();
    drawn.cost = up_to(8);
    if (seldom()) drawn.workspace = slug();
    if (seldom()) drawn.scopes = {"leads:read"};
    if (coin()) drawn.address = parse_address("192.0.2.7");
    return drawn;
}

RecordUses CommandDraw::flush() {
    RecordUses drawn;
    if (!seldom()) flushes_ += 1;
    drawn.flush = {.node = 1, .boot = 1, .number = flushes_};
    for (std::size_t i = up_to(8); i > 0; --i) {
        UseRow row;
        row.key = key();
        if (!ledger_.view.key(row.key)) continue;
        row.outcome = coin() ? Outcome::valid : Outcome::suspended;
        row.count = static_cast<std::uint32_t>(1 + up_to(5));
        row.first = row.last = ledger_.events.back().envelope.time;
        drawn.rows.push_back(row);
    }
    return drawn;
}

Command CommandDraw::command_for_many() {
    switch (up_to(4)) {
        case 0: {
            ImportKeys drawn{.workspace = slug(), .keys = {}};
            for (std::size_t i = up_to(3); i > 0; --i) drawn.keys.push_back(new_key());
            return drawn;
        }
        case 1:
            return RevokeKeys{.workspace = slug(), .owner = owners.at(up_to(2)), .keys = {}};
        case 2:
            return RevokeKeys{.workspace = slug(), .owner = {}, .keys = {key(), key()}};
        case 3:
            return RevokeDigests{{token(), token(), token()}};
        default: {
            const std::string name = slug();
            WorkspaceDocument drawn = document(name);
            if (coin()) drawn.environments.pop_back();
            if (seldom()) drawn.empty_scopes = EmptyScopes::all;
            if (seldom()) return CreateWorkspace{drawn};
            const WorkspaceState* state = ledger_.view.workspace(name);
            return ChangeWorkspace{drawn, (state ? state->revision : 1) + (seldom() ? 1 : 0)};
        }
    }
}

Command CommandDraw::command() {
    switch (up_to(15)) {
        case 0:
        case 1:
            return new_key();
        case 2:
            return ScopeKey{.key = key(), .scopes = scopes(), .all = coin()};
        case 3:
        case 4:
            return ChangeKey{
                .key = key(),
                .changed = static_cast<std::uint32_t>(up_to((1 << settings_count) - 1)),
                .settings = settings()};
        case 5: {
            tokens_ += 1;
            const Digest digest = seldom() ? token() : digest_of(tokens_);
            return RotateKey{.key = key(), .digest = digest, .hint = "", .grace = up_to(3) * 1h};
        }
        case 6:
            return SuspendKey{key()};
        case 7:
            return ResumeKey{key()};
        case 8:
            return RevokeKey{key()};
        case 9:
            return command_for_many();
        case 10:
            return flush();
        default:
            return use();
    }
}

Submission CommandDraw::submission() {
    Submission drawn = asked(command());
    if (seldom()) drawn.if_match = 1 + up_to(2);
    if (seldom()) drawn.force = true;
    if (coin()) return drawn;
    drawn.authority = seldom() ? bound_authority(1, coin() ? "acme" : "other")
                               : authority(1, {"keys:write", "leads:*"});
    return drawn;
}

Duration CommandDraw::pause() {
    return coin() ? Duration{} : Duration(draw<std::int64_t>(engine_, 0, Duration(2h).count()));
}

}  // namespace keyledger
