// One thread applies a history while others look things up.

#include "ledger/stored/event_codec.hpp"
#include "projections/tables.hpp"
#include "tests/support/given.hpp"
#include "tests/support/random_history.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <map>
#include <thread>
#include <vector>

namespace keyledger {

namespace {

struct Applied {
    Event event;
    Digest leaf;
};

// What a history holds, and from which event on it must be found.
struct Expected {
    struct Key {
        KeyId id;
        std::vector<Digest> heads;        // by revision, from 1
        std::vector<std::uint64_t> seqs;  // likewise
        std::vector<std::pair<Digest, std::uint64_t>> digests;
    };
    std::vector<Key> keys;
    std::map<std::string, std::uint64_t> workspaces;
    std::vector<Applied> events;

    explicit Expected(const EventLog& log) {
        std::map<KeyId, std::size_t> places;
        const auto cursor = log.scan(0);
        while (const auto item = cursor->next()) {
            const Applied& applied =
                events.emplace_back(*decode(item->leaf, item->personal), leaf_hash(item->leaf));
            if (const auto* made = std::get_if<WorkspaceCreated>(&applied.event.body)) {
                workspaces[made->document.slug] = item->seq;
            }
            const KeyId* id = key_of(applied.event.body);
            if (!id) continue;
            const auto place = places.try_emplace(*id, keys.size());
            if (place.second) keys.push_back({.id = *id, .heads = {}, .seqs = {}, .digests = {}});
            Key& key = keys[place.first->second];
            key.heads.push_back(applied.leaf);
            key.seqs.push_back(item->seq);
            if (const auto* created = std::get_if<KeyCreated>(&applied.event.body)) {
                key.digests.emplace_back(created->digest, item->seq);
            } else if (const auto* rotated = std::get_if<KeyRotated>(&applied.event.body)) {
                key.digests.emplace_back(rotated->digest, item->seq);
            }
        }
    }
};

// Counts what is not as it should be: Catch2's checks are for one thread.
class Reader {
public:
    Reader(const Tables& tables, const Expected& expected, std::uint64_t seed)
        : tables_(tables), expected_(expected), engine_(seed) {}

    void run() {
        const std::uint64_t last = expected_.events.size() - 1;
        for (std::uint64_t applied = 0; applied < last;) {
            applied = tables_.applied();
            const ReadGuard reading = tables_.read();
            const std::size_t key = draw<std::size_t>(engine_, 0, expected_.keys.size() - 1);
            look_up_key(expected_.keys[key], applied);
            look_up_digests(expected_.keys[key], applied);
            look_up_workspaces(applied);
            expect(tables_.ledger_time() >= expected_.events[applied].event.envelope.time);
        }
    }
    int wrong() const { return wrong_; }

private:
    void look_up_key(const Expected::Key& key, std::uint64_t applied) {
        const KeyEntry* entry = tables_.find_key(key.id);
        if (key.seqs.front() <= applied) expect(entry != nullptr);
        if (!entry) return;
        const KeyState& state = *entry->state.load();
        const KeyUse& use = *entry->use.load();
        std::size_t revision = 0;  // the least that must be seen
        while (revision < key.seqs.size() && key.seqs[revision] <= applied) ++revision;
        expect(state.id == key.id && state.revision >= revision);
        // Whole: its parts are of one revision.
        expect(state.revision >= 1 && state.revision <= key.heads.size());
        expect(state.head == key.heads[state.revision - 1]);
        expect(state.seq == key.seqs[state.revision - 1]);
        expect(entry->workspace.slug == state.workspace);
        const auto seen = newest_.try_emplace(key.id, state.revision, use.last_seq).first;
        expect(state.revision >= seen->second.first && use.last_seq >= seen->second.second);
        seen->second = {state.revision, use.last_seq};
    }

