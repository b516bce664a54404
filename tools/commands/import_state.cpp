#include "tools/commands/import_state.hpp"

#include "http/json_document.hpp"
#include "ledger/base/bytes.hpp"
#include "ledger/base/json_writer.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace keyledger {

namespace {

// OpenSSL fails here only where there is no memory.
void must(int good) {
    if (good != 1) std::abort();
}

bool read_number(const JsonValue& value, std::string_view member, std::uint64_t& number) {
    const JsonValue* const found = value.find(member);
    if (!found || found->kind != JsonKind::number) return false;
    const char* const end = found->text.data() + found->text.size();
    const auto [stop, error] = std::from_chars(found->text.data(), end, number);
    return error == std::errc() && stop == end;
}

bool read_text(const JsonValue& value, std::string_view member, std::string& text) {
    const JsonValue* const found = value.find(member);
    if (!found || found->kind != JsonKind::string) return false;
    text = found->text;
    return true;
}

std::string last_error(const std::string& file) {
    return file + ": can't be written: " + std::strerror(errno);
}

}  // namespace

RunningDigest::RunningDigest() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    must(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
}

void RunningDigest::add(std::string_view bytes) {
    must(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

std::string RunningDigest::hex() const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> copy(EVP_MD_CTX_new(),
                                                                       EVP_MD_CTX_free);
    must(EVP_MD_CTX_copy_ex(copy.get(), context_.get()));
    Digest digest{};
    must(EVP_DigestFinal_ex(copy.get(), digest.data(), nullptr));
    return to_hex(view_of(digest));
}

std::string to_text(const ImportState& state) {
    std::string out;
    JsonWriter(out)
        .begin_object()
        .field("workspace", state.workspace)
        .field("offset", state.offset)
        .field("lines", state.lines)
        .field("keys", state.keys)
        .field("skipped", state.skipped)
        .field("sha256", state.sha256)
        .end_object();
    return out + "\n";
}

std::optional<ImportState> parse_import_state(std::string_view text) {
    FaultList faults;
    const std::optional<JsonValue> value = parse_json(text, faults);
    if (!value || !faults.empty() || value->kind != JsonKind::object) return std::nullopt;
    ImportState state;
    const bool whole = read_text(*value, "workspace", state.workspace) &&
                       read_number(*value, "offset", state.offset) &&
                       read_number(*value, "lines", state.lines) &&
                       read_number(*value, "keys", state.keys) &&
                       (!value->find("skipped") || read_number(*value, "skipped", state.skipped)) &&
                       read_text(*value, "sha256", state.sha256);
    return whole ? std::optional(state) : std::nullopt;
}

std::string write_import_state(const std::string& file, const ImportState& state) {
    const std::string text = to_text(state);
    const std::string made = file + ".new";
    const int descriptor =
        ::open(made.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (descriptor < 0) return last_error(made);
    const bool written =
        ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        ::fdatasync(descriptor) == 0;
    const std::string problem = written ? std::string() : last_error(made);
    ::close(descriptor);
    if (!problem.empty()) return problem;
    return std::rename(made.c_str(), file.c_str()) == 0 ? std::string() : last_error(file);
}

}  // namespace keyledger
