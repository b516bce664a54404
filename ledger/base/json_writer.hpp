#pragma once
// Writes JSON (RFC 8259) straight into a string: compact, in the order of the calls.

#include "ledger/base/time.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keyledger {

// Appends to `out`, which must outlive it. Puts the commas; whether calls nest rightly is asserted only
// by what comes out. Text must be UTF-8; `"`, `\` and control characters are escaped.
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
    JsonWriter& value(std::signed_integral auto number) { return number_(std::int64_t{number}); }
    JsonWriter& value(std::unsigned_integral auto number) { return number_(std::uint64_t{number}); }
    JsonWriter& value(bool truth);
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
    void separate();

    std::string& out_;
    bool comma_ = false;
};

}  // namespace keyledger
