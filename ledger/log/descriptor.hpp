#pragma once
// Files by their descriptors, for what must know how a read or a write of them ended.

#include "ledger/log/event_log.hpp"

#include <sys/types.h>

#include <cerrno>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace keyledger {

// Of the call that has just failed: "OPERATION FILE: why".
LogFault errno_fault(std::string_view operation, const std::string& file);

// Calls again for as long as a signal interrupts it.
template <class Call>
auto uninterrupted(Call call) {
    auto answer = call();
    while (answer < 0 && errno == EINTR) answer = call();
    return answer;
}

// An open file, or none, where `errno` says why. A resource.
class Descriptor {
public:
    Descriptor(const std::string& file, int flags, mode_t mode = 0);
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor();

    bool is_open() const { return number_ >= 0; }
    int number() const { return number_; }

private:
    int number_;
};

// All bytes of a file, or why it can't be read.
struct FileBytes {
    std::string bytes;
    std::optional<LogFault> fault;
    bool is_missing = false;  // there is no such file; a fault too
};

// A fault if there are more than `bytes_max`. The buffer is never made longer, so that a secret is
// not left behind in an older one.
FileBytes read_all(const Descriptor& from, const std::string& file, std::size_t bytes_max);

// The same of a file by its name, which must be a regular one: a pipe or a device could hold its
// reader up for ever, and is refused without a read.
FileBytes read_regular_file(const std::string& file, std::size_t bytes_max);

}  // namespace keyledger
