// Backups of logs on a disk: the copy, the archive made of it, and the directory it comes to.

#include "ledger/backup/backup_copy.hpp"
#include "ledger/backup/backup_directory.hpp"
#include "ledger/backup/backup_writer.hpp"
#include "ledger/log/tree_rows.hpp"
#include "tests/support/randomness.hpp"
#include "tests/support/rocksdb_directory.hpp"
#include "tests/support/stored_events.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include <atomic>
#include <thread>

namespace keyledger {
namespace {

namespace fs = std::filesystem;

const Timestamp made{Duration(1'700'000'000'000)};

SignerKey key_of(std::uint64_t seed) {
    SeededRandom random(seed);
    return SignerKey::generate("ledger.example/main", random);
}

// A log that grows with its tree, and what was signed of it.
struct SignedLog {
    TemporaryDirectory directory;
    std::unique_ptr<RocksdbLog> log = open_log(directory.file("ledger"), Mode::create);
    TreeWriter tree = *TreeWriter::open(*log);
    SignerKey key = key_of(1);

    void append(std::uint64_t count) {
        LogBatch batch;
        batch.first_seq = log->next_seq();
        for (std::uint64_t i = 0; i < count; ++i) {
            StoredEvent event = stored_event(batch.first_seq + i);
            tree.append(leaf_hash(event.leaf), batch.rows);
            batch.events.push_back(std::move(event));
        }
        batch.rows.push_back(tree.range_row());
        REQUIRE_FALSE(log->append(batch));
    }

    std::string note() const { return to_text(sign_checkpoint(tree.head(), key)); }

    BackupRequest request() const {
        return {.log = *log,
                .directory = directory.file("backup.copy"),
                .checkpoint = [this] { return note(); },
                .keys = {key.verifier()},
                .signing_key = {}};
    }

    std::unique_ptr<BackupCopy> copy() const {
        auto copied = BackupCopy::make(request());
        if (const auto* fault = std::get_if<LogFault>(&copied)) FAIL(fault->what);
        return std::get<std::unique_ptr<BackupCopy>>(std::move(copied));
    }

