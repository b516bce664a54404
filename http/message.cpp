#include "http/message.hpp"

namespace keyledger {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

}  // namespace

bool equal_ignoring_case(std::string_view left, std::string_view right) {
    if (left.size() != right.size()) return false;
    for (std::size_t i = 0; i < left.size(); ++i) {
        if (left[i] != right[i] && lower(left[i]) != lower(right[i])) return false;
    }
    return true;
}

std::optional<std::string_view> header(const Request& request, std::string_view name) {
    for (const Header& field : request.headers) {
        if (equal_ignoring_case(field.name, name)) return field.value;
    }
    return std::nullopt;
}

std::size_t header_count(const Request& request, std::string_view name) {
    std::size_t count = 0;
    for (const Header& field : request.headers) {
        if (equal_ignoring_case(field.name, name)) ++count;
    }
    return count;
}

void Response::clear() {
    status = 200;
    content_type = {};
    headers.clear();
    body.clear();
    stream.reset();
    close = false;
}

}  // namespace keyledger
