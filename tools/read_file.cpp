#include "tools/read_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace keyledger {

FileText read_file(const std::string& path, std::size_t bytes_max) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return {.text = {}, .problem = std::strerror(errno)};
    FileText result = read_descriptor(descriptor, bytes_max);
    ::close(descriptor);
    return result;
}

FileText read_descriptor(int descriptor, std::size_t bytes_max) {
    FileText result;
    std::array<char, 4096> buffer;
    while (true) {
        const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return {.text = {}, .problem = std::strerror(errno)};
        if (count == 0) return result;
        result.text.append(buffer.data(), static_cast<std::size_t>(count));
        if (result.text.size() > bytes_max) {
            return {.text = {},
                    .problem = "longer than " + std::to_string(bytes_max) + " bytes",
                    .is_too_long = true};
        }
    }
}

}  // namespace keyledger
