#pragma once
// Keys and workspaces as bytes: what a snapshot keeps, and what the tables' digest is made of.
//
//   text   := length:varint bytes        number := varint (LEB128)      time := number, zigzag
//   record := facts values use rate:number
//
// The order of the fields is that of the functions below; a snapshot names the format's version,
// and a start that does not know it replays the log instead.

#include "ledger/rules/key_state.hpp"
#include "ledger/rules/workspace.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keyledger {

inline constexpr std::uint32_t record_format_version = 1;

// All of a key but its erasable values, for which their commitments stand.
void append_facts(std::string& out, const KeyState& key);
// Name, owner, metadata.
void append_values(std::string& out, const KeyState& key);
void append_use(std::string& out, const KeyUse& use);
void append_workspace_record(std::string& out, const WorkspaceState& workspace);

// Primitives, for what else a snapshot keeps.
void append_number(std::string& out, std::uint64_t number);
void append_signed(std::string& out, std::int64_t number);
void append_text(std::string& out, std::string_view text);

// Reads what the functions above wrote. After the first thing that is not there or not right,
// `failed` is true and all further values are empty.
class RecordReader {
public:
    explicit RecordReader(std::string_view bytes) : rest_(bytes) {}

    std::uint64_t number();
    // One that is not greater than `most`.
    std::uint64_t number(std::uint64_t most);
    std::int64_t signed_number();
    std::string text();
    std::string_view bytes(std::size_t count);
    // A count of things that take at least a byte each: never more than what is left.
    std::size_t count();

    KeyState key();  // facts, then values
    KeyUse use();
    WorkspaceState workspace();

    bool failed() const { return failed_; }
    bool at_end() const { return rest_.empty(); }

private:
    bool flag() { return number(1) != 0; }
    std::uint32_t number_u32();
    template <class Enum>
    Enum enumerator(Enum last) {
        return static_cast<Enum>(number(static_cast<std::uint64_t>(last)));
    }
    void fail();
    std::optional<Timestamp> maybe_time();
    std::optional<RateLimit> maybe_rate();
    Digest digest();

    std::string_view rest_;
    bool failed_ = false;
};

}  // namespace keyledger
