#pragma once
// A log on RocksDB in a directory that a test may damage.

#include "ledger/log/rocksdb_log.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace keyledger {

using Mode = OpenOptions::Mode;

// The log in `directory`; the test ends if it can't be opened.
inline std::unique_ptr<RocksdbLog> open_log(OpenOptions options) {
    auto opened = RocksdbLog::open(std::move(options));
    if (const auto* fault = std::get_if<LogFault>(&opened)) FAIL(fault->what);
    return std::get<std::unique_ptr<RocksdbLog>>(std::move(opened));
}

inline std::unique_ptr<RocksdbLog> open_log(const std::string& directory,
                                            Mode mode = Mode::existing) {
    OpenOptions options;
    options.directory = directory;
    options.mode = mode;
    return open_log(std::move(options));
}

// Why the log in `directory` can't be opened; empty if it can.
inline std::string why_not_opened(const std::string& directory, Mode mode = Mode::existing) {
    OpenOptions options;
    options.directory = directory;
    options.mode = mode;
    const auto opened = RocksdbLog::open(std::move(options));
    const auto* fault = std::get_if<LogFault>(&opened);
    return fault ? fault->what : "";
}

// The files whose names end so, by name.
inline std::vector<std::string> files_in(const std::string& directory, std::string_view ending) {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(directory))
        if (entry.path().string().ends_with(ending)) found.push_back(entry.path().string());
    std::sort(found.begin(), found.end());
    return found;
}

// The write-ahead log that was written last.
inline std::string newest_wal(const std::string& directory) {
    const auto files = files_in(directory, ".log");
    REQUIRE_FALSE(files.empty());
    return files.back();
}

inline std::string contents_of(const std::string& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

inline void flip_byte(const std::string& file, std::size_t at) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(at));
    const int byte = stream.get();
    REQUIRE(byte >= 0);
    stream.seekp(static_cast<std::streamoff>(at));
    stream.put(static_cast<char>(byte ^ 0x10));
    stream.flush();
    REQUIRE(stream.good());
}

inline void copy_directory(const std::string& from, const std::string& to) {
    std::filesystem::remove_all(to);
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

}  // namespace keyledger
