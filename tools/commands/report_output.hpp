#pragma once
// Where reports go: standard output, or files of a new directory, each with its SHA-256.

#include "tools/commands/import_state.hpp"

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

// A resource. What can't be written is said, once, and false from then on.
class ReportOutput {
public:
    ReportOutput();  // standard output
    // A new file, for its owner alone.
    explicit ReportOutput(const std::string& path);
    ReportOutput(const ReportOutput&) = delete;
    ReportOutput& operator=(const ReportOutput&) = delete;

    bool write(std::string_view text);
    // Writes out what waits; a file is whole then.
    bool finish();

    std::string sha256() const { return digest_.hex(); }
    std::uint64_t bytes() const { return bytes_; }

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    bool flush();
    bool fail();

    std::string path_;  // empty: standard output
    std::unique_ptr<std::FILE, Close> file_;
    std::string waiting_;
    RunningDigest digest_;
    std::uint64_t bytes_ = 0;
    bool has_failed_ = false;
};

}  // namespace keyledger
