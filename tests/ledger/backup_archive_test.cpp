// The archive of a backup without a disk: tar, manifest and reader.

#include "ledger/backup/backup_manifest.hpp"
#include "ledger/backup/backup_reader.hpp"
#include "ledger/backup/tar.hpp"

#include "ledger/base/sha256.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace keyledger {
namespace {

using Contents = std::vector<std::pair<std::string, std::string>>;

// By name, as a backup has them.
const Contents usual{{"checkpoint", "a note"},
                     {"ledger/000012.sst", std::string(1500, 's')},
                     {"ledger/CURRENT", "MANIFEST-000005\n"},
                     {"ledger/empty.log", ""},
                     {"log.vkey", "a key\n"}};

BackupManifest manifest_of(const Contents& files) {
    BackupManifest manifest{
        .made = Timestamp(Duration(1'700'000'000'123)), .events = 7, .bytes = 0, .files = {}};
    for (const auto& [name, bytes] : files) {
        manifest.files.push_back({name, sha256(bytes)});
        manifest.bytes += bytes.size();
    }
    return manifest;
}

std::string entry_of(const std::string& name, const std::string& bytes) {
    return tar_header({name, bytes.size()}) + bytes + std::string(tar_padding(bytes.size()), '\0');
}

std::string entries_of(const Contents& files) {
    std::string archive;
    for (const auto& [name, bytes] : files) archive += entry_of(name, bytes);
    return archive;
}

const std::string end_blocks(tar_end_bytes, '\0');

std::string archive_of(const Contents& files) {
    return entries_of(files) + entry_of("manifest", to_text(manifest_of(files))) + end_blocks;
}

class KeptFiles final : public BackupFiles {
public:
    std::optional<LogFault> begin(const TarEntry& entry) override {
        if (files.contains(entry.name)) return LogFault{"twice: " + entry.name};
        name_ = entry.name;
        files[name_] = "";
        return {};
    }
    std::optional<LogFault> write(std::string_view bytes) override {
        if (bytes == "the disk is full") return LogFault{"write " + name_ + ": no space"};
        files[name_].append(bytes);
        return {};
    }
    std::optional<LogFault> end() override { return {}; }

    std::map<std::string, std::string> files;

private:
    std::string name_;
};

// What the reader says of an archive; empty if it is whole.
std::string problem_of(std::string_view archive) {
    KeptFiles files;
    BackupReader reader(files);
    reader.take(archive);
    if (reader.is_whole()) return "";
    return reader.problem().empty() ? "unfinished" : reader.problem();
}

}  // namespace

TEST_CASE("a header of tar is read as it was written, and has the checksum that POSIX says") {
    const TarEntry entry{"ledger/000012.sst", 1234567};
    const std::string block = tar_header(entry);
    REQUIRE(block.size() == tar_block_bytes);
    CHECK(parse_tar_header(block) == entry);
    CHECK(block.substr(257, 8) == std::string("ustar\00000", 8));
    CHECK(block.substr(124, 12) == std::string("00004553207\0", 12));
    std::string summed = block;
    summed.replace(148, 8, 8, ' ');
    unsigned sum = 0;
    for (const char byte : summed) sum += static_cast<unsigned char>(byte);
    CHECK(static_cast<unsigned>(std::stoul(block.substr(148, 6), nullptr, 8)) == sum);
}

TEST_CASE("the longest name and the largest file fit, and no byte of a header may be another") {
    const TarEntry longest{std::string(tar_name_bytes_max, 'n'), tar_file_bytes_max};
    const std::string block = tar_header(longest);
    CHECK(parse_tar_header(block) == longest);
    for (std::size_t at = 0; at < block.size(); ++at) {
        std::string changed = block;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        const auto parsed = parse_tar_header(changed);
        INFO(at);
        CHECK_FALSE(parsed);  // the checksum has all of them
    }
    CHECK_FALSE(parse_tar_header(block.substr(1)));
    CHECK_FALSE(parse_tar_header(std::string(tar_block_bytes, '\0')));
}

