#include "tools/commands/import_cutter.hpp"

#include "http/json_document.hpp"

#include <algorithm>
#include <utility>

namespace keyledger {

namespace {

std::size_t values_in(const JsonValue& value) {
    std::size_t count = 1;
    for (const JsonValue& item : value.items) count += values_in(item);
    return count;
}

// What is wrong with a line by itself; the server judges the rest.
std::string fault_of(const JsonValue* value) {
    if (!value) return "is not JSON, or has a member twice";
    if (value->kind != JsonKind::object) return "is not a JSON object";
    const JsonValue* const digest = value->find("digest");
    if (!digest || digest->kind != JsonKind::string) return "has no digest";
    return {};
}

}  // namespace

std::string_view ImportPart::item(std::size_t index) const {
    const bool is_final = index + 1 == begins.size();
    const std::size_t end = is_final ? items.size() : begins[index + 1] - 1;
    return std::string_view(items).substr(begins[index], end - begins[index]);
}

ImportCutter::ImportCutter(Source source, std::uint64_t offset, std::uint64_t lines)
    : source_(std::move(source)), offset_(offset), lines_(lines) {}

// Until a whole line is there, or all that there is. False where there is nothing more.
bool ImportCutter::fill() {
    while (buffer_.find('\n', begin_) == std::string::npos && !at_end_) {
        buffer_.erase(0, std::exchange(begin_, 0));
        if (buffer_.size() > import_bytes_max) return true;
        at_end_ = !source_(buffer_);
    }
    return begin_ < buffer_.size();
}

// Takes one line into the part, or leaves it for the next where it does not fit. Returns false
// then.
bool ImportCutter::take_line(ImportPart& part) {
    const std::size_t newline = buffer_.find('\n', begin_);
    const std::size_t end = newline == std::string::npos ? buffer_.size() : newline;
    std::string_view line(buffer_.data() + begin_, end - begin_);
    const std::size_t read = std::min(line.size() + 1, buffer_.size() - begin_);
    const std::string_view all(buffer_.data() + begin_, read);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool is_blank = line.find_first_not_of(" \t") == line.npos;
    if (!is_blank) {
        const std::string number = std::to_string(lines_ + 1);
        if (line.size() > import_bytes_max) {
            part.problem = number + ": is too long for one call";
            return false;
        }
        FaultList faults;
        const std::optional<JsonValue> value = parse_json(line, faults);
        const std::string fault = fault_of(value && faults.empty() ? &*value : nullptr);
        if (!fault.empty()) {
            part.problem = number + ": " + fault;
            return false;
        }
        const std::size_t values = values_in(*value);
        const bool fits = part.items.size() + line.size() + 1 <= import_bytes_max &&
                          values_ + values <= import_values_max;
        if (!fits && !part.lines.empty()) return false;
        if (!part.items.empty()) part.items += ",";
        part.begins.push_back(part.items.size());
        part.items += line;
        values_ += values;
        part.lines.push_back(lines_ + 1);
    }
    part.read += all;
    begin_ += read;
    offset_ += read;
    ++lines_;
    return true;
}

ImportPart ImportCutter::next() {
    ImportPart part;
    values_ = 0;
    while (part.lines.size() < import_items_max && fill() && take_line(part)) {
    }
    part.offset = offset_;
    part.lines_end = lines_;
    part.is_last = part.problem.empty() && !fill();
    return part;
}

}  // namespace keyledger
