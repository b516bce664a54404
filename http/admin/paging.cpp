#include "http/admin/paging.hpp"

#include "ledger/base/bytes.hpp"

namespace keyledger {
namespace {

constexpr std::size_t cursor_bytes_max = 32;
constexpr char cursor_version = 1;

}  // namespace

Page read_page(QueryReader& query, std::uint64_t limit_default, std::uint64_t limit_max) {
    Page page;
    page.limit = query.whole_number("limit", 1, limit_max).value_or(limit_default);
    const std::optional<std::string> cursor = query.text("cursor", cursor_bytes_max);
    if (!cursor) return page;
    const std::optional<std::string> bytes = from_base64url(*cursor);
    if (bytes && bytes->size() == 9 && bytes->front() == cursor_version) {
        page.position = load_u64(std::string_view(*bytes).substr(1));
    } else {
        query.add_fault("cursor", FieldProblem::not_one_of, {"nextCursor"});
    }
    return page;
}

void write_next_cursor(JsonWriter& writer, const std::optional<std::uint64_t>& position) {
    writer.key("nextCursor");
    if (!position) {
        writer.value(nullptr);
        return;
    }
    std::string bytes(1, cursor_version);
    append_u64(bytes, *position);
    writer.value(std::string_view(to_base64url(bytes)));
}

}  // namespace keyledger
