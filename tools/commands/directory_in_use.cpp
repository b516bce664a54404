#include "tools/commands/directory_in_use.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace keyledger {

// RocksDB holds a lock on this file as long as it is open; asking for it takes none.
std::optional<long> process_using(const std::string& directory) {
    const int file = open((directory + "/LOCK").c_str(), O_RDONLY | O_CLOEXEC);
    if (file == -1) return {};
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    const bool told = fcntl(file, F_GETLK, &lock) == 0;
    close(file);
    if (!told || lock.l_type == F_UNLCK) return {};
    return static_cast<long>(lock.l_pid);
}

DirectoryLock::DirectoryLock(const std::string& directory)
    : directory_(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
      held_(directory_.is_open() && flock(directory_.number(), LOCK_EX | LOCK_NB) == 0) {}

std::string already_making(const std::string& directory) {
    return "another process is making a ledger in " + directory;
}

}  // namespace keyledger
