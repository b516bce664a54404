#include "ledger/log/directory.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace keyledger {

namespace {

LogFault create_fault(const std::string& directory, const std::string& why) {
    return {"create " + directory + ": " + why};
}

}  // namespace

std::optional<LogFault> check_unused(const std::string& directory) {
    std::error_code error;
    const std::filesystem::file_status status = std::filesystem::status(directory, error);
    if (status.type() == std::filesystem::file_type::not_found) return std::nullopt;
    const bool empty = !error && std::filesystem::is_empty(directory, error);
    if (error) return create_fault(directory, error.message());
    if (!std::filesystem::is_directory(status))
        return create_fault(directory, "it is no directory");
    if (!empty) return create_fault(directory, "the directory is not empty");
    return std::nullopt;
}

std::optional<LogFault> sync_entry_of(const std::string& directory) {
    std::error_code error;
    const auto absolute = std::filesystem::absolute(directory, error).lexically_normal();
    // "/a/b/" has an empty last part.
    const auto whole = absolute.has_filename() ? absolute : absolute.parent_path();
    const int above = ::open(whole.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (above < 0) return create_fault(directory, std::generic_category().message(errno));
    const bool synced = ::fsync(above) == 0;
    const int why = errno;
    ::close(above);
    if (!synced) return create_fault(directory, std::generic_category().message(why));
    return std::nullopt;
}

}  // namespace keyledger
