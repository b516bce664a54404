#include "ledger/log/checkpoint_file.hpp"

#include "tests/support/randomness.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

namespace keyledger {
namespace {

// A new directory, removed with all that is in it at the end.
class TemporaryDirectory {
public:
    TemporaryDirectory() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "keyledger_test_XXXXXX").string();
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory() { std::filesystem::remove_all(path_); }

    std::string file(const std::string& name) const { return path_ + "/" + name; }
    std::size_t files_count() const {
        return static_cast<std::size_t>(
            std::distance(std::filesystem::directory_iterator(path_), {}));
    }

private:
    std::string path_;
};

SignerKey key_of(std::uint64_t seed) {
    SeededRandom random(seed);
    return SignerKey::generate("ledger.example/main", random);
}

SignedNote checkpoint_of(std::uint64_t size, const SignerKey& key) {
    CompactRange range;
    while (range.size() < size) range.append(leaf_hash("entry"));
    return sign_checkpoint(range.head(), key);
}

void put(const std::string& file, const std::string& bytes) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << bytes;
    REQUIRE(out.flush());
}

std::string get(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    REQUIRE(in);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

unsigned mode_of(const std::string& file) {
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    return status.st_mode & 0777U;
}

}  // namespace

TEST_CASE("a checkpoint that was written is read again, and replaced by the next") {
    const TemporaryDirectory directory;
    const std::string file = directory.file("checkpoint");
    const SignerKey key = key_of(1);
    for (const std::uint64_t size : {0U, 3U, 4U}) {
        const SignedNote note = checkpoint_of(size, key);
        CHECK_FALSE(write_checkpoint_file(file, note));
        CHECK(get(file) == to_text(note));
        const CheckpointFile read = read_checkpoint_file(file, key.verifier());
        CHECK_FALSE(read.fault);
        REQUIRE(read.checkpoint);
        CHECK(read.checkpoint->note == note);
        CHECK(read.checkpoint->checkpoint.tree.size == size);
        CHECK(directory.files_count() == 1);
    }
}

TEST_CASE("where no checkpoint was written there is none, and that is no fault") {
    const TemporaryDirectory directory;
    const CheckpointFile read =
        read_checkpoint_file(directory.file("checkpoint"), key_of(1).verifier());
    CHECK_FALSE(read.checkpoint);
    CHECK_FALSE(read.fault);
}

TEST_CASE("what an interrupted write left behind is no hindrance and is never read") {
    const TemporaryDirectory directory;
    const std::string file = directory.file("checkpoint");
    const SignerKey key = key_of(1);
    put(file + ".new", "half a check");
    CHECK_FALSE(read_checkpoint_file(file, key.verifier()).checkpoint);
    CHECK_FALSE(write_checkpoint_file(file, checkpoint_of(3, key)));
    CHECK(read_checkpoint_file(file, key.verifier()).checkpoint);
    CHECK(directory.files_count() == 1);
}

TEST_CASE("a checkpoint file damaged at any byte or cut at any length is a fault") {
    const TemporaryDirectory directory;
    const std::string file = directory.file("checkpoint");
    const SignerKey key = key_of(1);
    const std::string bytes = to_text(checkpoint_of(9, key));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        CAPTURE(i);
        std::string damaged = bytes;
        damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
        for (const std::string& content : {damaged, bytes.substr(0, i)}) {
            put(file, content);
            const CheckpointFile read = read_checkpoint_file(file, key.verifier());
            CHECK_FALSE(read.checkpoint);
            REQUIRE(read.fault);
            CHECK(read.fault->what.find(file) != std::string::npos);
        }
    }
    put(file, bytes + "\n");
    CHECK(read_checkpoint_file(file, key.verifier()).fault);
    put(file, bytes + std::string(note_bytes_max, 'x'));
    const auto too_long = read_checkpoint_file(file, key.verifier()).fault;
    REQUIRE(too_long);
    CHECK(too_long->what == "read " + file + ": too long");
    put(file, bytes);
    CHECK(read_checkpoint_file(file, key.verifier()).checkpoint);
    CHECK(read_checkpoint_file(file, key_of(2).verifier()).fault);
}

TEST_CASE("a checkpoint that can't be written is a fault that names the file") {
    const TemporaryDirectory directory;
    const SignerKey key = key_of(1);
    const std::string nowhere = directory.file("missing/checkpoint");
    const auto fault = write_checkpoint_file(nowhere, checkpoint_of(1, key));
    REQUIRE(fault);
    CHECK(fault->what == "create " + nowhere + ".new: No such file or directory");

    // A directory stands where the file should.
    const std::string taken = directory.file("taken");
    REQUIRE(std::filesystem::create_directory(taken));
    CHECK(write_checkpoint_file(taken, checkpoint_of(1, key)));
    CHECK(directory.files_count() == 1);
    CHECK(read_checkpoint_file(taken, key.verifier()).fault);
}

TEST_CASE("a signing key is made for its owner alone, and read again") {
    const TemporaryDirectory directory;
    const std::string file = directory.file("signing_key");
    const SignerKey key = key_of(1);
    CHECK_FALSE(make_signing_key_file(file, key));
    CHECK(mode_of(file) == 0600);
    CHECK(get(file) == key.secret_text() + "\n");
    CHECK(directory.files_count() == 1);
    const SigningKeyFile read = read_signing_key_file(file);
    CHECK_FALSE(read.fault);
    REQUIRE(read.key);
    CHECK(read.key->verifier() == key.verifier());
    CHECK(read.key->sign("text\n") == key.sign("text\n"));
}

