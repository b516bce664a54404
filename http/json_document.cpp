#include "http/json_document.hpp"

#include "ledger/base/bytes.hpp"
#include "ledger/base/json_writer.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <unordered_map>

namespace keyledger {
namespace {

namespace json = boost::json;
using json::error_code;

// Builds the tree from the parser's calls. The stack holds the containers that are open, outermost
// first; each is the last item of the one before it, so that no pointer moves while it stands here.
class TreeBuilder {
public:
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_array_size = max_object_size;
    static constexpr std::size_t max_key_size = max_object_size;
    static constexpr std::size_t max_string_size = max_object_size;

    TreeBuilder(JsonValue* root, FaultList* faults) : root_(root), faults_(faults) {}

    bool too_many() const { return count_ > json_values_max; }

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code& error) { return open(JsonKind::object, error); }
    bool on_array_begin(error_code& error) { return open(JsonKind::array, error); }
    bool on_array_end(std::size_t, error_code&) { return close(); }
    bool on_object_end(std::size_t, error_code&) {
        find_duplicates(*open_.back());
        return close();
    }
    bool on_key_part(std::string_view part, std::size_t, error_code&) {
        name_.append(part);
        return true;
    }
    bool on_key(std::string_view part, std::size_t, error_code&) {
        name_.append(part);
        return true;
    }
    bool on_string_part(std::string_view part, std::size_t, error_code&) {
        text_.append(part);
        return true;
    }
    bool on_string(std::string_view part, std::size_t, error_code& error) {
        text_.append(part);
        return scalar(JsonKind::string, error);
    }
    bool on_number_part(std::string_view part, error_code&) {
        text_.append(part);
        return true;
    }
    bool on_int64(std::int64_t, std::string_view part, error_code& error) {
        return number(part, error);
    }
    bool on_uint64(std::uint64_t, std::string_view part, error_code& error) {
        return number(part, error);
    }
    bool on_double(double, std::string_view part, error_code& error) { return number(part, error); }
    bool on_bool(bool truth, error_code& error) {
        JsonValue* value = add(JsonKind::boolean, error);
        if (!value) return false;
        value->truth = truth;
        return true;
    }
    bool on_null(error_code& error) { return add(JsonKind::null, error) != nullptr; }
    bool on_comment_part(std::string_view, error_code&) { return true; }
    bool on_comment(std::string_view, error_code&) { return true; }

private:
    JsonValue* add(JsonKind kind, error_code& error) {
        if (++count_ > json_values_max) {
            error = json::error::array_too_large;
            return nullptr;
        }
        JsonValue* value = root_;
        if (!open_.empty()) value = &open_.back()->items.emplace_back();
        value->kind = kind;
        value->name.swap(name_);
        return value;
    }

    bool scalar(JsonKind kind, error_code& error) {
        JsonValue* value = add(kind, error);
        if (!value) return false;
        value->text.swap(text_);
        return true;
    }

    bool number(std::string_view part, error_code& error) {
        text_.append(part);
        return scalar(JsonKind::number, error);
    }

    bool open(JsonKind kind, error_code& error) {
        JsonValue* value = add(kind, error);
        if (!value) return false;
        open_.push_back(value);
        return true;
    }

    bool close() {
        open_.pop_back();
        return true;
    }

    void find_duplicates(const JsonValue& object) {
        std::vector<std::string_view> names;
        names.reserve(object.items.size());
        for (const JsonValue& member : object.items) names.push_back(member.name);
        std::ranges::sort(names);
        auto at = names.begin();
        while (!faults_->full() && (at = std::adjacent_find(at, names.end())) != names.end()) {
            std::string pointer = pointer_of_open();
            append_pointer(pointer, *at);
            faults_->add(std::move(pointer), FieldProblem::duplicate_member);
            at = std::upper_bound(at, names.end(), *at);
        }
    }

    std::string pointer_of_open() const {
        std::string pointer;
        for (std::size_t i = 1; i < open_.size(); ++i) {
            const JsonValue& parent = *open_[i - 1];
            if (parent.kind == JsonKind::object)
                append_pointer(pointer, open_[i]->name);
            else
                append_pointer(pointer, std::to_string(parent.items.size() - 1));
        }
        return pointer;
    }