    void look_up_digests(const Expected::Key& key, std::uint64_t applied) {
        for (const auto& [digest, seq] : key.digests) {
            const KeyEntry* entry = tables_.find_digest(digest);
            if (seq <= applied) expect(entry != nullptr);
            if (!entry) continue;
            expect(entry->id == key.id && find_secret(*entry->state.load(), digest) != nullptr);
        }
    }

    void look_up_workspaces(std::uint64_t applied) {
        for (const auto& [slug, seq] : expected_.workspaces) {
            const WorkspaceEntry* entry = tables_.find_workspace(slug);
            if (seq <= applied) expect(entry != nullptr);
            if (!entry) continue;
            const WorkspaceState& state = *entry->state.load();
            expect(state.document.slug == slug && state.revision >= 1);
            if (const std::size_t keys = entry->keys.size(); keys > 0) {
                expect(entry->keys[keys - 1].state.load()->workspace == slug);
            }
        }
        const std::size_t listed = tables_.workspaces().size();
        for (std::size_t i = 0; i < listed; ++i) {
            expect(tables_.workspaces()[i].state.load()->revision >= 1);
        }
    }

    void expect(bool holds) { wrong_ += holds ? 0 : 1; }

    const Tables& tables_;
    const Expected& expected_;
    std::mt19937_64 engine_;
    std::map<KeyId, std::pair<std::uint64_t, std::uint64_t>> newest_;
    int wrong_ = 0;
};

}  // namespace

TEST_CASE("look-ups under a writer are whole, never go back, and show all that is applied") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    RandomHistory history(seed);
    // So many that both indices grow while they are read.
    while (history.keys.size() < 900) history.step();
    const Expected expected(history.log);

    Tables tables;
    std::size_t next = 0;
    const auto apply = [&](std::size_t count) {
        for (; count > 0 && next < expected.events.size(); --count, ++next) {
            tables.apply(expected.events[next].event, expected.events[next].leaf);
        }
        tables.publish();
    };
    apply(1);
    std::vector<Reader> readers;
    for (std::uint64_t i = 0; i < 2; ++i) readers.emplace_back(tables, expected, seed + i);
    std::vector<std::thread> threads;
    for (Reader& reader : readers) threads.emplace_back([&reader] { reader.run(); });
    while (next < expected.events.size()) apply(3);
    for (std::thread& thread : threads) thread.join();
    for (const Reader& reader : readers) CHECK(reader.wrong() == 0);
    CHECK(tables.digest() == history.tables.digest());
}

TEST_CASE("a workspace is never seen without its document") {
    constexpr std::uint64_t total = 3000;
    const auto slug = [](std::uint64_t number) { return "tenant-" + std::to_string(number); };
    RandomHistory history(1);
    std::vector<Submission> submissions;
    for (std::uint64_t i = 0; i < total; ++i) {
        submissions.push_back(asked(CreateWorkspace{document(slug(i))}));
    }
    history.commit(submissions);
    const Expected expected(history.log);

    Tables tables;
    std::atomic<int> wrong = 0, reading = 0;
    std::atomic<std::uint64_t> seen = 0;
    std::thread reader([&] {
        ++reading;
        for (std::uint64_t i = 0; i < total; ++i) {
            const std::string name = slug(i);
            for (bool found = false; !found;) {
                const ReadGuard guard = tables.read();
                const WorkspaceEntry* entry = tables.find_workspace(name);
                if (!entry) continue;
                found = true;
                wrong += entry->state.load()->document.slug == name ? 0 : 1;
            }
            seen = i + 1;
        }
    });
    while (reading == 0) std::this_thread::yield();
    for (const Applied& each : expected.events) {
        tables.apply(each.event, each.leaf);
        // The reader already looks for the next one.
        const std::size_t listed = tables.workspaces().size();
        while (listed > 1 && seen < listed - 1) std::this_thread::yield();
    }
    reader.join();
    CHECK(wrong == 0);
}

}  // namespace keyledger
