#include "ledger/log/checkpoint_file.hpp"

#include "ledger/rules/secret.hpp"  // wipe

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string_view>
#include <system_error>
#include <utility>

namespace keyledger {
namespace {

constexpr mode_t checkpoint_mode = 0644;
constexpr mode_t signing_key_mode = 0600;
// A key name, its id, its secret in base64, and what stands between them.
constexpr std::size_t signing_key_bytes_max = 512;

// Of the call that has just failed.
LogFault fault_of(std::string_view operation, const std::string& file) {
    const std::error_code error(errno, std::generic_category());
    return {std::string(operation) + " " + file + ": " + error.message()};
}

// Calls again for as long as a signal interrupts it.
template <class Call>
auto uninterrupted(Call call) {
    auto answer = call();
    while (answer < 0 && errno == EINTR) answer = call();
    return answer;
}

// An open file. A resource.
class Descriptor {
public:
    Descriptor(const std::string& file, int flags, mode_t mode = 0)
        : number_(uninterrupted([&] { return ::open(file.c_str(), flags | O_CLOEXEC, mode); })) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (is_open()) ::close(number_);
    }

    bool is_open() const { return number_ >= 0; }
    int number() const { return number_; }

private:
    int number_;
};

bool write_all(const Descriptor& to, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written =
            uninterrupted([&] { return ::write(to.number(), bytes.data(), bytes.size()); });
        if (written < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

bool sync(const Descriptor& file) {
    return uninterrupted([&] { return ::fsync(file.number()); }) == 0;
}

// Makes `file` anew, durable but for its name.
std::optional<LogFault> write_new_file(const std::string& file, std::string_view bytes,
                                       mode_t mode) {
    // What an earlier crash left under this name was never part of anything.
    if (::unlink(file.c_str()) != 0 && errno != ENOENT) return fault_of("remove", file);
    const Descriptor out(file, O_WRONLY | O_CREAT | O_EXCL, mode);
    if (!out.is_open()) return fault_of("create", file);
    if (!write_all(out, bytes)) return fault_of("write", file);
    if (!sync(out)) return fault_of("sync", file);
    return std::nullopt;
}

// Makes the names in the directory of `file` durable.
std::optional<LogFault> sync_directory_of(const std::string& file) {
    const std::size_t slash = file.rfind('/');
    const std::string directory = slash == std::string::npos ? "."
                                  : slash == 0               ? "/"
                                                             : file.substr(0, slash);
    const Descriptor opened(directory, O_RDONLY | O_DIRECTORY);
    if (!opened.is_open()) return fault_of("open", directory);
    if (!sync(opened)) return fault_of("sync", directory);
    return std::nullopt;
}

// The bytes of an open file, of which there may be `bytes_max`.
struct FileBytes {
    std::string bytes;
    std::optional<LogFault> fault;
};

FileBytes read_all(const Descriptor& from, const std::string& file, std::size_t bytes_max) {
    // One more than allowed, so that a file that is too long shows itself. Never made longer, so
    // that a secret is not left behind in an older buffer.
    FileBytes read{.bytes = std::string(bytes_max + 1, '\0'), .fault = {}};
    std::size_t filled = 0;
    while (filled < read.bytes.size()) {
        const ssize_t got = uninterrupted([&] {
            return ::read(from.number(), read.bytes.data() + filled, read.bytes.size() - filled);
        });
        if (got < 0) read.fault = fault_of("read", file);
        if (got <= 0) break;
        filled += static_cast<std::size_t>(got);
    }
    if (filled > bytes_max) read.fault = LogFault{"read " + file + ": too long"};
    read.bytes.resize(filled);
    return read;
}

// Why a file with this status must not be used as the signing key; nothing if it may.
std::optional<LogFault> refuse_signing_key(const struct stat& status, const std::string& file) {
    if (!S_ISREG(status.st_mode)) return LogFault{"read " + file + ": not a regular file"};
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return LogFault{"read " + file +
                        ": others than its owner may use it; its mode must be 0600"};
    }
    if (status.st_uid != ::geteuid() && status.st_uid != 0) {
        return LogFault{"read " + file + ": it belongs to another user"};
    }
    return std::nullopt;
}

std::optional<SignerKey> parse_key_line(std::string_view line) {
    if (!line.ends_with('\n')) return std::nullopt;
    line.remove_suffix(1);
    return SignerKey::parse(line);
}

}  // namespace

std::optional<LogFault> write_checkpoint_file(const std::string& file, const SignedNote& note) {
    const std::string new_file = file + ".new";
    auto fault = write_new_file(new_file, to_text(note), checkpoint_mode);
    // The bytes are durable; the name moves from the old ones to them in one step.
    if (!fault && ::rename(new_file.c_str(), file.c_str()) != 0)
        fault = fault_of("rename to", file);
    if (fault) {
        ::unlink(new_file.c_str());
        return fault;
    }
    return sync_directory_of(file);
}

CheckpointFile read_checkpoint_file(const std::string& file, std::span<const VerifierKey> log) {
    const Descriptor in(file, O_RDONLY | O_NONBLOCK);
    if (!in.is_open()) {
        if (errno == ENOENT) return {};
        return {.checkpoint = {}, .fault = fault_of("open", file)};
    }
    FileBytes read = read_all(in, file, note_bytes_max);
    if (read.fault) return {.checkpoint = {}, .fault = std::move(read.fault)};
    auto checkpoint = open_checkpoint(read.bytes, log);
    if (!checkpoint) {
        return {.checkpoint = {},
                .fault = LogFault{"read " + file + ": not a checkpoint signed by a known key"}};
    }
    return {.checkpoint = std::move(checkpoint), .fault = {}};
}

std::optional<LogFault> make_signing_key_file(const std::string& file, const SignerKey& key) {
    const std::string new_file = file + ".new";
    std::string secret = key.secret_text();
    std::string line;
    line.reserve(secret.size() + 1);
    line += secret;
    line += '\n';
    auto fault = write_new_file(new_file, line, signing_key_mode);
    wipe(secret);
    wipe(line);
    // Unlike a rename, a link fails if the name is taken: a key is never written over.
    if (!fault && ::link(new_file.c_str(), file.c_str()) != 0) fault = fault_of("create", file);
    if (::unlink(new_file.c_str()) != 0 && !fault) fault = fault_of("remove", new_file);
    if (fault) return fault;
    return sync_directory_of(file);
}

SigningKeyFile read_signing_key_file(const std::string& file) {
    const Descriptor in(file, O_RDONLY | O_NONBLOCK);
    struct stat status {};
    if (!in.is_open() || ::fstat(in.number(), &status) != 0) {
        return {.key = {}, .fault = fault_of("open", file)};
    }
    if (auto refusal = refuse_signing_key(status, file)) return {.key = {}, .fault = refusal};
    FileBytes read = read_all(in, file, signing_key_bytes_max);
    if (read.fault) {
        wipe(read.bytes);
        return {.key = {}, .fault = std::move(read.fault)};
    }
    auto key = parse_key_line(read.bytes);
    wipe(read.bytes);
    if (!key) return {.key = {}, .fault = LogFault{"read " + file + ": not a signing key"}};
    return {.key = std::move(key), .fault = {}};
}

}  // namespace keyledger
