#pragma once
// The reports that there are (`keyledger audit report`): what each is called, and its columns.

#include "tools/terminal/json_view.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace keyledger {

enum class Report : std::uint8_t {
    inventory,
    dormant,
    over_age,
    no_expiry,
    privileged,
    revocations,
    access_log,
    integrity,
    key_history,
};

struct ReportKind {
    Report report;
    std::string_view name;  // on the command line, and of its file
    std::string_view title;
    std::span<const Column> columns;  // of tables and CSV; JSON has all that is known
};

// key_history last: it is of one key, and no part of `all`.
std::span<const ReportKind> report_kinds();
// Null if there is no report of that name.
const ReportKind* find_report(std::string_view name);

}  // namespace keyledger
