#pragma once
// Runs a RequestReader over bytes that were cut somehow, and notes all that it says.

#include "http/request_reader.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keyledger {

struct NotedRequest {
    Method method = Method::get;
    std::string method_text, target, path, query;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    bool body_discarded = false;
    bool slack_is_zero = false;
    bool keep_alive = false;
    bool http_1_0 = false;
    friend bool operator==(const NotedRequest&, const NotedRequest&) = default;
};

struct Noted {
    std::vector<NotedRequest> requests;
    std::optional<TransportFault> fault;  // and then nothing more is read
    std::size_t continues = 0;            // how often "100 Continue" was to be sent
    friend bool operator==(const Noted&, const Noted&) = default;
};

inline NotedRequest note(const RequestReader& reader) {
    const Request& request = reader.request();
    NotedRequest noted{.method = request.method,
                       .method_text = std::string(request.method_text),
                       .target = std::string(request.target),
                       .path = std::string(request.path),
                       .query = std::string(request.query),
                       .headers = {},
                       .body = std::string(request.body),
                       .body_discarded = request.body_discarded,
                       .slack_is_zero = true,
                       .keep_alive = reader.keep_alive(),
                       .http_1_0 = reader.http_1_0()};
    for (const Header& field : request.headers) noted.headers.emplace_back(field.name, field.value);
    const char* const behind = request.body.data() + request.body.size();
    noted.slack_is_zero = std::all_of(behind, behind + body_slack, [](char c) { return c == 0; });
    return noted;
}

// Feeds `bytes` in pieces that end at `cuts` (ascending), as a connection would bring them. Stops
// after a fault, and after a request that ends its connection. `body_limit` is that of every route.
inline Noted read_requests(std::string_view bytes, const std::vector<std::size_t>& cuts = {},
                           std::size_t body_limit = 1024 * 1024) {
    RequestReader reader(Peer{});
    Noted noted;
    std::size_t fed = 0;
    std::size_t next_cut = 0;
    for (;;) {
        switch (reader.advance()) {
            case ReadState::need_limit:
                reader.limit_body(body_limit);
                break;
            case ReadState::complete:
                noted.requests.push_back(note(reader));
                if (!reader.keep_alive()) return noted;
                reader.next_request();
                break;
            case ReadState::faulty:
                noted.fault = reader.fault();
                return noted;
            case ReadState::need_bytes: {
                if (reader.take_continue()) ++noted.continues;
                while (next_cut < cuts.size() && cuts[next_cut] <= fed) ++next_cut;
                const std::size_t end = next_cut < cuts.size() ? cuts[next_cut] : bytes.size();
                const auto space = reader.space();
                const std::size_t piece = std::min({space.size(), end - fed, bytes.size() - fed});
                if (piece == 0) return noted;
                std::memcpy(space.data(), bytes.data() + fed, piece);
                reader.received(piece);
                fed += piece;
                break;
            }
        }
    }
}

// A cut behind every byte.
inline std::vector<std::size_t> every_byte(std::string_view bytes) {
    std::vector<std::size_t> cuts(bytes.size());
    for (std::size_t i = 0; i < cuts.size(); ++i) cuts[i] = i + 1;
    return cuts;
}

}  // namespace keyledger
