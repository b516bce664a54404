#pragma once
// The target of a request (RFC 9112, section 3.2).

#include "http/message.hpp"

#include <optional>
#include <string_view>

namespace keyledger {

// Views into the target; the path of an absolute form without one is "/".
struct TargetParts {
    std::string_view path;
    std::string_view query;  // behind '?'
};

// Takes the origin form ("/path?query"), the absolute form ("http://host/path") and the asterisk
// form
// ("*", of OPTIONS alone). Refuses the authority form, a user before the host, any other scheme,
// and all that is not visible ASCII.
std::optional<TargetParts> split_target(std::string_view target, Method method);

}  // namespace keyledger
