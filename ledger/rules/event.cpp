#include "ledger/rules/event.hpp"

#include <array>
#include <type_traits>

namespace keyledger {

namespace {

// In the order of EventBody.
constexpr std::array<std::string_view, std::variant_size_v<EventBody>> type_names{
    "WorkspaceCreated", "WorkspaceChanged", "KeyCreated",    "KeyScoped",   "KeyChanged",
    "KeyRotated",       "KeySuspended",     "KeyResumed",    "KeyRevoked",  "KeysUsed",
    "UsageGap",         "LedgerStarted",    "LedgerStopped", "HistoryRead", "StreamHeadsSealed",
    "LogKeyRotated",    "TablesDigest",
};

}  // namespace

std::string_view type_name(const EventBody& body) {
    return type_names.at(body.index());
}

const KeyId* key_of(const EventBody& body) {
    return std::visit(
        [](const auto& fact) -> const KeyId* {
            if constexpr (OfOneKey<std::decay_t<decltype(fact)>>)
                return &fact.key;
            else
                return nullptr;
        },
        body);
}

StatedSettings stated(const KeySettings& settings) {
    StatedSettings said;
    said.name = settings.name;
    said.owner = settings.owner;
    said.metadata = settings.metadata;
    said.expires_at = settings.expires_at;
    said.rate_limit = settings.rate_limit;
    said.quota = settings.quota;
    said.allowed_ranges = settings.allowed_ranges;
    return said;
}

}  // namespace keyledger