TEST_CASE("no name of a backup leads out of its directory") {
    for (const char* name : {"checkpoint", "log.key", "log.vkey", "manifest", "ledger/CURRENT",
                             "ledger/MANIFEST-000005", "ledger/000012.sst"}) {
        INFO(name);
        CHECK(is_backup_name(name));
    }
    for (const char* name : {"", "/etc/passwd", "../x", "ledger", "ledger/", "ledger/..",
                             "ledger/.hidden", "ledger/../../x", "ledger/a/b", "ledger//a",
                             "ledger/a\\b", "ledger/a b", "./checkpoint", "checkpoint/", "LEDGER/a",
                             "log.key.new", "ledger/a\n"}) {
        INFO(name);
        CHECK_FALSE(is_backup_name(name));
    }
    CHECK_FALSE(is_backup_name("ledger/" + std::string(tar_name_bytes_max, 'a')));
    CHECK_FALSE(is_backup_name(std::string_view("ledger/a\0b", 10)));
}

TEST_CASE("a manifest is what it was written as, to the byte") {
    const BackupManifest manifest = manifest_of(usual);
    const std::string text = to_text(manifest);
    CHECK(parse_backup_manifest(text) == manifest);
    CHECK(text.starts_with("# keyledger-backup-1\n# made 2023-11-14T22:13:20.123Z\n# events 7\n"));
    CHECK(text.find("\n" + to_hex(view_of(sha256("a note"))) + "  checkpoint\n") != text.npos);
    for (std::size_t cut = 0; cut < text.size(); ++cut)
        CHECK_FALSE(parse_backup_manifest(std::string_view(text).substr(0, cut)) == manifest);
    CHECK_FALSE(parse_backup_manifest(text + "\n"));
    CHECK_FALSE(parse_backup_manifest("\n" + text));
}

TEST_CASE("a manifest that lacks what every backup has, or lists what none has, is none") {
    for (const char* needed : {"checkpoint", "log.vkey", "ledger/CURRENT"}) {
        Contents files = usual;
        std::erase_if(files, [&](const auto& file) { return file.first == needed; });
        INFO(needed);
        CHECK_FALSE(parse_backup_manifest(to_text(manifest_of(files))));
    }
    for (const char* name : {"manifest", "../x", "zz", "ledger/.."}) {
        BackupManifest manifest = manifest_of(usual);
        manifest.files.push_back({name, {}});
        std::ranges::sort(manifest.files, {}, &BackupFile::name);
        INFO(name);
        CHECK_FALSE(parse_backup_manifest(to_text(manifest)));
    }
    BackupManifest twice = manifest_of(usual);
    twice.files.insert(twice.files.begin(), twice.files.front());
    CHECK_FALSE(parse_backup_manifest(to_text(twice)));
    BackupManifest unsorted = manifest_of(usual);
    std::swap(unsorted.files[0], unsorted.files[1]);
    CHECK_FALSE(parse_backup_manifest(to_text(unsorted)));
}

TEST_CASE("a backup is read whole, however it is cut into pieces") {
    const std::string archive = archive_of(usual);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{511},
                                    std::size_t{512}, std::size_t{513}, archive.size()}) {
        INFO(piece);
        KeptFiles files;
        BackupReader reader(files);
        for (std::size_t at = 0; at < archive.size(); at += piece) {
            CHECK_FALSE(reader.is_whole());
            REQUIRE(reader.take(std::string_view(archive).substr(at, piece)));
        }
        REQUIRE(reader.is_whole());
        CHECK(reader.manifest() == manifest_of(usual));
        CHECK(reader.bytes_taken() == archive.size());
        for (const auto& [name, bytes] : usual) CHECK(files.files.at(name) == bytes);
        CHECK(files.files.size() == usual.size() + 1);
    }
}

