#include "ledger/backup/backup_writer.hpp"

#include "ledger/backup/tar.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace keyledger {

BackupWriter::BackupWriter(std::unique_ptr<BackupCopy> copy, Timestamp made)
    : copy_(std::move(copy)) {
    manifest_.made = made;
    manifest_.events = copy_->events();
}

std::string BackupWriter::next() {
    std::string piece;
    if (ended_) return piece;
    piece.reserve(backup_piece_bytes + 2 * tar_block_bytes);
    while (!fault_ && !ended_ && piece.size() < backup_piece_bytes) {
        if (file_) {
            read_on(piece);
        } else if (part_ < copy_->parts().size()) {
            begin_part(piece);
        } else {
            add_manifest(piece);
        }
    }
    if (fault_) {
        ended_ = true;
        piece.clear();
    }
    return piece;
}

void BackupWriter::begin_part(std::string& piece) {
    const BackupCopy::Part& part = copy_->parts()[part_];
    size_ = part.bytes.size();
    if (part.file.empty()) {
        piece += tar_header({part.name, size_});
        piece += part.bytes;
        sha256_.add(part.bytes);
        return end_part(piece);
    }
    file_.emplace(part.file, O_RDONLY | O_NOFOLLOW);
    struct stat status {};
    if (!file_->is_open() || ::fstat(file_->number(), &status) != 0) {
        fault_ = errno_fault("open", part.file);
        return;
    }
    size_ = left_ = static_cast<std::uint64_t>(status.st_size);
    if (!S_ISREG(status.st_mode) || size_ > tar_file_bytes_max) {
        fault_ = LogFault{"read " + part.file + ": no regular file, or one of 8 GiB or more"};
        return;
    }
    piece += tar_header({part.name, size_});
}

void BackupWriter::read_on(std::string& piece) {
    const std::size_t begin = piece.size();
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(left_, backup_piece_bytes - begin));
    piece.resize(begin + wanted);
    std::size_t filled = 0;
    while (filled < wanted) {
        const ssize_t got = uninterrupted([&] {
            return ::read(file_->number(), piece.data() + begin + filled, wanted - filled);
        });
        if (got <= 0) {
            const std::string& file = copy_->parts()[part_].file;
            fault_ = got < 0 ? errno_fault("read", file)
                             : LogFault{"read " + file + ": it became shorter"};
            return;
        }
        filled += static_cast<std::size_t>(got);
    }
    sha256_.add(std::string_view(piece).substr(begin));
    left_ -= wanted;
    if (left_ == 0) end_part(piece);
}

void BackupWriter::end_part(std::string& piece) {
    piece.append(tar_padding(size_), '\0');
    manifest_.files.push_back({copy_->parts()[part_].name, sha256_.take()});
    manifest_.bytes += size_;
    file_.reset();
    ++part_;
}

void BackupWriter::add_manifest(std::string& piece) {
    const std::string text = to_text(manifest_);
    piece += tar_header({std::string(backup_manifest), text.size()});
    piece += text;
    piece.append(tar_padding(text.size()) + tar_end_bytes, '\0');
    ended_ = true;
}

}  // namespace keyledger
