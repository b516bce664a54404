// The habits no compiler checks. Every offender is reported, not only the first.

#include <catch2/catch.hpp>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

namespace {

using Offences = std::vector<std::string>;

// A folder may include itself and any folder before it; the tests may include all.
const std::vector<std::string> layers{"ledger", "projections", "replication",
                                      "http",   "tools",       "tests"};

constexpr std::size_t columns_max = 100;
constexpr std::size_t lines_max = 350;

// Libraries that would make every file that includes a header slow to compile.
const std::vector<std::string> kept_out_of_headers{
    "rocksdb/", "capnp/", "kj/", "boost/beast", "boost/json", "simdjson", "spdlog/"};
const std::string allowed_in_headers = "spdlog/fwd.h";
// What the one reader of Cap'n Proto is split into: no other file may include it.
const std::string header_of_one_reader = "ledger/stored/spelling.hpp";
const std::string its_folder = "ledger/stored/";
const std::string generated_by_capnp = ".capnp.h";

// Put together here, so that this file does not find them in itself.
const std::vector<std::string> unfinished_words{std::string("TO") + "DO", std::string("FIX") + "ME",
                                                std::string("XX") + "X", std::string("HA") + "CK"};
const std::string sleep_call = std::string("this_thread") + "::sleep";

bool is_header(std::string_view path) {
    return path.ends_with(".hpp");
}

// How many characters of UTF-8: bytes that do not continue one.
std::size_t columns_of(std::string_view line) {
    return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char byte) {
        return (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
    }));
}

bool in_word(char character) {
    return std::isalnum(static_cast<unsigned char>(character)) != 0 || character == '_';
}

bool has_word(std::string_view line, std::string_view word) {
    for (auto at = line.find(word); at != line.npos; at = line.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        const bool begins = at == 0 || !in_word(line[at - 1]);
        const bool ends = end == line.size() || !in_word(line[end]);
        if (begins && ends) return true;
    }
    return false;
}

// Whatever the program says goes through one file, which escapes what could move a cursor.
const std::vector<std::string> ways_to_say{"printf", "fputs", "perror", "stdout",
                                           "stderr", "cout",  "cerr"};
const std::vector<std::string> may_say{"tools/terminal/", "tools/bench/"};

bool says_by_itself(std::string_view path, std::string_view line) {
    const auto is_below = [path](const std::string& folder) { return path.starts_with(folder); };
    const auto has = [line](const std::string& word) { return has_word(line, word); };
    return path.starts_with("tools/") && std::none_of(may_say.begin(), may_say.end(), is_below) &&
           std::any_of(ways_to_say.begin(), ways_to_say.end(), has);
}

std::optional<std::size_t> layer_of(std::string_view path) {
    const auto layer = std::find(layers.begin(), layers.end(), path.substr(0, path.find('/')));
    if (layer == layers.end()) return std::nullopt;
    return static_cast<std::size_t>(layer - layers.begin());
}

struct Include {
    std::string_view path;
    bool quoted = false;
};

std::optional<Include> include_of(std::string_view line) {
    constexpr std::string_view directive = "#include ";
    if (!line.starts_with(directive)) return std::nullopt;
    line.remove_prefix(directive.size());
    const bool quoted = line.starts_with('"');
    if (!quoted && !line.starts_with('<')) return std::nullopt;
    const std::size_t end = line.find(quoted ? '"' : '>', 1);
    if (end == line.npos) return std::nullopt;
    return Include{.path = line.substr(1, end - 1), .quoted = quoted};
}

bool is_kept_out_of_headers(std::string_view included) {
    if (included == allowed_in_headers) return false;
    if (included.ends_with(generated_by_capnp)) return true;
    return std::any_of(kept_out_of_headers.begin(), kept_out_of_headers.end(),
                       [&](const std::string& prefix) { return included.starts_with(prefix); });
}

std::optional<std::string> offence_of_include(std::string_view path, const Include& include) {
    if (is_header(path) && path != header_of_one_reader && is_kept_out_of_headers(include.path)) {
        return "belongs in a .cpp";
    }
    if (include.path == header_of_one_reader &&
        (is_header(path) || !path.starts_with(its_folder))) {
        return "includes what belongs to one reader";
    }
    if (!include.quoted) return std::nullopt;
    const auto layer = layer_of(include.path);
    if (!layer) return "is not included from the root";
    if (*layer > layer_of(path)) return "includes against the arrow";
    return std::nullopt;
}