TEST_CASE("a backup that was cut anywhere is not whole") {
    const std::string archive = archive_of(usual);
    for (std::size_t cut = 0; cut < archive.size(); ++cut) {
        const std::string problem = problem_of(std::string_view(archive).substr(0, cut));
        if (problem != "unfinished") FAIL(cut << ": " << problem);
    }
    CHECK(problem_of(archive).empty());
    CHECK(problem_of(archive + std::string(1, '\0')) != "");
}

TEST_CASE("no byte of a backup may be another") {
    const std::string archive = archive_of(usual);
    for (std::size_t at = 0; at < archive.size(); ++at) {
        std::string changed = archive;
        changed[at] = static_cast<char>(changed[at] ^ 0x20);
        if (problem_of(changed).empty()) FAIL("byte " << at << " may be another");
    }
}

TEST_CASE("a file whose bytes are not the manifest's is named") {
    std::string archive = archive_of(usual);
    archive[archive.find("sss")] = 'S';
    CHECK(problem_of(archive) == "ledger/000012.sst is not what the manifest says");
}

TEST_CASE("an archive that is none of a backup is refused where that shows") {
    const auto with = [](const std::string& entry) { return entry + archive_of(usual); };
    CHECK(problem_of(with(entry_of("../../etc/passwd", "x"))) ==
          "no backup has a file of this name: ../../etc/passwd");
    CHECK(problem_of(with(entry_of("/etc/passwd", "x"))) ==
          "no backup has a file of this name: /etc/passwd");
    CHECK(problem_of(with(entry_of("a\x1b[2J", "x"))) ==
          "no backup has a file of this name: a?[2J");
    CHECK(problem_of(entry_of("checkpoint", "x") + archive_of(usual)) ==
          "checkpoint is not in its place, or there twice");
    std::string link = tar_header({"checkpoint", 0});
    link[156] = '2';
    CHECK(problem_of(link) == "this is no backup: a header of the archive is none of one");
    CHECK(problem_of(entries_of(usual) + end_blocks) == "it ends without a manifest");
    CHECK(problem_of(end_blocks) == "it ends without a manifest");
    CHECK(problem_of(std::string(tar_block_bytes, 'x')) ==
          "this is no backup: a header of the archive is none of one");
}

TEST_CASE("a manifest that lists other files than came is refused") {
    Contents more = usual;
    more.insert(more.begin() + 1, {"ledger/000011.sst", "more"});
    const auto archive = [](const Contents& files, const BackupManifest& manifest) {
        return entries_of(files) + entry_of("manifest", to_text(manifest)) + end_blocks;
    };
    CHECK(problem_of(archive(more, manifest_of(usual))) ==
          "its manifest does not list what is there");
    CHECK(problem_of(archive(usual, manifest_of(more))) == "ledger/000011.sst is missing");
    BackupManifest miscounted = manifest_of(usual);
    ++miscounted.bytes;
    CHECK(problem_of(archive(usual, miscounted)) == "its manifest does not list what is there");
    const std::string manifest = entry_of("manifest", to_text(manifest_of(usual)));
    CHECK(problem_of(entries_of(usual) + manifest + manifest + end_blocks) ==
          "there is more behind the manifest");
    CHECK(problem_of(entry_of("manifest", "no manifest")) == "its manifest is none");
    CHECK(problem_of(tar_header({"manifest", backup_manifest_bytes_max + 1})) ==
          "these are more files than a backup has");
}

TEST_CASE("a fault of where the files go is told from one of what came") {
    KeptFiles files;
    BackupReader reader(files);
    CHECK_FALSE(reader.take(entry_of("checkpoint", "the disk is full")));
    CHECK(reader.problem() == "write checkpoint: no space");
    CHECK(reader.is_fault_of_files());
    CHECK_FALSE(reader.take("more"));
    BackupReader other(files);
    CHECK_FALSE(other.take(std::string(tar_block_bytes, 'x')));
    CHECK_FALSE(other.is_fault_of_files());
}

}  // namespace keyledger
