#include "http/request_target.hpp"

#include "http/characters.hpp"

namespace keyledger {

namespace {

// Cuts scheme and authority off an absolute target.
std::optional<std::string_view> behind_authority(std::string_view target) {
    const std::size_t scheme_end = target.find("://");
    if (scheme_end == std::string_view::npos) return std::nullopt;
    const std::string_view scheme = target.substr(0, scheme_end);
    if (!equal_ignoring_case(scheme, "http") && !equal_ignoring_case(scheme, "https")) {
        return std::nullopt;
    }
    target.remove_prefix(scheme_end + 3);
    const std::string_view authority = target.substr(0, target.find_first_of("/?"));
    if (authority.empty() || !consists_of<is_authority_character>(authority)) return std::nullopt;
    return target.substr(authority.size());
}

}  // namespace

std::optional<TargetParts> split_target(std::string_view target, Method method) {
    if (target.empty() || !consists_of<is_target_character>(target)) return std::nullopt;
    if (target == "*") {
        if (method != Method::options) return std::nullopt;
        return TargetParts{target, {}};
    }
    std::optional<std::string_view> rest = target;
    if (target.front() != '/') rest = behind_authority(target);
    if (!rest) return std::nullopt;
    const std::size_t path_end = rest->find('?');
    TargetParts parts{rest->substr(0, path_end), {}};
    if (parts.path.empty()) parts.path = "/";
    if (path_end != std::string_view::npos) parts.query = rest->substr(path_end + 1);
    return parts;
}

}  // namespace keyledger
