// The body of a check: the quick reader takes exactly what the slow one finds nothing wrong with.

#include "http/data/verify_body.hpp"
#include "http/message.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string text(reinterpret_cast<const char*>(data), size);
    text.append(keyledger::body_slack, '\0');
    const std::string_view body(text.data(), size);
    keyledger::VerifyBody read;
    const bool quick = keyledger::parse_verify_body(body, read);
    if (quick && !keyledger::explain_verify_body(body).empty()) std::abort();
    return 0;
}
