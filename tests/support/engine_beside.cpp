// What a program does about signals, while a Raft engine runs in it:
//
//   engine_beside fault         writes where nothing is
//   engine_beside handled       the same, with a handler of its own, which exits with 7
//   engine_beside wait          says "ready", waits for SIGTERM as the server does, and exits with
//   8 engine_beside dispositions  exits with 0 if no signal is handled otherwise than before

#include "replication/raft_engine.hpp"

#include <signal.h>
#include <unistd.h>

#include <cstring>
#include <string_view>
#include <vector>

namespace keyledger {

namespace {

constexpr int signals_end = 32;

// One that has run, and goes on for as long as the process does.
RaftEngine& running_engine() {
    RaftSettings settings;
    settings.node = NodeId{1};
    RaftStored stored;
    stored.hard_state = {.term = 1, .vote = no_node, .commit = 1};
    stored.base_index = stored.base_term = stored.applied = 1;
    stored.members.voters = {NodeId{1}};
    static auto engine = RaftEngine::create(settings, stored);
    auto& made = std::get<RaftEngine>(engine);
    if (made.campaign() != RaftAnswer::done) ::_exit(2);
    while (made.take_ready())
        if (made.advance() != RaftAnswer::done) ::_exit(2);
    if (made.status().role != RaftRole::leader) ::_exit(2);
    return made;
}

void write_where_nothing_is() {
    *reinterpret_cast<volatile int*>(8) = 1;
}

int handle_a_fault() {
    struct sigaction action {};
    action.sa_handler = [](int) { ::_exit(7); };
    ::sigaction(SIGSEGV, &action, nullptr);
    running_engine();
    write_where_nothing_is();
    return 1;
}

// As the server does; but it blocks the signal only when the engine's threads are there already.
int wait_for_the_end() {
    running_engine();
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    if (::write(STDOUT_FILENO, "ready\n", 6) != 6) return 1;
    // Who waits for a signal is preferred; so it comes while nobody does.
    sigset_t pending;
    do ::sigpending(&pending);
    while (sigismember(&pending, SIGTERM) == 0);
    int signal = 0;
    ::sigwait(&signals, &signal);
    return signal == SIGTERM && running_engine().tick() == RaftAnswer::done ? 8 : 1;
}

int compare_dispositions() {
    ::signal(SIGPIPE, SIG_IGN);
    std::vector<struct sigaction> before(signals_end);
    for (int signal = 1; signal < signals_end; ++signal)
        ::sigaction(signal, nullptr, &before[static_cast<std::size_t>(signal)]);
    running_engine();
    for (int signal = 1; signal < signals_end; ++signal) {
        struct sigaction after {};
        ::sigaction(signal, nullptr, &after);
        const auto& was = before[static_cast<std::size_t>(signal)];
        if (after.sa_handler != was.sa_handler) return signal;
    }
    return 0;
}

int run(std::string_view what) {
    if (what == "dispositions") return compare_dispositions();
    if (what == "wait") return wait_for_the_end();
    if (what == "handled") return handle_a_fault();
    running_engine();
    ::signal(SIGSEGV, SIG_DFL);  // a sanitizer has a handler of its own
    write_where_nothing_is();
    return 1;
}

}  // namespace

}  // namespace keyledger

int main(int count, char** arguments) {
    return count == 2 ? keyledger::run(arguments[1]) : 2;
}