    JsonValue* root_;
    FaultList* faults_;
    std::vector<JsonValue*> open_;
    std::string name_, text_;  // what the next value will be called and hold
    std::size_t count_ = 0;
};

using TreeParser = json::basic_parser<TreeBuilder>;

TreeParser make_parser(JsonValue& root, FaultList& faults) {
    json::parse_options options;
    options.max_depth = json_depth_max;
    return TreeParser(options, &root, &faults);
}

// The parser does not say where it stopped, so the text is read again, the piece with the fault
// byte by byte.
std::size_t readable_bytes(std::string_view text) {
    constexpr std::size_t piece_bytes = 4096;
    const auto fails = [](TreeParser& parser, std::string_view piece) {
        error_code error;
        const std::size_t read = parser.write_some(true, piece.data(), piece.size(), error);
        return error || read < piece.size();
    };
    JsonValue root, root_again;
    FaultList faults;
    TreeParser parser = make_parser(root, faults);
    std::size_t start = 0;
    while (start < text.size() && !fails(parser, text.substr(start, piece_bytes)))
        start += piece_bytes;
    if (start >= text.size()) return text.size();
    TreeParser slow = make_parser(root_again, faults);
    if (start > 0 && fails(slow, text.substr(0, start))) return start;
    while (start < text.size() && !fails(slow, text.substr(start, 1))) ++start;
    return start;
}

void write(JsonWriter& writer, const JsonValue& value) {
    switch (value.kind) {
        case JsonKind::null: writer.value(nullptr); return;
        case JsonKind::boolean: writer.value(value.truth); return;
        case JsonKind::number: writer.raw(value.text); return;
        case JsonKind::string: writer.value(value.text); return;
        case JsonKind::array:
            writer.begin_array();
            for (const JsonValue& item : value.items) write(writer, item);
            writer.end_array();
            return;
        case JsonKind::object:
            writer.begin_object();
            for (const JsonValue& member : value.items) write(writer.key(member.name), member);
            writer.end_object();
            return;
    }
}

}  // namespace

const JsonValue* JsonValue::find(std::string_view member) const {
    const auto found = std::ranges::find(items, member, &JsonValue::name);
    return found == items.end() ? nullptr : &*found;
}

std::optional<JsonValue> parse_json(std::string_view text, FaultList& faults) {
    if (text.empty()) {
        faults.add("", FieldProblem::empty_body);
        return std::nullopt;
    }
    if (!is_utf8(text)) {
        faults.add("", FieldProblem::not_utf8);
        return std::nullopt;
    }
    JsonValue root;
    TreeParser parser = make_parser(root, faults);
    error_code error;
    const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
    if (parser.handler().too_many()) {
        faults.add("", FieldProblem::too_many_values, {std::to_string(json_values_max)});
        return std::nullopt;
    }
    if (error == json::error::too_deep) {
        faults.add("", FieldProblem::too_deep, {std::to_string(json_depth_max)});
        return std::nullopt;
    }
    if (error || read < text.size()) {
        faults.add("", FieldProblem::malformed_json, {std::to_string(readable_bytes(text))});
        return std::nullopt;
    }
    return root;
}

void append_json(std::string& out, const JsonValue& value) {
    JsonWriter writer(out);
    write(writer, value);
}

std::string to_json(const JsonValue& value) {
    std::string out;
    append_json(out, value);
    return out;
}

void merge_patch(JsonValue& target, const JsonValue& patch) {
    if (patch.kind != JsonKind::object) {
        std::string name = std::move(target.name);
        target = patch;
        target.name = std::move(name);
        return;
    }
    if (target.kind != JsonKind::object) {
        target = JsonValue{.kind = JsonKind::object,
                           .truth = false,
                           .text = {},
                           .name = std::move(target.name),
                           .items = {}};
    }
    std::unordered_map<std::string_view, const JsonValue*> changes;
    for (const JsonValue& member : patch.items) changes.emplace(member.name, &member);
    std::vector<JsonValue> kept;
    kept.reserve(target.items.size());
    for (JsonValue& member : target.items) {
        const auto change = changes.find(member.name);
        if (change != changes.end()) {
            const JsonValue& value = *change->second;
            changes.erase(change);
            if (value.kind == JsonKind::null) continue;
            merge_patch(member, value);
        }
        kept.push_back(std::move(member));
    }
    target.items = std::move(kept);
    for (const JsonValue& member : patch.items) {
        if (member.kind == JsonKind::null || !changes.contains(member.name)) continue;
        JsonValue& added = target.items.emplace_back();
        added.name = member.name;
        merge_patch(added, member);
    }
}

void append_pointer(std::string& pointer, std::string_view name) {
    pointer.push_back('/');
    for (const char character : name) {
        if (character == '~')
            pointer.append("~0");
        else if (character == '/')
            pointer.append("~1");
        else
            pointer.push_back(character);
    }
}

}  // namespace keyledger
