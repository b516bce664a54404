#pragma once
// Writes JSON (RFC 8259) straight into a string: compact, in the order of the calls.

#include "ledger/base/time.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keyledger {

// What is written as a number: neither `bool`, which is a word, nor characters, which are most
// often a slip for text.
template <class T>
concept JsonInteger = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> &&
                      !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> &&
                      !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

// Appends to `out`, which must outlive it. Puts the commas; whether calls nest rightly is asserted
// only by what comes out. Text must be UTF-8; `"`, `\` and control characters are escaped.
class JsonWriter {
public:
    explicit JsonWriter(std::string& out) : out_(out) {}

    JsonWriter& begin_object();
    JsonWriter& end_object();
    JsonWriter& begin_array();
    JsonWriter& end_array();
    JsonWriter& key(std::string_view name);

    JsonWriter& value(std::string_view text);
    JsonWriter& value(const char* text) { return value(std::string_view(text)); }
    template <JsonInteger T>
    JsonWriter& value(T number) {
        if constexpr (std::signed_integral<T>)
            return number_(std::int64_t{number});
        else
            return number_(std::uint64_t{number});
    }
    // Exactly a bool: a pointer or a character does not turn into one.
    JsonWriter& value(std::same_as<bool> auto truth) { return truth_(truth); }
    JsonWriter& value(Timestamp time);
    JsonWriter& value(std::nullptr_t);
    // Nothing is null.
    template <class T>
    JsonWriter& value(const std::optional<T>& maybe) {
        return maybe ? value(*maybe) : value(nullptr);
    }
    // JSON that is already written, put in as it is.
    JsonWriter& raw(std::string_view json);

    template <class T>
    JsonWriter& field(std::string_view name, const T& what) {
        return key(name).value(what);
    }

private:
    JsonWriter& number_(std::int64_t number);
    JsonWriter& number_(std::uint64_t number);
    JsonWriter& truth_(bool truth);
    void separate();

    std::string& out_;
    bool comma_ = false;
};

}  // namespace keyledger
