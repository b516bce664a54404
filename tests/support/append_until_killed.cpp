// Appends to the log in a directory until it is killed, and says after each append how many events
// are durable: a line with the number on standard output.
//
//   append_until_killed DIRECTORY create|existing SEED

#include "ledger/log/rocksdb_log.hpp"
#include "tests/support/randomness.hpp"
#include "tests/support/stored_events.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

int main(int count, char** arguments) {
    using namespace keyledger;
    if (count != 4) return 2;
    OpenOptions options;
    options.directory = arguments[1];
    options.mode = std::string_view(arguments[2]) == "create" ? OpenOptions::Mode::create
                                                              : OpenOptions::Mode::existing;
    options.write_buffer_bytes = 1;  // so that files are written all the while
    auto opened = RocksdbLog::open(options);
    if (const auto* fault = std::get_if<LogFault>(&opened)) {
        std::fprintf(stderr, "%s\n", fault->what.c_str());
        return 1;
    }
    RocksdbLog& log = *std::get<std::unique_ptr<RocksdbLog>>(opened);
    std::mt19937_64 engine(std::strtoull(arguments[3], nullptr, 10));
    while (true) {
        const std::size_t events = draw<std::size_t>(engine, 1, 40);
        if (const auto fault = log.append(batch_of(log.next_seq(), events, 200))) {
            std::fprintf(stderr, "%s\n", fault->what.c_str());
            return 1;
        }
        const std::string line = std::to_string(log.next_seq()) + "\n";
        if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) return 0;
    }
}
