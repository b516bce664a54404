#pragma once
// What the commands that ask a server share: where it is and who asks, the answer and its form, and
// what is said when there is none.

#include "tools/client/curl.hpp"
#include "tools/client/http_client.hpp"
#include "tools/command_line.hpp"
#include "tools/commands/api_failure.hpp"
#include "tools/commands/request_body.hpp"
#include "tools/exit_codes.hpp"
#include "tools/terminal/json_view.hpp"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keyledger {

enum class OutputFormat : std::uint8_t { table, json, ndjson };

// Where calls go and whose they are, from flags and environment; or what is wrong with that.
struct ApiAccess {
    ServerUrl url;
    std::string authority;  // a PEM file; empty: the system's
    std::string token;      // of the caller; empty: none
    std::string problem;
    ExitCode exit_code = ExitCode::usage;
};
ApiAccess api_access(const CommandLine& line);

// Not too long, and printable ASCII without blanks: what an empty text is, too.
bool may_be_token(std::string_view text);

// The members that an answer has, or the command can do nothing with it.
using Promised = std::initializer_list<std::string_view>;

// The JSON object of a success; else nothing, and what the program ends with. That is said by then.
struct Understood {
    std::optional<JsonValue> value;
    ExitCode exit_code = ExitCode::error;
};

using Parameters = std::vector<std::pair<std::string, std::string>>;

// One command's talk with the server. Lives on one thread; `line` outlives it.
class Api {
public:
    Api(const CommandLine& line, ApiAccess access);

    const CommandLine& line() const { return line_; }
    HttpClient& client() { return client_; }
    bool prints_curl() const { return line_.has("curl"); }
    OutputFormat one_format() const { return format(OutputFormat::json); }
    OutputFormat list_format() const { return format(OutputFormat::ndjson); }

    // A call with the headers that --idempotency-key and --if-match ask for. Its credential is
    // added when it is sent, and stands in no HttpCall.
    HttpCall call(std::string method, std::string target, std::string body = {}) const;

    HttpAnswer ask(const HttpCall& call);
    // Again after 429 and 503 (when Retry-After says), and where no answer came: some times, within
    // about a minute. For calls of which twice is as once.
    HttpAnswer ask_patiently(const HttpCall& call);
    HttpAnswer stream(HttpCall call, const HttpClient::Take& take);

    // Prints the equal call of curl. What stands before a pipe makes its body.
    ExitCode print_curl(const HttpCall& call, std::string_view before_pipe = {}) const;
    ExitCode print_curl_stream(const HttpCall& call) const;

    // A success that is empty, no JSON object, or lacks what it promised is an error too: whatever
    // gave it is not keyledger, or not one that this program knows.
    Understood understand(const HttpAnswer& answer, Promised promised,
                          const PlaceNames& names = {}) const;
    // The objects in `items` of what was understood; null, with that said, if it is no list of
    // them.
    const std::vector<JsonValue>* items_of(const JsonValue& page) const;

    // Shows what came of one call: a table by `details`, else as JSON.
    using Details = std::function<std::string(const JsonValue&)>;
    ExitCode show(const HttpCall& call, Promised promised, const Details& details = {});
    ExitCode show(const JsonValue& value, const Details& details = {}) const;

    // Follows nextCursor to the end, or until `take`, which gets each page's items, says what to
    // end with. One that comes again is an error: it would never end. Each page is asked for
    // patiently.
    using TakePage = std::function<std::optional<ExitCode>(const std::vector<JsonValue>& items)>;
    ExitCode pages(const std::string& path, const Parameters& parameters, const TakePage& take);

    // Shows the items of all pages, or as many as --limit says.
    ExitCode list(const std::string& path, const Parameters& parameters,
                  std::span<const Column> columns);

    // Says what went wrong on standard error, and what the program ends with. Where `names` says
    // nothing else, a fault of what a flag gave is named by the flag.
    ExitCode fail(const HttpAnswer& answer, const PlaceNames& names = {}) const;
    ExitCode fail(const std::string& problem, ExitCode exit_code) const;

private:
    OutputFormat format(OutputFormat elsewhere) const;
    HttpCall signed_call(HttpCall call) const;
    CurlCall curl_call(const HttpCall& call) const;

    const CommandLine& line_;
    std::string authority_, token_;
    HttpClient client_;
};

// The values of flags as parameters of a query, each under its API name; those that are not given
// are left out.
Parameters parameters_of(const CommandLine& line,
                         std::initializer_list<std::pair<const char*, const char*>> flags);

// Opens the talk and runs the command; a wrong flag ends it before.
ExitCode with_api(const CommandLine& line, ExitCode (*command)(Api&));

}  // namespace keyledger
