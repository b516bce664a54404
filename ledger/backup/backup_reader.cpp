#include "ledger/backup/backup_reader.hpp"

#include <algorithm>
#include <utility>

namespace keyledger {
namespace {

// A name that came from elsewhere, as it may stand in a line.
std::string shown(std::string_view name) {
    std::string text(name.substr(0, tar_name_bytes_max));
    for (char& character : text)
        if (character < ' ' || character > '~') character = '?';
    return text;
}

bool is_zeros(std::string_view bytes) {
    return bytes.find_first_not_of('\0') == std::string_view::npos;
}

}  // namespace

bool BackupReader::fail(std::string what) {
    if (problem_.empty()) problem_ = std::move(what);
    return false;
}

bool BackupReader::pass(std::optional<LogFault> fault) {
    if (!fault) return true;
    is_fault_of_files_ = problem_.empty();
    return fail(std::move(fault->what));
}

bool BackupReader::take(std::string_view bytes) {
    bytes_taken_ += bytes.size();
    while (problem_.empty() && !bytes.empty()) {
        if (!take_some(bytes)) return false;
    }
    return problem_.empty();
}

bool BackupReader::take_some(std::string_view& bytes) {
    switch (state_) {
        case State::header: {
            const std::size_t some = std::min(tar_block_bytes - block_.size(), bytes.size());
            block_.append(bytes.substr(0, some));
            bytes.remove_prefix(some);
            return block_.size() < tar_block_bytes || take_header();
        }
        case State::contents:
            return take_contents(bytes);
        case State::padding:
            return take_zeros(bytes, State::header);
        case State::end_blocks:
            return take_zeros(bytes, State::ended);
        case State::ended:
            return fail("there is more behind the end of the backup");
    }
    return false;
}

bool BackupReader::take_header() {
    const std::string block = std::exchange(block_, {});
    if (!seen_.empty() && seen_.back().name == backup_manifest) {
        if (!is_zeros(block)) return fail("there is more behind the manifest");
        state_ = State::end_blocks;
        left_ = tar_end_bytes - tar_block_bytes;
        return true;
    }
    if (is_zeros(block)) return fail("it ends without a manifest");
    const auto entry = parse_tar_header(block);
    if (!entry) return fail("this is no backup: a header of the archive is none of one");
    if (!is_backup_name(entry->name))
        return fail("no backup has a file of this name: " + shown(entry->name));
    const bool rises = seen_.empty() || seen_.back().name < entry->name;
    if (!rises && entry->name != backup_manifest)
        return fail(entry->name + " is not in its place, or there twice");
    const bool is_manifest = entry->name == backup_manifest;
    if (seen_.size() >= backup_files_max ||
        (is_manifest && entry->bytes > backup_manifest_bytes_max))
        return fail("these are more files than a backup has");
    entry_ = *entry;
    left_ = entry_.bytes;
    state_ = State::contents;
    if (!pass(files_.begin(entry_))) return false;
    return left_ > 0 || end_file();
}

bool BackupReader::take_contents(std::string_view& bytes) {
    const std::string_view some = bytes.substr(0, left_);
    bytes.remove_prefix(some.size());
    left_ -= some.size();
    sha256_.add(some);
    if (entry_.name == backup_manifest) manifest_text_.append(some);
    if (!pass(files_.write(some))) return false;
    return left_ > 0 || end_file();
}

bool BackupReader::end_file() {
    seen_.push_back({entry_.name, sha256_.take()});
    if (entry_.name == backup_manifest && !hold_to_manifest()) return false;
    seen_bytes_ += entry_.bytes;
    left_ = tar_padding(entry_.bytes);
    state_ = left_ > 0 ? State::padding : State::header;
    return pass(files_.end());
}

bool BackupReader::hold_to_manifest() {
    auto manifest = parse_backup_manifest(manifest_text_);
    if (!manifest) return fail("its manifest is none");
    for (const BackupFile& listed : manifest->files) {
        const auto seen = std::ranges::find(seen_, listed.name, &BackupFile::name);
        if (seen == seen_.end()) return fail(listed.name + " is missing");
        if (seen->digest != listed.digest)
            return fail(listed.name + " is not what the manifest says");
    }
    if (manifest->files.size() + 1 != seen_.size() || manifest->bytes != seen_bytes_)
        return fail("its manifest does not list what is there");
    manifest_ = std::move(*manifest);
    return true;
}

bool BackupReader::take_zeros(std::string_view& bytes, State next) {
    const std::string_view some = bytes.substr(0, left_);
    bytes.remove_prefix(some.size());
    left_ -= some.size();
    if (!is_zeros(some)) return fail("there is something between two files of the archive");
    if (left_ == 0) state_ = next;
    return true;
}

}  // namespace keyledger
