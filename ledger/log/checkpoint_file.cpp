#include "ledger/log/checkpoint_file.hpp"

#include "ledger/log/descriptor.hpp"
#include "ledger/rules/secret.hpp"  // wipe

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string_view>
#include <utility>

namespace keyledger {
namespace {

constexpr mode_t checkpoint_mode = 0644;
constexpr mode_t signing_key_mode = 0600;
// A key name, its id, its secret in base64, and what stands between them.
constexpr std::size_t signing_key_bytes_max = 1024;
constexpr std::string_view previous_mark = "previous ";
constexpr std::string_view until_mark = " until ";

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
    if (::unlink(file.c_str()) != 0 && errno != ENOENT) return errno_fault("remove", file);
    const Descriptor out(file, O_WRONLY | O_CREAT | O_EXCL, mode);
    if (!out.is_open()) return errno_fault("create", file);
    if (!write_all(out, bytes)) return errno_fault("write", file);
    if (!sync(out)) return errno_fault("sync", file);
    return std::nullopt;
}

// Makes the names in the directory of `file` durable.
std::optional<LogFault> sync_directory_of(const std::string& file) {
    const std::size_t slash = file.rfind('/');
    const std::string directory = slash == std::string::npos ? "."
                                  : slash == 0               ? "/"
                                                             : file.substr(0, slash);
    const Descriptor opened(directory, O_RDONLY | O_DIRECTORY);
    if (!opened.is_open()) return errno_fault("open", directory);
    if (!sync(opened)) return errno_fault("sync", directory);
    return std::nullopt;
}

// Why a file with this status must not be used as the signing key; nothing if it may.
std::optional<LogFault> refuse_signing_key(const struct stat& status, const std::string& file) {
    if (!S_ISREG(status.st_mode)) return LogFault{"read " + file + ": not a regular file"};
    const bool of_root = status.st_uid == 0 && ::geteuid() != 0;
    const mode_t refused = of_root ? (S_IWGRP | S_IXGRP | S_IRWXO) : (S_IRWXG | S_IRWXO);
    if ((status.st_mode & refused) != 0) {
        return LogFault{"read " + file +
                        ": others than its owner may use it; its mode must be 0600"};
    }
    if (status.st_uid != ::geteuid() && status.st_uid != 0) {
        return LogFault{"read " + file + ": it belongs to another user"};
    }
    return std::nullopt;
}

std::optional<PreviousKey> parse_previous(std::string_view line) {
    if (!line.starts_with(previous_mark)) return std::nullopt;
    line.remove_prefix(previous_mark.size());
    const std::size_t mark = line.find(until_mark);
    if (mark == std::string_view::npos) return std::nullopt;
    auto key = SignerKey::parse(line.substr(0, mark));
    const auto until = parse_rfc3339(line.substr(mark + until_mark.size()));
    if (!key || !until) return std::nullopt;
    return PreviousKey{std::move(*key), *until};
}

// Empty where the bytes are not the lines of such a file. The key that signs stands last, so that a
// file that was cut has none.
SigningKeyFile parse_signing_keys(std::string_view bytes) {
    SigningKeyFile file;
    if (bytes.starts_with(previous_mark)) {
        const std::size_t end = bytes.find('\n');
        if (end == std::string_view::npos) return {};
        auto previous = parse_previous(bytes.substr(0, end));
        if (!previous) return {};
        file.previous.emplace(std::move(*previous));
        bytes.remove_prefix(end + 1);
    }
    if (!bytes.ends_with('\n')) return {};
    bytes.remove_suffix(1);
    auto key = SignerKey::parse(bytes);
    if (key) file.key.emplace(std::move(*key));
    return file;
}

SigningKeyFile failed(LogFault fault) {
    return {.key = {}, .previous = {}, .fault = std::move(fault)};
}

// Replaces `file` in one step.
std::optional<LogFault> replace(const std::string& file, std::string_view bytes, mode_t mode) {
    const std::string new_file = file + ".new";
    auto fault = write_new_file(new_file, bytes, mode);
    // The bytes are durable; the name moves from the old ones to them in one step.
    if (!fault && ::rename(new_file.c_str(), file.c_str()) != 0)
        fault = errno_fault("rename to", file);
    if (fault) {
        ::unlink(new_file.c_str());
        return fault;
    }
    return sync_directory_of(file);
}

std::vector<VerifierKey> verifiers_of(const SignerKey& current,
                                      const std::optional<PreviousKey>& previous) {
    std::vector<VerifierKey> keys{current.verifier()};
    if (previous) keys.push_back(previous->key.verifier());
    return keys;
}

}  // namespace

std::optional<LogFault> replace_file(const std::string& file, std::string_view bytes) {
    return replace(file, bytes, checkpoint_mode);
}

std::optional<LogFault> write_checkpoint_file(const std::string& file, const SignedNote& note) {
    return replace_file(file, to_text(note));
}

CheckpointFile read_checkpoint_file(const std::string& file, std::span<const VerifierKey> log) {
    FileBytes read = read_regular_file(file, note_bytes_max);
    if (read.is_missing) return {};
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
    if (!fault && ::link(new_file.c_str(), file.c_str()) != 0) fault = errno_fault("create", file);
    if (::unlink(new_file.c_str()) != 0 && !fault) fault = errno_fault("remove", new_file);
    if (fault) return fault;
    return sync_directory_of(file);
}

std::vector<VerifierKey> SigningKeys::verifiers() const {
    return verifiers_of(current, previous);
}

std::vector<VerifierKey> SigningKeyFile::verifiers() const {
    return verifiers_of(*key, previous);
}

SignedNote sign_checkpoint(const TreeHead& tree, const SigningKeys& keys, Timestamp now) {
    SignedNote note = sign_checkpoint(tree, keys.current);
    if (keys.previous && now < keys.previous->until)
        note.signatures.push_back(keys.previous->key.sign(note.text));
    return note;
}

std::optional<LogFault> replace_signing_key_file(const std::string& file, const SigningKeys& keys) {
    std::string current = keys.current.secret_text();
    std::string previous = keys.previous->key.secret_text();
    std::string lines;
    lines.reserve(signing_key_bytes_max);
    lines.append(previous_mark).append(previous).append(until_mark);
    lines.append(to_rfc3339(keys.previous->until)).append("\n");
    lines.append(current).append("\n");
    auto fault = replace(file, lines, signing_key_mode);
    for (std::string* secret : {&current, &previous, &lines}) wipe(*secret);
    return fault;
}

SigningKeyFile read_signing_key_file(const std::string& file) {
    const Descriptor in(file, O_RDONLY | O_NONBLOCK);
    struct stat status {};
    if (!in.is_open() || ::fstat(in.number(), &status) != 0) {
        return failed(errno_fault("open", file));
    }
    if (auto refusal = refuse_signing_key(status, file)) return failed(std::move(*refusal));
    FileBytes read = read_all(in, file, signing_key_bytes_max);
    if (read.fault) {
        wipe(read.bytes);
        return failed(std::move(*read.fault));
    }
    SigningKeyFile keys = parse_signing_keys(read.bytes);
    wipe(read.bytes);
    if (!keys.key) keys.fault = LogFault{"read " + file + ": not a signing key"};
    return keys;
}

}  // namespace keyledger
