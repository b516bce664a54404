#pragma once
// The one kind of tar archive that a backup is (POSIX ustar), so that anybody's tar can read it.
//
//   archive := (header bytes padding)* two blocks of zeros
//   block   := 512 bytes
//   header  := a block: name, size, and the same of all else for every file: mode 0600, owner 0,
//              time 0, a regular file
//   padding := zeros up to the next block
//
// Everything here is pure and may be called on any thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keyledger {

inline constexpr std::size_t tar_block_bytes = 512;
inline constexpr std::size_t tar_end_bytes = 2 * tar_block_bytes;
inline constexpr std::size_t tar_name_bytes_max = 100;
// What eleven octal digits can say: 8 GiB less one byte.
inline constexpr std::uint64_t tar_file_bytes_max = (std::uint64_t{1} << 33) - 1;

struct TarEntry {
    std::string name;
    std::uint64_t bytes = 0;
    friend bool operator==(const TarEntry&, const TarEntry&) = default;
};

// The block. The name is not empty, has no NUL, and neither it nor the size is above its limit,
// asserted.
std::string tar_header(const TarEntry& entry);

// Nothing unless `block` is what tar_header makes of an entry, to the byte: no directory, link or
// device, no other owner or mode.
std::optional<TarEntry> parse_tar_header(std::string_view block);

// How many zeros follow a file of that size.
std::size_t tar_padding(std::uint64_t bytes);

}  // namespace keyledger
