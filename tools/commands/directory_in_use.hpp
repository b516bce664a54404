#pragma once
// Who uses a directory.

#include "ledger/log/descriptor.hpp"

#include <optional>
#include <string>

namespace keyledger {

// The process that has the database of `directory` open for writing; nothing if none has.
std::optional<long> process_using(const std::string& directory);

// Of the processes that make a ledger in a directory, one at a time does: held as long as it lives,
// if it is held at all. The directory is there.
class DirectoryLock {
public:
    explicit DirectoryLock(const std::string& directory);
    bool is_held() const { return held_; }

private:
    Descriptor directory_;
    bool held_;
};
// What is said where it is not held.
std::string already_making(const std::string& directory);

}  // namespace keyledger