    std::string fault_of(const BackupRequest& request) const {
        const auto copied = BackupCopy::make(request);
        const auto* fault = std::get_if<LogFault>(&copied);
        return fault ? fault->what : "";
    }
};

std::unique_ptr<BackupDirectory> directory_at(const std::string& path) {
    auto opened = BackupDirectory::make(path);
    if (const auto* fault = std::get_if<LogFault>(&opened)) FAIL(fault->what);
    return std::get<std::unique_ptr<BackupDirectory>>(std::move(opened));
}

BackupManifest back_up(BackupWriter& writer, const std::string& to) {
    const auto directory = directory_at(to);
    BackupReader reader(*directory);
    for (std::string piece = writer.next(); !piece.empty(); piece = writer.next())
        REQUIRE(reader.take(piece));
    REQUIRE_FALSE(writer.fault());
    REQUIRE(reader.is_whole());
    REQUIRE_FALSE(directory->finish());
    return reader.manifest();
}

mode_t mode_of(const std::string& path) {
    struct stat status {};
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("a backup holds the events up to then, and the log goes on") {
    SignedLog source;
    source.append(300);
    const std::string to = source.directory.file("backup");
    BackupWriter writer(source.copy(), made);
    source.append(5);
    const BackupManifest manifest = back_up(writer, to);
    CHECK(manifest.events == 300);
    CHECK(manifest.made == made);
    CHECK(contents_of(to + "/manifest") == to_text(manifest));

    const auto log = open_log(to + "/ledger", Mode::read_only);
    REQUIRE(log->next_seq() == 300);
    CHECK(is_same(log->read(299).value_or(StoredEvent{}), stored_event(299)));
    const auto checkpoint = open_checkpoint(contents_of(to + "/checkpoint"), source.key.verifier());
    REQUIRE(checkpoint);
    CHECK(stored_range(*log, 300)->root() == checkpoint->checkpoint.tree.root);
    CHECK_FALSE(log->check_files());
    CHECK(source.log->next_seq() == 305);
}

TEST_CASE("a backup's files are its owner's alone, and none is a link to the ledger's") {
    SignedLog source;
    source.append(3);
    const std::string to = source.directory.file("backup");
    BackupWriter writer(source.copy(), made);
    back_up(writer, to + "/");
    CHECK(mode_of(to) == 0700);
    CHECK(mode_of(to + "/ledger") == 0700);
    for (const auto& file : fs::recursive_directory_iterator(to)) {
        if (file.is_directory()) continue;
        INFO(file.path());
        CHECK(mode_of(file.path()) == 0600);
        CHECK(fs::hard_link_count(file.path()) == 1);
    }
    CHECK_FALSE(fs::exists(to + ".partial"));
}

TEST_CASE("a copy goes with whoever held it, and what a crash left goes before the next") {
    SignedLog source;
    source.append(3);
    const std::string place = source.directory.file("backup.copy");
    {
        const auto copy = source.copy();
        CHECK(fs::exists(place));
        CHECK(std::ranges::is_sorted(copy->parts(), {}, &BackupCopy::Part::name));
    }
    CHECK_FALSE(fs::exists(place));
    fs::create_directories(place + "/left");
    fs::create_directories(place + ".tmp/left");
    CHECK(source.copy()->events() == 3);
    CHECK_FALSE(fs::exists(place));
    CHECK_FALSE(fs::exists(place + ".tmp"));
}

TEST_CASE("what is not what was signed is not backed up") {
    SignedLog source;
    source.append(3);
    BackupRequest of_more = source.request();
    SignedLog longer;
    longer.append(4);
    of_more.checkpoint = [&] { return longer.note(); };
    CHECK(source.fault_of(of_more).find("not those of the last checkpoint") != std::string::npos);

    BackupRequest of_others = source.request();
    CompactRange others;
    others.append(leaf_hash("another"));
    of_others.checkpoint = [&] { return to_text(sign_checkpoint(others.head(), source.key)); };
    CHECK(source.fault_of(of_others).find("not those of the last checkpoint") !=
          std::string::npos);

    BackupRequest by_another_key = source.request();
    by_another_key.keys = {key_of(2).verifier()};
    CHECK(source.fault_of(by_another_key).find("no checkpoint") != std::string::npos);
    CHECK_FALSE(fs::exists(source.directory.file("backup.copy")));
}

TEST_CASE("the key that signs is in a backup if it was asked for, and else not") {
    SignedLog source;
    source.append(3);
    const std::string secret = source.directory.write("log.key", "a secret\n");
    BackupRequest with_key = source.request();
    with_key.signing_key = secret;
    auto copied = BackupCopy::make(with_key);
    BackupWriter writer(std::move(std::get<std::unique_ptr<BackupCopy>>(copied)), made);
    back_up(writer, source.directory.file("with"));
    CHECK(contents_of(source.directory.file("with") + "/log.key") == "a secret\n");
    BackupWriter without(source.copy(), made);
    const BackupManifest manifest = back_up(without, source.directory.file("without"));
    CHECK_FALSE(manifest.find("log.key"));
    CHECK_FALSE(fs::exists(source.directory.file("without") + "/log.key"));
}

TEST_CASE("a backup that does not become whole leaves nothing, and takes no other's place") {
    SignedLog source;
    source.append(3);
    const std::string to = source.directory.file("backup");
    {
        const auto directory = directory_at(to);
        CHECK(fs::exists(to + ".partial"));
        const auto second = BackupDirectory::make(to);
        REQUIRE(std::holds_alternative<LogFault>(second));
        CHECK(std::get<LogFault>(second).what.find("there already") != std::string::npos);
        CHECK(fs::exists(to + ".partial"));
    }
    CHECK_FALSE(fs::exists(to + ".partial"));
    CHECK_FALSE(fs::exists(to));
    fs::create_directory(to);
    std::ofstream(to + "/file") << "a";
    CHECK(std::holds_alternative<LogFault>(BackupDirectory::make(to)));
    CHECK_FALSE(fs::exists(to + ".partial"));
}

TEST_CASE("a file of a backup is copied if it is what the manifest says, and named if not") {
    SignedLog source;
    source.append(3);
    const std::string from = source.directory.file("backup");
    BackupWriter writer(source.copy(), made);
    back_up(writer, from);
    const ReadBackupManifest read = read_backup_manifest(from);
    REQUIRE(read.kind == BackupFault::none);
    const std::string to = source.directory.file("copied");
    for (const BackupFile& file : read.manifest.files) {
        INFO(file.name);
        CHECK(copy_backup_file(from, file, "").kind == BackupFault::none);
        CHECK(copy_backup_file(from, file, to).kind == BackupFault::none);
        CHECK(contents_of(to) == contents_of(from + "/" + file.name));
        CHECK(mode_of(to) == 0600);
        CHECK(copy_backup_file(from, file, to).kind == BackupFault::disk);  // never over another
        fs::remove(to);

        flip_byte(from + "/" + file.name, 3);
        const BackupCopied damaged = copy_backup_file(from, file, to);
        CHECK(damaged.kind == BackupFault::damaged);
        CHECK(damaged.problem.find(file.name) != std::string::npos);
        CHECK_FALSE(fs::exists(to));
        fs::remove(from + "/" + file.name);
        CHECK(copy_backup_file(from, file, to).problem.ends_with(file.name + " is missing"));
    }
    CHECK(read_backup_manifest(source.directory.path()).kind == BackupFault::no_backup);
    flip_byte(from + "/manifest", 0);
    CHECK(read_backup_manifest(from).kind == BackupFault::damaged);
}

TEST_CASE("copies that are made while the log grows hold what was signed before") {
    SignedLog source;
    source.append(10);
    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> copies{0};
    const std::string note = source.note();
    BackupRequest request = source.request();
    request.checkpoint = [note] { return note; };
    std::thread copier([&] {
        while (!stop) {
            const auto copied = BackupCopy::make(request);
            if (!std::holds_alternative<std::unique_ptr<BackupCopy>>(copied)) break;
            if (std::get<std::unique_ptr<BackupCopy>>(copied)->events() < 10) break;
            ++copies;
        }
        stop = true;
    });
    while (copies < 5 && !stop) source.append(1);
    stop = true;
    copier.join();
    CHECK(copies >= 5);
}

}  // namespace keyledger