Offences offences_of_line(std::string_view path, std::string_view line) {
    Offences offences;
    if (columns_of(line) > columns_max) offences.push_back("is too long");
    if (line.find('\t') != line.npos) offences.push_back("has a tab");
    if (line.ends_with(' ') || line.ends_with('\r')) offences.push_back("has trailing blanks");
    for (const std::string& word : unfinished_words) {
        if (has_word(line, word)) offences.push_back("says " + word);
    }
    if (says_by_itself(path, line)) offences.push_back("says something past tools/terminal");
    if (path.starts_with("tests/") && line.find(sleep_call) != line.npos) {
        offences.push_back("sleeps where it should wait for a condition");
    }
    if (const auto include = include_of(line)) {
        if (const auto offence = offence_of_include(path, *include)) offences.push_back(*offence);
    }
    return offences;
}

// What is wrong with a file of the project; `path` is relative to the root.
Offences offences_in(const std::string& path, const std::string& text) {
    Offences offences;
    std::istringstream lines(text);
    std::string line;
    std::size_t number = 0;
    while (std::getline(lines, line)) {
        ++number;
        for (const std::string& offence : offences_of_line(path, line)) {
            offences.push_back(path + ":" + std::to_string(number) + " " + offence);
        }
    }
    if (number > lines_max) offences.push_back(path + " has " + std::to_string(number) + " lines");
    if (!text.ends_with('\n')) offences.push_back(path + " does not end in a newline");
    if (is_header(path) && !text.starts_with("#pragma once\n")) {
        offences.push_back(path + " does not begin with #pragma once");
    }
    return offences;
}

// A source begins with its own header, which proves that the header is complete.
Offences offences_of_first_include(const std::string& path, const std::string& text,
                                   bool has_own_header) {
    if (!path.ends_with(".cpp") || !has_own_header) return {};
    const std::string own = path.substr(0, path.size() - 4) + ".hpp";
    std::istringstream lines(text);
    std::string line;
    while (std::getline(lines, line)) {
        const auto include = include_of(line);
        if (!include) continue;
        if (include->path == own) return {};
        break;
    }
    return {path + " does not include its own header first"};
}

const std::filesystem::path root = KEYLEDGER_ROOT;

std::vector<std::filesystem::path> sources_of(const std::string& layer) {
    std::vector<std::filesystem::path> sources;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / layer)) {
        const std::string extension = entry.path().extension().string();
        if (entry.is_regular_file() && (extension == ".cpp" || extension == ".hpp")) {
            sources.push_back(entry.path());
        }
    }
    std::sort(sources.begin(), sources.end());
    return sources;
}

std::string contents_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

TEST_CASE("the project's sources keep the habits of the house") {
    for (const std::string& layer : layers) {
        const auto sources = sources_of(layer);
        CHECK_FALSE(sources.empty());
        for (const auto& source : sources) {
            const std::string path = source.lexically_relative(root).generic_string();
            const std::string text = contents_of(source);
            auto header = source;
            header.replace_extension(".hpp");
            for (const auto& offence : offences_in(path, text)) FAIL_CHECK(offence);
            for (const auto& offence :
                 offences_of_first_include(path, text, std::filesystem::exists(header))) {
                FAIL_CHECK(offence);
            }
        }
    }
}

TEST_CASE("each folder says what it is for") {
    for (const std::string& layer : layers) {
        INFO(layer << "/README.md");
        CHECK_FALSE(contents_of(root / layer / "README.md").empty());
    }
}

