#include "http/admin/reads.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>
#include <vector>

namespace keyledger {
namespace {

// What pages differ in, and what the event has members for.
constexpr std::array<std::string_view, 9> left_out{"from", "limit", "cursor", "since",    "until",
                                                   "asOf", "at",    "key",    "workspace"};
constexpr std::array<std::string_view, 3> personal{"owner", "q", "ip"};

// So many letters, digits and underscores in a row may be a credential in the wrong place: an event
// keeps what it says for ever. An id of a key has 30.
constexpr std::size_t run_max = 31;

bool may_hide_a_token(std::string_view value) {
    std::size_t run = 0;
    for (const char character : value) {
        const bool goes_on =
            character == '_' || std::isalnum(static_cast<unsigned char>(character)) != 0;
        run = goes_on ? run + 1 : 0;
        if (run > run_max) return true;
    }
    return false;
}

std::string filter_of(const QueryReader& query) {
    std::vector<std::pair<std::string, std::string>> parameters = query.parameters();
    std::ranges::sort(parameters);
    std::string filter;
    for (const auto& [name, value] : parameters) {
        if (std::ranges::find(left_out, name) != left_out.end()) continue;
        if (!filter.empty()) filter += '&';
        const bool is_hidden =
            std::ranges::find(personal, name) != personal.end() || may_hide_a_token(value);
        filter += name + '=' + (is_hidden ? "*" : value);
    }
    if (filter.size() > read_filter_bytes_max) filter = "other";
    return filter;
}

}  // namespace

void note_read(ReadBatcher& reads, const Exchange& exchange, const Caller& caller,
               const QueryReader& query, const HistoryView& view, Timestamp now) {
    Actor actor{.kind = ActorKind::admin_key, .id = caller.authority.key, .address = {}};
    if (exchange.request.peer.address) actor.address = to_text(*exchange.request.peer.address);
    HistoryRead read;
    read.route = view.route;
    read.of_key = view.of_key;
    read.of_workspace = view.of_workspace;
    read.filter = filter_of(query);
    read.from = view.from;
    read.until = view.until;
    read.events = view.events;
    reads.note(actor, std::move(read), now);
}

}  // namespace keyledger
