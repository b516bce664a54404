#include "tools/commands/regular_files.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

namespace keyledger {

namespace {

namespace fs = std::filesystem;

bool is_irregular(const fs::path& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

}  // namespace

std::optional<std::string> first_irregular(const std::string& path) {
    if (is_irregular(path)) return path;
    std::optional<std::string> first;
    std::error_code error;
    const fs::recursive_directory_iterator end;
    for (fs::recursive_directory_iterator entry(path, error); !error && entry != end;
         entry.increment(error)) {
        std::string found = entry->path().string();
        if (is_irregular(found) && (!first || found < *first)) first = std::move(found);
    }
    return first;
}

std::string irregular_text(const std::string& path) {
    return path + " is no regular file";
}

}  // namespace keyledger
