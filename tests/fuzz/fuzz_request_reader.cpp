// A connection's bytes give the same requests and the same fault however they are cut.

#include "http/request_target.hpp"
#include "tests/support/read_requests.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace keyledger {
namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

// But for "100 Continue": whether the client still waits is a matter of how its bytes came.
Noted read(std::string_view bytes, const std::vector<std::size_t>& cuts, std::size_t limit) {
    Noted noted = read_requests(bytes, cuts, limit);
    noted.continues = 0;
    return noted;
}

// What a request that got through may be relied on for.
void check(const NotedRequest& request) {
    require(request.slack_is_zero);
    require(!request.method_text.empty());
    require(!request.path.empty());
    require(request.target.size() <= target_bytes_max);
    require(request.headers.size() <= header_fields_max);
    const auto parts = split_target(request.target, request.method);
    require(parts && parts->path == request.path && parts->query == request.query);
    for (const auto& [name, value] : request.headers) {
        require(!name.empty());
        for (const char forbidden : {'\r', '\n', '\0'}) {
            require(name.find(forbidden) == std::string::npos);
            require(value.find(forbidden) == std::string::npos);
        }
    }
}

}  // namespace
}  // namespace keyledger

// The first bytes say where the rest is cut, and what a body's limit is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace keyledger;
    constexpr std::size_t cuts_max = 8;
    if (size < cuts_max + 1) return 0;
    const std::size_t limits[] = {0, 1, 16, 1000, 100'000};
    const std::size_t limit = limits[data[cuts_max] % std::size(limits)];
    const std::string_view bytes(reinterpret_cast<const char*>(data) + cuts_max + 1,
                                 size - cuts_max - 1);
    std::vector<std::size_t> cuts;
    std::size_t at = 0;
    for (std::size_t i = 0; i < cuts_max; ++i) cuts.push_back(at += 1 + data[i]);

    const Noted whole = read(bytes, {}, limit);
    require(read(bytes, cuts, limit) == whole);
    require(read(bytes, every_byte(bytes), limit) == whole);
    for (const NotedRequest& request : whole.requests) check(request);
    return 0;
}
