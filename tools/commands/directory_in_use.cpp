#include "tools/commands/directory_in_use.hpp"

#include <fcntl.h>
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

}  // namespace keyledger
