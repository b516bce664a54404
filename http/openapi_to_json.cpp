// Runs while the project is built: turns openapi.yaml into a source file that holds it as JSON.

#include <yaml-cpp/yaml.h>

#include <cstdio>
#include <exception>
#include <fstream>
#include <string>

namespace {

void append_string(std::string& out, const std::string& text) {
    out += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u%04x", byte);
            out += escape;
        } else {
            out += c;
        }
    }
    out += '"';
}

// A scalar without quotes is a number or a truth value where it reads as one (tag "?"), as in
// YAML's core schema; with quotes it is text (tag "!").
void append_scalar(std::string& out, const YAML::Node& node) {
    const std::string& text = node.Scalar();
    const bool plain = node.Tag() == "?";
    const bool number = text.find_first_not_of("0123456789") == std::string::npos && !text.empty();
    if (plain && (number || text == "true" || text == "false" || text == "null")) {
        out += text;
    } else {
        append_string(out, text);
    }
}

void append(std::string& out, const YAML::Node& node) {
    if (node.IsMap()) {
        out += '{';
        bool first = true;
        for (const auto& member : node) {
            if (!first) out += ',';
            first = false;
            append_string(out, member.first.Scalar());
            out += ':';
            append(out, member.second);
        }
        out += '}';
    } else if (node.IsSequence()) {
        out += '[';
        bool first = true;
        for (const auto& item : node) {
            if (!first) out += ',';
            first = false;
            append(out, item);
        }
        out += ']';
    } else if (node.IsScalar()) {
        append_scalar(out, node);
    } else {
        out += "null";
    }
}

}  // namespace

// Pieces, since a compiler need not take a literal of any length.
int main(int argc, char** argv) {
    if (argc != 3) return 2;
    try {
        std::string json;
        append(json, YAML::LoadFile(argv[1]));
        constexpr std::size_t piece = 8000;
        std::ofstream source(argv[2]);
        source << "#include \"http/openapi.hpp\"\n\nnamespace keyledger {\n\n"
               << "std::string_view openapi_json() {\n    return\n";
        for (std::size_t i = 0; i < json.size(); i += piece) {
            source << "        R\"openapi(" << json.substr(i, piece) << ")openapi\"\n";
        }
        source << "        ;\n}\n\n}  // namespace keyledger\n";
        return source.flush() ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: %s\n", argv[1], error.what());
        return 1;
    }
}
