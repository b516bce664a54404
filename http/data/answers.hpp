#pragma once
// What the data plane's answers look like.

#include "http/data/checker.hpp"
#include "http/exchange.hpp"
#include "http/text/error_dialect.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace keyledger {

// Each workspace's dialect, made ready once a thread and revision.
class DialectCache {
public:
    explicit DialectCache(std::size_t threads) : threads_(threads) {}
    // Lasts until the same thread asks for a newer revision of the workspace.
    const CompiledDialect& of(const WorkspaceDocument& workspace, std::uint64_t revision,
                              std::size_t thread);

private:
    struct Compiled {
        std::uint64_t revision = 0;
        std::unique_ptr<CompiledDialect> dialect;
    };
    std::vector<std::unordered_map<std::string, Compiled>> threads_;
};

// POST /v1/verify: always 200.
void answer_verify(Exchange& exchange, const Checked& checked, const Asked& asked);
// POST /v1/introspect (RFC 7662).
void answer_introspect(Exchange& exchange, const Checked& checked);
// Authorize and ext-authz, allowed: 200 without a body, all identity headers always there.
void answer_allowed(Exchange& exchange, const Checked& checked);

// A denial in a workspace's dialect, as authorize and /v1/errors give it. The key's rate, if it has
// one, stands in the headers.
struct Denial {
    Outcome outcome;
    const WorkspaceDocument& workspace;
    const CompiledDialect& dialect;
    const Checked* checked = nullptr;  // null for /v1/errors
};
void answer_denied(Exchange& exchange, const Denial& denial);

// Text for a header: percent-encoded where it is not visible ASCII, and `%` too.
void append_percent_encoded(std::string& out, std::string_view text);

// Seconds until a denied check may be tried again: the end of the window that is used up.
std::uint64_t retry_after_seconds(Outcome outcome, const Checked& checked);

}  // namespace keyledger
