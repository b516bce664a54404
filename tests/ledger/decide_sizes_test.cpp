// Whatever decide lets through fits a leaf: random commands with texts as long as they may be.

#include "ledger/rules/scope.hpp"
#include "tests/support/given.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace keyledger {

namespace {

constexpr std::size_t slug_bytes_max = 64;
constexpr std::size_t request_id_bytes_max = 128;

// Draws lengths and counts that fill a document: about as often over its limit as under it.
class Extremes {
public:
    explicit Extremes(std::uint64_t seed) : engine_(seed) {}

    std::size_t up_to(std::size_t most) { return draw<std::size_t>(engine_, 0, most); }
    bool coin() { return up_to(1) == 1; }

    // One of the lengths around which a text takes another word.
    std::string text(std::size_t most) { return std::string(most - std::min(most, up_to(9)), 'x'); }

    // All of them different, none longer than a scope may be.
    std::vector<std::string> scopes(std::size_t most) {
        std::vector<std::string> drawn;
        const std::size_t longest = coin() ? scope_bytes_max : 9 + up_to(20);
        for (std::size_t i = up_to(most); i > 0; --i) {
            const std::string name = std::to_string(1'000 + i) + ":";
            drawn.push_back(name + text(longest - name.size()));
            if (drawn.back().back() == ':') drawn.back() += 'x';
        }
        return drawn;
    }

    std::vector<AddressRange> ranges(std::size_t most) {
        return std::vector<AddressRange>(up_to(most), *parse_range("2001:db8::/32"));
    }

    KeySettings settings() {
        KeySettings drawn;
        drawn.name = text(coin() ? name_bytes_max : 4);
        drawn.owner = text(coin() ? owner_bytes_max : 4);
        drawn.metadata = text(coin() ? metadata_bytes_max : 4);
        drawn.expires_at = noon;
        drawn.rate_limit = RateLimit{rate_limit_max, window_max};
        drawn.quota = QuotaLimit{quota_limit_max, window_max};
        drawn.allowed_ranges = ranges(coin() ? 600 : 100);
        return drawn;
    }

    CreateKey key(std::uint32_t number) {
        CreateKey drawn = new_key(number, slug());
        drawn.environment = std::string(64, 'e');
        drawn.settings = settings();
        drawn.scopes = scopes(200);
        drawn.resource = Resource{text(64), text(coin() ? 200 : 70'000)};
        drawn.not_before = dawn;
        drawn.hint = text(16);
        return drawn;
    }

    WorkspaceDocument document() {
        WorkspaceDocument drawn;
        drawn.slug = slug();
        drawn.name = text(200);
        drawn.prefix = text(16);
        drawn.environments = {{std::string(64, 'e'), "live", {}}};
        for (std::size_t i = up_to(400); i > 0; --i) {
            drawn.environments.push_back({text(8), text(8), RateLimit{rate_limit_max, window_max}});
        }
        for (std::size_t i = up_to(coin() ? 1000 : 100); i > 0; --i) {
            drawn.scopes.push_back({text(coin() ? 8 : 40), text(coin() ? 8 : 100)});
        }
        if (coin()) return drawn;
        drawn.errors.emplace();
        drawn.errors->content_type = text(100);
        drawn.errors->body = text(coin() ? 24'000 : 8);
        for (std::size_t i = up_to(400); i > 0; --i) {
            drawn.errors->messages.emplace_back(text(8), text(8));
            drawn.errors->names.emplace_back(text(8), text(8));
        }
        return drawn;
    }

    // The one workspace.
    static std::string slug() { return std::string(slug_bytes_max, 's'); }

private:
    std::mt19937_64 engine_;
};

// With everything in the envelope that can be there.
Submission full(Command command) {
    Submission submission = asked(std::move(command));
    submission.actor = {.kind = ActorKind::admin_key, .id = key_id(1), .address = "2001:db8::1"};
    submission.request_id = std::string(request_id_bytes_max, 'r');
    submission.reason = std::string(reason_bytes_max, 'r');
    submission.idempotency = Idempotency{digest_of(1), digest_of(2)};
    return submission;
}

// The greatest count that decide lets through, of those below `refused`, which it does not.
template <class CommandOf>
std::size_t greatest(ModelLedger& ledger, std::size_t refused, const CommandOf& command_of) {
    std::size_t taken = 0;
    while (refused - taken > 1) {
        const std::size_t middle = taken + (refused - taken) / 2;
        const bool fits = decide(ledger.view, full(command_of(middle)), noon).has_value();
        (fits ? taken : refused) = middle;
    }
    return taken;
}

WorkspaceDocument open_workspace() {
    WorkspaceDocument workspace = document(Extremes::slug());
    workspace.environments.push_back({std::string(64, 'e'), "e", {}});
    return workspace;
}

}  // namespace

// ModelLedger requires that each leaf fits.
TEST_CASE("the largest keys that are let through fit their leaves, old and new") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    Extremes extremes(seed);
    std::size_t taken = 0, refused = 0, longest = 0;
    ModelLedger ledger;
    ledger.append({made(open_workspace())}, {}, dawn);
    const auto submit = [&](Command command) {
        const auto result = ledger.submit(full(std::move(command)), noon);
        if (!result) CHECK(result.error().refusal == Refusal::document_too_large);
        (result ? taken : refused) += 1;
        return result.has_value();
    };
    for (std::uint32_t i = 1; i <= 150; ++i) {
        if (!submit(extremes.key(i))) continue;
        for (int change = 0; change < 3; ++change) {
            submit(ScopeKey{.key = key_id(i), .scopes = extremes.scopes(200), .all = true});
            submit(ChangeKey{key_id(i), (1U << settings_count) - 1, extremes.settings()});
        }
    }
    for (const StoredEvent& event : ledger.stored) longest = std::max(longest, event.leaf.size());
    CHECK(taken > 50);
    CHECK(refused > 50);
    CHECK(longest > document_bytes_max / 2);
}

TEST_CASE("a key with the most scopes, and one with the most addresses, fit when they change") {
    const auto sized = [](std::size_t count, std::size_t bytes, char last) {
        std::vector<std::string> scopes;
        for (std::size_t i = 0; i < count; ++i) {
            scopes.push_back(std::to_string(100'000 + i) + ":" + std::string(bytes, last));
        }
        return scopes;
    };
    std::size_t most = 0;
    // Each length of a scope that fills its words in another way.
    for (std::size_t bytes = 1; bytes <= 16; ++bytes) {
        ModelLedger ledger;
        ledger.append({made(document("acme")), made(new_key(1))}, {}, dawn);
        const std::size_t count =
            greatest(ledger, document_bytes_max / (7 + bytes), [&](std::size_t scopes) {
                return ScopeKey{key_id(1), sized(scopes, bytes, 'a')};
            });
        REQUIRE(ledger.submit(full(ScopeKey{key_id(1), sized(count, bytes, 'a')}), noon));
        REQUIRE(ledger.submit(full(ScopeKey{key_id(1), sized(count, bytes, 'b')}), noon));
        CHECK(ledger.events.size() == 4);
        most = std::max(most, ledger.stored.back().leaf.size());
    }
    CHECK(most > leaf_bytes_max / 2);

    ModelLedger ledger;
    ledger.append({made(document("acme")), made(new_key(1))}, {}, dawn);
    ChangeKey change{key_id(1), (1U << settings_count) - 1, {}};
    const auto with_ranges = [&](std::size_t count) {
        change.settings.allowed_ranges.assign(count, *parse_range("2001:db8::/32"));
        return change;
    };
    REQUIRE(ledger.submit(full(with_ranges(greatest(ledger, 2000, with_ranges))), noon));
    change.settings.allowed_ranges.back() = *parse_range("2001:db9::/32");
    REQUIRE(ledger.submit(full(change), noon));
    CHECK(ledger.events.size() == 4);
}

TEST_CASE("a name that grows is counted like all else in a key") {
    CreateKey command = new_key(1);
    command.settings.metadata = std::string(document_bytes_max - 200, 'm');
    ModelLedger ledger;
    ledger.append({made(document("acme"))}, {}, dawn);
    REQUIRE(ledger.submit(asked(command), dawn));
    ChangeKey change{key_id(1), 1U << static_cast<unsigned>(Setting::name), {}};
    change.settings.name = std::string(200, 'n');
    const auto refused = ledger.submit(asked(change), noon);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().refusal == Refusal::document_too_large);
    change.settings.name = "short";
    CHECK(ledger.submit(asked(change), noon));
}

TEST_CASE("a workspace with the most entries of a kind fits when it changes") {
    const int kind = GENERATE(0, 1, 2, 3);
    const std::size_t bytes = GENERATE(1, 6, 7, 8, 9, 15, 16);
    const auto filled = [&](std::size_t count, char with) {
        WorkspaceDocument drawn = document("acme");
        const std::string text(bytes, with);
        for (std::size_t i = 0; i < count; ++i) {
            if (kind == 0) drawn.environments.push_back({text, text, RateLimit{1, window_max}});
            if (kind == 1) drawn.scopes.push_back({text, text});
            if (kind < 2) continue;
            if (!drawn.errors) drawn.errors.emplace();
            (kind == 2 ? drawn.errors->messages : drawn.errors->names).emplace_back(text, text);
        }
        return drawn;
    };
    ModelLedger ledger;
    ledger.append({made(document("acme"))}, {}, dawn);
    const std::size_t count =
        greatest(ledger, document_bytes_max / bytes, [&](std::size_t entries) {
            return ChangeWorkspace{filled(entries, 'a'), 1};
        });
    REQUIRE(ledger.submit(full(ChangeWorkspace{filled(count, 'a'), 1}), noon));
    REQUIRE(ledger.submit(full(ChangeWorkspace{filled(count, 'b'), 2}), noon));
    CHECK(ledger.stored.back().leaf.size() > document_bytes_max);
}

TEST_CASE("the largest workspaces that are let through fit their leaves, old and new") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    Extremes extremes(seed);
    std::size_t taken = 0, refused = 0, longest = 0;
    ModelLedger ledger;
    ledger.append({made(open_workspace())}, {}, dawn);
    for (int i = 0; i < 400; ++i) {
        const std::uint64_t revision = ledger.view.workspaces.at(Extremes::slug()).revision;
        const auto result =
            ledger.submit(full(ChangeWorkspace{extremes.document(), revision}), noon);
        if (!result) CHECK(result.error().refusal == Refusal::document_too_large);
        (result ? taken : refused) += 1;
    }
    for (const StoredEvent& event : ledger.stored) longest = std::max(longest, event.leaf.size());
    CHECK(taken > 10);
    CHECK(refused > 10);
    CHECK(longest > document_bytes_max / 2);
}

}  // namespace keyledger
