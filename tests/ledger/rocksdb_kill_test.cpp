// A process that is killed while it appends.

#include "tests/support/rocksdb_directory.hpp"
#include "tests/support/stored_events.hpp"

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace keyledger {

namespace {

// Runs append_until_killed, kills it after so many lines, and returns the last number that it said.
std::uint64_t append_and_kill(const std::string& directory, const char* mode, std::uint64_t seed,
                              int lines) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const std::string seed_text = std::to_string(seed);
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(ends[1], STDOUT_FILENO);
        ::close(ends[0]);
        ::close(ends[1]);
        ::execl(APPEND_UNTIL_KILLED, APPEND_UNTIL_KILLED, directory.c_str(), mode,
                seed_text.c_str(), nullptr);
        ::_exit(127);
    }
    REQUIRE(child > 0);
    ::close(ends[1]);

    // What it said before it died is still in the pipe after.
    std::string said;
    char buffer[4096];
    bool killed = false;
    for (ssize_t got; (got = ::read(ends[0], buffer, sizeof(buffer))) > 0;) {
        said.append(buffer, static_cast<std::size_t>(got));
        if (!killed && std::count(said.begin(), said.end(), '\n') >= lines)
            killed = ::kill(child, SIGKILL) == 0;
    }
    ::close(ends[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(WTERMSIG(status) == SIGKILL);

    said.resize(said.rfind('\n'));
    return std::strtoull(said.substr(said.rfind('\n') + 1).c_str(), nullptr, 10);
}

}  // namespace

TEST_CASE("all that was acknowledged before a kill is there, and nothing is out of place") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    const TemporaryDirectory directory;
    const std::string path = directory.file("log");
    std::uint64_t checked = 0;
    for (int round = 0; round < 25; ++round) {
        INFO("round " << round);
        const std::uint64_t acknowledged =
            append_and_kill(path, round == 0 ? "create" : "existing",
                            seed + static_cast<std::uint64_t>(round), draw(engine, 1, 120));
        const auto log = open_log(path);
        REQUIRE(acknowledged > checked);
        REQUIRE(log->next_seq() >= acknowledged);
        const auto cursor = log->scan(0);
        std::uint64_t seq = 0;
        for (; const auto item = cursor->next(); ++seq) {
            if (seq < checked) continue;  // was compared in an earlier round
            const StoredEvent expected = stored_event(seq, 200);
            if (item->seq != seq || item->leaf != expected.leaf ||
                item->personal != expected.personal)
                FAIL("event " << seq);
            std::string key;
            append_u64(key, seq);
            CHECK(log->row(Family::streams, key) == "row " + std::to_string(seq));
        }
        CHECK_FALSE(cursor->fault());
        CHECK(seq == log->next_seq());
        checked = seq;
    }
}

}  // namespace keyledger
