#include "ledger/stored/spelling.hpp"

#include <cstdint>
#include <cstring>

namespace keyledger {

bool text(bool has, capnp::Text::Reader in, std::string& out) {
    out.assign(in.begin(), in.size());
    return has == (in.size() > 0);
}

bool digest(bool has, capnp::Data::Reader in, Digest& out) {
    if (!has) return true;
    if (in.size() != out.size()) return false;
    std::memcpy(out.data(), in.begin(), out.size());
    return out != Digest{};
}

bool is_list(const capnp::AnyList::Reader& list, capnp::ElementSize size) {
    return list.size() > 0 && list.size() <= words_max && list.getElementSize() == size;
}

bool texts(bool has, capnp::List<capnp::Text>::Reader in, std::vector<std::string>& out) {
    if (!has) return true;
    if (!is_list(in, capnp::ElementSize::POINTER)) return false;
    const auto pointers = capnp::AnyList::Reader(in).as<capnp::List<capnp::AnyPointer>>();
    out.resize(in.size());
    for (capnp::uint i = 0; i < in.size(); ++i)
        if (!text(!pointers[i].isNull(), in[i], out[i])) return false;
    return true;
}

// The word before a list of structs holds their count, of which Cap'n Proto 0.9 passes over the
// highest bit: it must not be set.
bool is_count_plain(const capnp::AnyStruct::Reader& first) {
    std::uint32_t low;
    std::memcpy(&low, first.getDataSection().begin() - sizeof(capnp::word), sizeof(low));
    return low >> 31 == 0;
}

}  // namespace keyledger
