// Makes a ledger of many events for the benchmarks, and measures what their hashes cost.
//
//     fill_ledger DIR EVENTS
//
// A thousand keys that are suspended and resumed in turn, in the server's own batches. Prints the
// root key, and what an event took: to decide and encode, to hash with its tree, to append.

#include "ledger/base/clock.hpp"
#include "ledger/base/random.hpp"
#include "ledger/log/checkpoint_file.hpp"
#include "ledger/rules/secret.hpp"
#include "projections/replay.hpp"
#include "replication/batch_builder.hpp"
#include "tools/commands/data_directory.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace keyledger {
namespace {

constexpr std::size_t keys_count = 1000;
constexpr std::size_t batch_events = 10'000;

using Seconds = std::chrono::duration<double>;

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "fill_ledger: %s\n", what.c_str());
    std::exit(1);
}

Submission of_system(Command command) {
    Submission submission;
    submission.command = std::move(command);
    return submission;
}

CreateWorkspace workspace() {
    WorkspaceDocument document;
    document.slug = "bench";
    document.name = "Bench";
    document.prefix = "be";
    document.environments.push_back({.name = "live", .tag = "live", .rate_limit = {}});
    return {document};
}

CreateKey key(const KeyId& id) {
    const MintedSecret secret = mint_secret("be", "live", system_random());
    CreateKey create;
    create.key = id;
    create.workspace = "bench";
    create.environment = "live";
    create.settings.name = "a key";
    create.digest = secret.digest;
    create.hint = secret.hint;
    return create;
}

// Appends batches, and takes the time of each part.
class Filler {
public:
    Filler(EventLog& log, Tables& tables)
        : log_(log),
          tables_(tables),
          builder_(log, tables, system_clock(), system_random()),
          again_(TreeWriter::open(log).value()) {}

    void append(const std::vector<Submission>& submissions) {
        const auto began = std::chrono::steady_clock::now();
        builder_.clear();
        for (const Submission& each : submissions) {
            if (!builder_.add(each)) fail("a command was refused");
        }
        const auto built = std::chrono::steady_clock::now();
        if (const auto fault = log_.append(builder_.batch())) fail(fault->what);
        const auto appended = std::chrono::steady_clock::now();
        hash_again();
        const auto hashed = std::chrono::steady_clock::now();
        for (const SealedEvent& sealed : builder_.events())
            tables_.apply(sealed.event, sealed.leaf);
        tables_.publish();
        build_ += built - began;
        append_ += appended - built;
        hash_ += hashed - appended;
        events_ += builder_.events().size();
    }

    void report() const {
        const auto each = [&](Seconds time) {
            return time.count() * 1e9 / static_cast<double>(events_);
        };
        std::printf("events %llu\n", static_cast<unsigned long long>(log_.next_seq()));
        std::printf("decide_encode_hash_ns %.0f\n", each(build_));
        std::printf("hash_and_tree_ns %.0f\n", each(hash_));
        std::printf("append_ns %.0f\n", each(append_));
        std::printf("hash_share_percent %.1f\n", 100 * (hash_ / append_));
    }

private:
    // What the builder does for each event besides: its leaf hash, and the tree.
    void hash_again() {
        std::vector<Row> tiles;
        for (const StoredEvent& event : builder_.batch().events)
            again_.append(leaf_hash(event.leaf), tiles);
    }

    EventLog& log_;
    Tables& tables_;
    BatchBuilder builder_;
    TreeWriter again_;
    Seconds build_{}, append_{}, hash_{};
    std::uint64_t events_ = 0;
};

void fill(const std::string& data, std::uint64_t events) {
    const MadeLedger made = make_ledger(data, "bench.example/ledger");
    if (!made.root) fail(made.problem);
    std::printf("root %s\n", std::string(made.root->token.text()).c_str());
    const OpenedLedger opened = open_ledger(data, {});
    if (!opened.log) fail(opened.problem);
    Tables tables;
    const RestoreResult restored = restore(*opened.log, tables, Rebuild::if_needed);
    if (const auto problem = problem_of(restored)) fail(*problem);
    Filler filler(*opened.log, tables);
    std::vector<Submission> batch{of_system(workspace())};
    std::vector<KeyId> keys;
    while (keys.size() < keys_count) {
        keys.push_back({mint_uuid7(system_clock().now(), system_random())});
        batch.push_back(of_system(key(keys.back())));
    }
    filler.append(batch);
    bool suspend = true;
    while (opened.log->next_seq() < events) {
        batch.clear();
        while (batch.size() < batch_events) {
            for (const KeyId& id : keys) {
                batch.push_back(suspend ? of_system(SuspendKey{id}) : of_system(ResumeKey{id}));
            }
            suspend = !suspend;
        }
        filler.append(batch);
    }
    filler.report();
    const SigningKeyFile signer = read_signing_key_file(signing_key_path(data));
    const auto tree = stored_range(*opened.log, opened.log->next_seq());
    if (!signer.key || !tree) fail("the ledger can't be signed");
    const SignedNote note = sign_checkpoint(tree->head(), *signer.key);
    if (const auto fault = write_checkpoint_file(checkpoint_path(data), note)) fail(fault->what);
}

}  // namespace
}  // namespace keyledger

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: fill_ledger DIR EVENTS\n");
        return 2;
    }
    keyledger::fill(argv[1], std::strtoull(argv[2], nullptr, 10));
}
