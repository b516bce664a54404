// Lists of any length, page by page (Api::list).

#include "tools/commands/api.hpp"
#include "tools/terminal/terminal.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <set>

namespace keyledger {

namespace {

constexpr std::uint64_t page_items_max = 1000;

// Items as they come, in the form that was asked for.
class ListPrinter {
public:
    ListPrinter(OutputFormat format, std::span<const Column> columns)
        : format_(format), columns_(columns) {}

    // Prints a page's items; a table waits for all of them, since its columns are as wide as the
    // widest. False if they could not be written.
    bool add(const std::vector<JsonValue>& items) {
        std::string out;
        for (const JsonValue& item : items) {
            ++count_;
            switch (format_) {
                case OutputFormat::table:
                    table_.rows.push_back(row_of(item, columns_));
                    break;
                case OutputFormat::ndjson:
                    out += to_json(item) + "\n";
                    break;
                case OutputFormat::json:
                    out += (count_ == 1 ? "[\n" : ",\n") + to_json(item);
                    break;
            }
        }
        return print_all(out);
    }

    bool end() {
        if (format_ == OutputFormat::ndjson) return true;
        if (format_ == OutputFormat::json) return print_all(count_ == 0 ? "[]\n" : "\n]\n");
        table_.titles = titles_of(columns_);
        if (table_.rows.empty() && is_terminal(STDERR_FILENO)) print_error("none");
        return print_all(table_text(table_, columns_for(columns_, terminal_columns())));
    }

    std::uint64_t count() const { return count_; }

private:
    OutputFormat format_;
    std::span<const Column> columns_;
    Table table_;
    std::uint64_t count_ = 0;
};

// Nothing where --limit is no whole number from 1 on.
std::optional<std::uint64_t> limit_of(const CommandLine& line) {
    const std::optional<std::string> text = line.value("limit");
    if (!text) return std::numeric_limits<std::uint64_t>::max();
    std::uint64_t limit = 0;
    const char* const text_end = text->data() + text->size();
    const auto [end, error] = std::from_chars(text->data(), text_end, limit);
    if (error != std::errc() || end != text_end || limit == 0) return std::nullopt;
    return limit;
}

// The cursors of one list, each of which may come once.
class Cursors {
public:
    bool is_new(const std::string& cursor) { return seen_.insert(cursor).second; }

private:
    std::set<std::string> seen_;
};

constexpr const char* without_end =
    "the server's pages have no end: its nextCursor is one that it gave before";

Parameters with_page(Parameters parameters, std::uint64_t limit, const std::string& cursor) {
    parameters.emplace_back("limit", std::to_string(limit));
    if (!cursor.empty()) parameters.emplace_back("cursor", cursor);
    return parameters;
}

}  // namespace

ExitCode Api::pages(const std::string& path, const Parameters& parameters, const TakePage& take) {
    Cursors cursors;
    for (std::optional<std::string> cursor = ""; cursor;) {
        if (!cursors.is_new(*cursor)) return fail(without_end, ExitCode::error);
        const Parameters page = with_page(parameters, page_items_max, *cursor);
        const HttpCall asked = call("GET", path + query_text(page));
        const Understood answer = understand(ask_patiently(asked), {"items", "nextCursor"});
        if (!answer.value) return answer.exit_code;
        const std::vector<JsonValue>* const items = items_of(*answer.value);
        if (!items) return ExitCode::error;
        if (const auto end = take(*items)) return *end;
        const JsonValue* const next = answer.value->find("nextCursor");
        cursor = next->kind == JsonKind::string ? std::optional(next->text) : std::nullopt;
    }
    return ExitCode::success;
}

ExitCode Api::list(const std::string& path, const Parameters& parameters,
                   std::span<const Column> columns) {
    const std::optional<std::uint64_t> limit = limit_of(line_);
    if (!limit) return fail("--limit: must be a whole number from 1 on", ExitCode::usage);
    ListPrinter printer(list_format(), columns);
    Cursors cursors;
    for (std::optional<std::string> cursor = ""; cursor;) {
        if (!cursors.is_new(*cursor)) return fail(without_end, ExitCode::error);
        const std::uint64_t wanted = std::min(*limit - printer.count(), page_items_max);
        const Parameters page = with_page(parameters, wanted, *cursor);
        const HttpCall asked = call("GET", path + query_text(page));
        if (prints_curl()) return print_curl(asked);
        const Understood answer = understand(ask(asked), {"items", "nextCursor"});
        if (!answer.value) return answer.exit_code;
        const std::vector<JsonValue>* const items = items_of(*answer.value);
        if (!items || !printer.add(*items)) return ExitCode::error;
        const JsonValue* const next = answer.value->find("nextCursor");
        const bool more = next->kind == JsonKind::string && printer.count() < *limit;
        cursor = more ? std::optional(next->text) : std::nullopt;
    }
    return printer.end() ? ExitCode::success : ExitCode::error;
}

}  // namespace keyledger
