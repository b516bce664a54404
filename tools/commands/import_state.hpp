#pragma once
// How far an import is, in a small file, so that another run can go on.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace keyledger {

// SHA-256 of bytes as they come.
class RunningDigest {
public:
    RunningDigest();
    void add(std::string_view bytes);
    // Of all that was added so far, in hexadecimal.
    std::string hex() const;

private:
    std::shared_ptr<evp_md_ctx_st> context_;  // OpenSSL's, with its own way to be freed
};

struct ImportState {
    std::string workspace;
    std::uint64_t offset = 0;   // bytes of the file whose keys are all there
    std::uint64_t lines = 0;    // lines in them
    std::uint64_t keys = 0;     // keys in them that were made
    std::uint64_t skipped = 0;  // and that were there before
    std::string sha256;         // of these bytes, in hexadecimal
    friend bool operator==(const ImportState&, const ImportState&) = default;
};

std::string to_text(const ImportState& state);
// Nothing for what to_text did not write.
std::optional<ImportState> parse_import_state(std::string_view text);

// Replaces `file` in one step, so that a crash leaves the old one or the new one. Durable when it
// returns. An empty text is good, else why it failed.
std::string write_import_state(const std::string& file, const ImportState& state);

}  // namespace keyledger
