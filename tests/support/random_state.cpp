#include "tests/support/random_state.hpp"

#include "ledger/rules/evolve.hpp"
#include "tests/support/random_event.hpp"
#include "tests/support/randomness.hpp"

#include <variant>

namespace keyledger {

namespace {

// What stands at that place in EventBody, in an event of its own.
template <class Body>
Event random_event_of(std::mt19937_64& engine) {
    const std::size_t kind = EventBody(Body{}).index();
    return random_event(engine, kind);
}

}  // namespace

KeyState random_key_state(std::mt19937_64& engine) {
    const Event created = random_event_of<KeyCreated>(engine);
    KeyState key = born(created.envelope, std::get<KeyCreated>(created.body), {});
    const int events = draw(engine, 0, 4);
    for (int i = 0; i < events; ++i) {
        const Event rotated = random_event_of<KeyRotated>(engine);
        Digest leaf{};
        SeededRandom(engine()).fill(leaf);
        evolve(key, rotated, leaf);
        if (draw(engine, 0, 1) == 0) evolve(key, random_event_of<KeySuspended>(engine), leaf);
        if (draw(engine, 0, 1) == 0) evolve(key, random_event_of<KeyRevoked>(engine), leaf);
    }
    return key;
}

KeyUse random_key_use(std::mt19937_64& engine) {
    const Event used = random_event_of<UsageGap>(engine);
    const auto& gap = std::get<UsageGap>(used.body);
    KeyUse use{.total = gap.node,
               .last_used_at = {},
               .last_seq = gap.boot,
               .quota_spent = used.envelope.seq,
               .quota_window = gap.until.time_since_epoch().count()};
    if (draw(engine, 0, 1) == 0) use.last_used_at = gap.from;
    return use;
}

WorkspaceState random_workspace_state(std::mt19937_64& engine) {
    WorkspaceState workspace;
    const Event created = random_event_of<WorkspaceCreated>(engine);
    evolve(workspace, created);
    const Event changed = random_event_of<WorkspaceChanged>(engine);
    if (draw(engine, 0, 1) == 0) evolve(workspace, changed);
    workspace.revision = created.envelope.stream_revision;
    return workspace;
}

}  // namespace keyledger
