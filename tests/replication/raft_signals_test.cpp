// A process with an engine in it ends by signals as one without it.

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

namespace keyledger {

namespace {

// Runs engine_beside; where it says something, it is sent SIGTERM. How it ended, as of waitpid.
int run_beside(const char* what) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(ends[1], STDOUT_FILENO);
        ::close(ends[0]);
        ::close(ends[1]);
        ::execl(ENGINE_BESIDE, ENGINE_BESIDE, what, nullptr);
        ::_exit(127);
    }
    REQUIRE(child > 0);
    ::close(ends[1]);
    char said = 0;
    if (::read(ends[0], &said, 1) == 1) ::kill(child, SIGTERM);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    ::close(ends[0]);
    return status;
}

}  // namespace

TEST_CASE("an engine changes no signal's disposition") {
    const int status = run_beside("dispositions");
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a fault in C++ code ends a process with an engine by its own signal") {
    const int status = run_beside("fault");
    REQUIRE(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGSEGV);
}

TEST_CASE("a program's own handler of faults runs beside an engine") {
    const int status = run_beside("handled");
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 7);
}

TEST_CASE("no thread of an engine takes the signal that the program waits for") {
    for (int i = 0; i < 20; ++i) {
        const int status = run_beside("wait");
        REQUIRE(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 8);
    }
}

}  // namespace keyledger
