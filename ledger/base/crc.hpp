#pragma once
// CRC-32 as zlib computes it (ISO 3309, reflected, 0xEDB88320).

#include <cstdint>
#include <string_view>

namespace keyledger {

std::uint32_t crc32(std::string_view bytes);

}  // namespace keyledger
