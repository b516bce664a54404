#include "ledger/base/crc.hpp"

#include <zlib.h>

namespace keyledger {

std::uint32_t crc32(std::string_view bytes) {
    // zlib takes a null pointer as a question for the initial value, which is that of no bytes: 0.
    const auto* data = reinterpret_cast<const Bytef*>(bytes.data());
    return static_cast<std::uint32_t>(::crc32_z(0, data, bytes.size()));
}

}  // namespace keyledger
