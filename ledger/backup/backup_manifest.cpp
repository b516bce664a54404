#include "ledger/backup/backup_manifest.hpp"

#include "ledger/backup/tar.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

namespace keyledger {
namespace {

constexpr std::string_view first_line = "# keyledger-backup-1";
constexpr std::string_view made_mark = "# made ";
constexpr std::string_view events_mark = "# events ";
constexpr std::string_view bytes_mark = "# bytes ";
constexpr std::string_view digest_mark = "  ";
constexpr std::string_view log_begins_with = "ledger/CURRENT";

bool is_plain(char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || character == '.' || character == '-' ||
           character == '_';
}

// Takes the next line off; nothing if there is no whole one.
std::optional<std::string_view> next_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    return line;
}

// What stands behind `mark` in the next line.
std::optional<std::string_view> after(std::string_view mark, std::string_view& text) {
    const auto line = next_line(text);
    if (!line || !line->starts_with(mark)) return {};
    return line->substr(mark.size());
}

bool read_number(std::optional<std::string_view> digits, std::uint64_t& number) {
    if (!digits) return false;
    const char* const end = digits->data() + digits->size();
    const auto [stop, error] = std::from_chars(digits->data(), end, number);
    return error == std::errc() && stop == end;
}

std::optional<BackupFile> parse_file(std::string_view line) {
    constexpr std::size_t hex_digits = 2 * sizeof(Digest);
    if (line.size() < hex_digits + digest_mark.size()) return {};
    const auto bytes = from_hex(line.substr(0, hex_digits));
    const auto digest = bytes ? digest_from_bytes(*bytes) : std::nullopt;
    std::string name(line.substr(hex_digits + digest_mark.size()));
    if (!digest || !is_backup_name(name) || name == backup_manifest) return {};
    return BackupFile{std::move(name), *digest};
}

}  // namespace

std::string verifier_key_lines(std::span<const VerifierKey> keys) {
    std::string lines;
    for (const VerifierKey& key : keys) lines += to_text(key) + "\n";
    return lines;
}

std::optional<std::vector<VerifierKey>> parse_verifier_keys(std::string_view lines) {
    std::vector<VerifierKey> keys;
    do {
        const auto key = parse_verifier_key(next_line(lines).value_or(""));
        if (!key) return {};
        keys.push_back(*key);
    } while (!lines.empty());
    return keys;
}

bool is_backup_name(std::string_view name) {
    if (name == backup_checkpoint || name == backup_verifier_keys || name == backup_signing_key ||
        name == backup_manifest)
        return true;
    if (!name.starts_with(backup_ledger_folder) || name.size() > tar_name_bytes_max) return false;
    name.remove_prefix(backup_ledger_folder.size());
    return !name.empty() && name.front() != '.' && std::ranges::all_of(name, is_plain);
}

const BackupFile* BackupManifest::find(std::string_view name) const {
    const auto found = std::ranges::find(files, name, &BackupFile::name);
    return found == files.end() ? nullptr : &*found;
}

std::string to_text(const BackupManifest& manifest) {
    std::string text(first_line);
    text.append("\n").append(made_mark).append(to_rfc3339(manifest.made));
    text.append("\n").append(events_mark).append(std::to_string(manifest.events));
    text.append("\n").append(bytes_mark).append(std::to_string(manifest.bytes)).append("\n");
    for (const BackupFile& file : manifest.files)
        text.append(to_hex(view_of(file.digest))).append(digest_mark).append(file.name) += '\n';
    return text;
}

std::optional<BackupManifest> parse_backup_manifest(std::string_view text) {
    const std::string_view whole = text;
    BackupManifest manifest;
    if (whole.size() > backup_manifest_bytes_max || next_line(text) != first_line) return {};
    const auto made = parse_rfc3339(after(made_mark, text).value_or(""));
    if (!made) return {};
    manifest.made = *made;
    if (!read_number(after(events_mark, text), manifest.events)) return {};
    if (!read_number(after(bytes_mark, text), manifest.bytes)) return {};
    while (!text.empty() && manifest.files.size() < backup_files_max) {
        auto file = parse_file(next_line(text).value_or(""));
        const bool rises =
            file && (manifest.files.empty() || manifest.files.back().name < file->name);
        if (!rises) return {};
        manifest.files.push_back(std::move(*file));
    }
    for (const std::string_view needed :
         {backup_checkpoint, backup_verifier_keys, log_begins_with}) {
        if (!manifest.find(needed)) return {};
    }
    if (to_text(manifest) != whole) return {};
    return manifest;
}

}  // namespace keyledger