TEST_CASE("a planted offence is found") {
    struct Planted {
        std::string path, text, offence;
    };
    const std::string pragma = "#pragma once\n";
    const std::string include = "#include ";
    const auto [path, text, offence] = GENERATE_COPY(
        Planted{"ledger/a.cpp", std::string(101, 'a') + "\n", "ledger/a.cpp:1 is too long"},
        Planted{"ledger/a.cpp", "\n\ta;\n", "ledger/a.cpp:2 has a tab"},
        Planted{"ledger/a.cpp", "a; \n", "ledger/a.cpp:1 has trailing blanks"},
        Planted{"ledger/a.cpp", "a;\r\n", "ledger/a.cpp:1 has trailing blanks"},
        Planted{"ledger/a.cpp", "a;", "ledger/a.cpp does not end in a newline"},
        Planted{"ledger/a.cpp", "", "ledger/a.cpp does not end in a newline"},
        Planted{"ledger/a.hpp", "a;\n", "ledger/a.hpp does not begin with #pragma once"},
        Planted{"ledger/a.cpp", "// " + unfinished_words[0] + ": a\n",
                "ledger/a.cpp:1 says " + unfinished_words[0]},
        Planted{"ledger/a.cpp", unfinished_words[3] + "\n",
                "ledger/a.cpp:1 says " + unfinished_words[3]},
        Planted{"tests/a.cpp", "std::" + sleep_call + "_for(1s);\n",
                "tests/a.cpp:1 sleeps where it should wait for a condition"},
        Planted{"tools/commands/a.cpp", "std::printf(name);\n",
                "tools/commands/a.cpp:1 says something past tools/terminal"},
        Planted{"ledger/a.cpp", include + "\"http/message.hpp\"\n",
                "ledger/a.cpp:1 includes against the arrow"},
        Planted{"http/a.cpp", include + "\"tests/support/a.hpp\"\n",
                "http/a.cpp:1 includes against the arrow"},
        Planted{"ledger/a.cpp", include + "\"b.hpp\"\n",
                "ledger/a.cpp:1 is not included from the root"},
        Planted{"ledger/a.cpp", include + "\"../http/b.hpp\"\n",
                "ledger/a.cpp:1 is not included from the root"},
        Planted{"ledger/a.hpp", pragma + include + "<rocksdb/db.h>\n",
                "ledger/a.hpp:2 belongs in a .cpp"},
        Planted{"ledger/a.cpp", include + "\"ledger/stored/spelling.hpp\"\n",
                "ledger/a.cpp:1 includes what belongs to one reader"},
        Planted{"http/a.hpp", pragma + include + "<spdlog/spdlog.h>\n",
                "http/a.hpp:2 belongs in a .cpp"},
        Planted{"http/a.hpp", pragma + include + "<boost/beast/http.hpp>\n",
                "http/a.hpp:2 belongs in a .cpp"},
        Planted{"ledger/a.hpp", pragma + include + "\"ledger/stored/event.capnp.h\"\n",
                "ledger/a.hpp:2 belongs in a .cpp"});
    CHECK(offences_in(path, text) == Offences{offence});
}

TEST_CASE("a file that is too long, or does not begin with its header, is found") {
    std::string text;
    for (std::size_t i = 0; i < lines_max; ++i) text += "a;\n";
    CHECK(offences_in("ledger/a.cpp", text).empty());
    CHECK(offences_in("ledger/a.cpp", text + "a;\n") == Offences{"ledger/a.cpp has 351 lines"});

    const std::string include = "#include ";
    const std::string late = include + "<string>\n" + include + "\"ledger/a.hpp\"\n";
    const Offences offence{"ledger/a.cpp does not include its own header first"};
    CHECK(offences_of_first_include("ledger/a.cpp", late, true) == offence);
    CHECK(offences_of_first_include("ledger/a.cpp", "a;\n", true) == offence);
    CHECK(offences_of_first_include("ledger/a.cpp", late, false).empty());
    CHECK(offences_of_first_include("ledger/a.cpp", include + "\"ledger/a.hpp\"\n", true).empty());
}

TEST_CASE("what keeps the habits is let pass") {
    const std::string include = "#include ";
    std::string wide;
    for (std::size_t i = 0; i < columns_max; ++i) wide += "\xc3\xa9";
    CHECK(offences_in("http/a.cpp", "// " + wide.substr(6) + "\n").empty());
    CHECK(offences_in("http/a.hpp", "#pragma once\n" + include + "<spdlog/fwd.h>\n" + include +
                                        "\"ledger/base/bytes.hpp\"\n")
              .empty());
    CHECK(offences_in("http/a.cpp",
                      include + "<spdlog/spdlog.h>\n" + include + "\"http/message.hpp\"\n")
              .empty());
    CHECK(offences_in("tests/a.cpp", include + "\"tools/settings.hpp\"\n").empty());
    CHECK(offences_in("tools/terminal/a.cpp", "std::printf(name);\n").empty());
    CHECK(offences_in("tools/commands/a.cpp", "std::snprintf(out, size, name);\n").empty());
    CHECK(offences_in("ledger/a.cpp", "a_" + unfinished_words[2] + unfinished_words[2] + ";\n")
              .empty());
}

}  // namespace keyledger
