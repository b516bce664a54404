// Feeds bytes to what reads a backup: headers of tar, manifests, and whole archives in pieces.
// What is read must be written again as it was, and no archive brings a name that leads elsewhere.

#include "ledger/backup/backup_manifest.hpp"
#include "ledger/backup/backup_reader.hpp"
#include "ledger/backup/tar.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace keyledger {
namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

// Holds the reader to what BackupFiles says.
class CheckedFiles final : public BackupFiles {
public:
    std::optional<LogFault> begin(const TarEntry& entry) override {
        require(!is_open_ && is_backup_name(entry.name) && entry.name.find("..") != 0);
        require(name_.empty() || name_ < entry.name || entry.name == backup_manifest);
        require(name_ != backup_manifest);
        name_ = entry.name;
        left_ = entry.bytes;
        is_open_ = true;
        return {};
    }
    std::optional<LogFault> write(std::string_view bytes) override {
        require(is_open_ && bytes.size() <= left_);
        left_ -= bytes.size();
        return {};
    }
    std::optional<LogFault> end() override {
        require(is_open_ && left_ == 0);
        is_open_ = false;
        return {};
    }

    bool ends_with_manifest() const { return !is_open_ && name_ == backup_manifest; }

private:
    std::string name_;
    std::uint64_t left_ = 0;
    bool is_open_ = false;
};

// The first byte says how the rest is cut.
void check_archive(std::string_view input) {
    if (input.empty()) return;
    const std::size_t piece = 1 + static_cast<unsigned char>(input.front()) * std::size_t{5};
    input.remove_prefix(1);
    CheckedFiles files;
    BackupReader reader(files);
    bool goes_on = true;
    for (std::size_t at = 0; goes_on && at < input.size(); at += piece)
        goes_on = reader.take(input.substr(at, piece));
    require(goes_on == reader.problem().empty());
    if (reader.is_whole()) require(files.ends_with_manifest());
}

void check_parts(std::string_view input) {
    if (const auto manifest = parse_backup_manifest(input)) require(to_text(*manifest) == input);
    if (const auto keys = parse_verifier_keys(input)) require(!keys->empty());
    const std::string_view block = input.substr(0, tar_block_bytes);
    if (const auto entry = parse_tar_header(block)) require(tar_header(*entry) == block);
}

}  // namespace
}  // namespace keyledger

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    keyledger::check_archive(input);
    keyledger::check_parts(input);
    return 0;
}
