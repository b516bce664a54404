#include "http/admin/reads.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace keyledger {
namespace {

// What pages differ in, and what the event has members for.
constexpr std::array<std::string_view, 9> left_out{"from", "limit", "cursor", "since",    "until",
                                                   "asOf", "at",    "key",    "workspace"};
constexpr std::array<std::string_view, 3> personal{"owner", "q", "ip"};

std::string filter_of(const QueryReader& query) {
    std::vector<std::pair<std::string, std::string>> parameters = query.parameters();
    std::ranges::sort(parameters);
    std::string filter;
    for (const auto& [name, value] : parameters) {
        if (std::ranges::find(left_out, name) != left_out.end()) continue;
        if (!filter.empty()) filter += '&';
        const bool is_personal = std::ranges::find(personal, name) != personal.end();
        filter += name + '=' + (is_personal ? "*" : value);
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
