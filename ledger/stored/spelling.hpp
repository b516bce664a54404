#pragma once
// The one spelling that each value of a stored event has. What is empty is a null pointer; `has`
// says that the pointer is not null. Cap'n Proto throws at what is out of bounds or of another
// shape (event_reader.cpp catches it).

#include "ledger/base/bytes.hpp"

#include <capnp/any.h>

#include <cstddef>
#include <string>
#include <vector>

namespace keyledger {

// A leaf has at most 65,535 bytes (event_codec.hpp); each element of a list takes a word or more.
inline constexpr std::size_t words_max = 64 * 1024 / sizeof(capnp::word);

// Each is false if the value is spelled in any other way.
bool text(bool has, capnp::Text::Reader in, std::string& out);
bool digest(bool has, capnp::Data::Reader in, Digest& out);
bool texts(bool has, capnp::List<capnp::Text>::Reader in, std::vector<std::string>& out);

bool is_list(const capnp::AnyList::Reader& list, capnp::ElementSize size);

// True if the count of the list, of which `first` is the first element, is written plainly.
bool is_count_plain(const capnp::AnyStruct::Reader& first);

// True if `reader` has no word and no pointer that the schema does not know.
template <class Reader>
bool is_known(Reader reader) {
    using Size = typename Reader::Reads::_capnpPrivate;
    const capnp::AnyStruct::Reader any(reader);
    return any.getDataSection().size() <= Size::dataWordSize * sizeof(capnp::word) &&
           any.getPointerSection().size() <= Size::pointerCount;
}

}  // namespace keyledger
