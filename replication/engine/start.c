/*
 * Starts the Go runtime, which is behind the engine.
 *
 * An archive of Go code starts its runtime by itself, before main: in every run of the program, in
 * all that only wants to print its version too, with threads that take a SIGTERM which main has not
 * yet blocked, and die of it. So the build renames the section that holds what is called before
 * main, and the calls are made here instead, by whoever wants an engine, with signals blocked.
 */
#include "engine.h"

#include <pthread.h>
#include <signal.h>

typedef void start_call(int, char**, char**);

/* The renamed section, whose ends the linker names. */
extern start_call* const __start_engine_runtime[];
extern start_call* const __stop_engine_runtime[];

enum { signals_end = 65 };

/* The runtime looks for the environment behind the arguments, and for the kernel's values behind
 * that; where there are none it asks the kernel. One processor is enough for one calling thread and
 * the collector of garbage. Without the preemption of long loops it needs no SIGURG; there are
 * none. A panic that nobody catches ends in SIGABRT. */
static char* arguments[] = {"keyledger",         NULL, "GOMAXPROCS=1", "GODEBUG=asyncpreemptoff=1",
                            "GOTRACEBACK=crash", NULL, NULL,           NULL};

static void start(void) {
    /* What the runtime does about signals at its start is undone: C++ code that fails dies, or runs
     * the handler that it has, as without it. */
    struct sigaction before[signals_end], after;
    int known[signals_end];
    for (int signal = 1; signal < signals_end; ++signal)
        known[signal] = sigaction(signal, NULL, &before[signal]) == 0;

    /* Inherited by all threads of the runtime. */
    sigset_t all, mask;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &mask);
    for (start_call* const* call = __start_engine_runtime; call != __stop_engine_runtime; ++call)
        (*call)(1, arguments, arguments + 2);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);

    for (int signal = 1; signal < signals_end; ++signal)
        if (known[signal] && sigaction(signal, NULL, &after) == 0 &&
            after.sa_handler != before[signal].sa_handler)
            (void)sigaction(signal, &before[signal], NULL);
}

void engine_start(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start);
}