TEST_CASE("a signing key is never written over") {
    const TemporaryDirectory directory;
    const std::string file = directory.file("signing_key");
    REQUIRE_FALSE(make_signing_key_file(file, key_of(1)));
    const auto fault = make_signing_key_file(file, key_of(2));
    REQUIRE(fault);
    CHECK(fault->what == "create " + file + ": File exists");
    CHECK(read_signing_key_file(file).key.value().verifier() == key_of(1).verifier());
    CHECK(directory.files_count() == 1);
}

TEST_CASE("a signing key that others may use is refused") {
    const TemporaryDirectory directory;
    const std::string file = directory.file("signing_key");
    REQUIRE_FALSE(make_signing_key_file(file, key_of(1)));
    for (const mode_t mode : {0640U, 0604U, 0660U, 0602U, 0610U, 0601U, 0644U, 0777U}) {
        CAPTURE(mode);
        REQUIRE(::chmod(file.c_str(), mode) == 0);
        const SigningKeyFile read = read_signing_key_file(file);
        CHECK_FALSE(read.key);
        REQUIRE(read.fault);
        CHECK(read.fault->what.find("0600") != std::string::npos);
    }
    REQUIRE(::chmod(file.c_str(), 0400) == 0);
    CHECK(read_signing_key_file(file).key);
}

TEST_CASE("a signing key file damaged at any byte or cut at any length is a fault") {
    const TemporaryDirectory directory;
    const std::string file = directory.file("signing_key");
    REQUIRE_FALSE(make_signing_key_file(file, key_of(1)));
    const std::string bytes = get(file);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        CAPTURE(i);
        std::string damaged = bytes;
        damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
        for (const std::string& content : {damaged, bytes.substr(0, i)}) {
            put(file, content);
            const SigningKeyFile read = read_signing_key_file(file);
            CHECK_FALSE(read.key);
            REQUIRE(read.fault);
            // What is wrong is said; what was read is not.
            CHECK(read.fault->what == "read " + file + ": not a signing key");
        }
    }
    put(file, bytes + std::string(600, '\n'));
    CHECK(read_signing_key_file(file).fault);
}

TEST_CASE("a signing key that is not there is a fault") {
    const TemporaryDirectory directory;
    const SigningKeyFile read = read_signing_key_file(directory.file("signing_key"));
    CHECK_FALSE(read.key);
    REQUIRE(read.fault);
    CHECK(read.fault->what ==
          "open " + directory.file("signing_key") + ": No such file or directory");
    CHECK(read_signing_key_file(directory.file(".")).fault);
}

TEST_CASE("a rotated key is kept with the one before it, and both sign until its time is over") {
    const TemporaryDirectory directory;
    const std::string file = directory.file("signing_key");
    const Timestamp until{Duration(1'900'000'000'000)};
    REQUIRE_FALSE(make_signing_key_file(file, key_of(1)));
    REQUIRE_FALSE(
        replace_signing_key_file(file, SigningKeys{key_of(2), PreviousKey{key_of(1), until}}));
    CHECK(mode_of(file) == 0600);
    CHECK(directory.files_count() == 1);
    SigningKeyFile read = read_signing_key_file(file);
    REQUIRE(read.key);
    REQUIRE(read.previous);
    CHECK(read.previous->until == until);
    CHECK(read.verifiers() == std::vector<VerifierKey>{key_of(2).verifier(), key_of(1).verifier()});

    const SigningKeys keys{std::move(*read.key), std::move(read.previous)};
    const TreeHead tree{.size = 3, .root = {7}};
    const SignedNote both = sign_checkpoint(tree, keys, until - Duration(1));
    CHECK(both.signatures.size() == 2);
    CHECK(open_checkpoint(to_text(both), key_of(1).verifier()));
    CHECK(open_checkpoint(to_text(both), key_of(2).verifier()));
    const SignedNote one = sign_checkpoint(tree, keys, until);
    CHECK(one.signatures.size() == 1);
    CHECK_FALSE(open_checkpoint(to_text(one), key_of(1).verifier()));
    CHECK(open_checkpoint(to_text(one), key_of(2).verifier()));
    CHECK(open_checkpoint(to_text(one), keys.verifiers()));
}

TEST_CASE("a file of two keys that is damaged at any byte or cut at any length is a fault") {
    const TemporaryDirectory directory;
    const std::string file = directory.file("signing_key");
    const Timestamp until{Duration(1'900'000'000'000)};
    REQUIRE_FALSE(
        replace_signing_key_file(file, SigningKeys{key_of(2), PreviousKey{key_of(1), until}}));
    const std::string bytes = get(file);
    const std::size_t time_begin = bytes.find(" until ") + 7;
    const std::size_t time_end = bytes.find('\n');
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        CAPTURE(i);
        put(file, bytes.substr(0, i));
        CHECK_FALSE(read_signing_key_file(file).key);
        // Another time is a time too: it says only how long the older key signs.
        if (i >= time_begin && i < time_end) continue;
        std::string damaged = bytes;
        damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
        put(file, damaged);
        CHECK_FALSE(read_signing_key_file(file).key);
    }
}

}  // namespace keyledger
