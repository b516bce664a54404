// `keyledger keys import`: a file of any size, in calls that are made whole or not at all.

#include "http/json_document.hpp"
#include "ledger/base/json_writer.hpp"
#include "ledger/base/log_value.hpp"
#include "ledger/base/sha256.hpp"
#include "tools/client/curl.hpp"
#include "tools/commands/client_commands.hpp"
#include "tools/commands/import_cutter.hpp"
#include "tools/commands/import_existing.hpp"
#include "tools/commands/import_state.hpp"
#include "tools/read_file.hpp"
#include "tools/terminal/progress.hpp"
#include "tools/terminal/terminal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <numeric>

namespace keyledger {

namespace {

constexpr std::size_t state_bytes_max = 64 * 1024;

// The file of keys, or standard input.
class InputFile {
public:
    explicit InputFile(std::string name)
        : name_(std::move(name)),
          descriptor_(name_ == "-" ? STDIN_FILENO : ::open(name_.c_str(), O_RDONLY | O_CLOEXEC)) {
        if (descriptor_ < 0) problem_ = std::strerror(errno);
    }
    ~InputFile() {
        if (descriptor_ > STDIN_FILENO) ::close(descriptor_);
    }
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;

    const std::string& problem() const { return problem_; }
    // 0: nobody knows.
    std::uint64_t bytes() const {
        struct stat status {};
        const bool known = ::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode);
        return known ? static_cast<std::uint64_t>(status.st_size) : 0;
    }
    // Appends at most `bytes_max`; false at the end and when it can't be read.
    bool read(std::string& out, std::size_t bytes_max) {
        std::array<char, 256 * 1024> buffer;
        while (true) {
            const ssize_t count =
                ::read(descriptor_, buffer.data(), std::min(bytes_max, buffer.size()));
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) problem_ = std::strerror(errno);
            if (count <= 0) return false;
            out.append(buffer.data(), static_cast<std::size_t>(count));
            return true;
        }
    }

private:
    std::string name_;
    int descriptor_;
    std::string problem_;
};

// One import from beginning to end. Its state is written after each call that was answered.
class Import {
public:
    explicit Import(Api& api)
        : api_(api),
          name_(api.line().arguments.front()),
          file_(name_),
          state_file_(
              api.line().value("state").value_or(name_ == "-" ? "" : name_ + ".import-state")) {
        state_.workspace = *api.line().value("workspace");
    }

    ExitCode run() {
        if (!file_.problem().empty()) return fail("can't be read: " + file_.problem());
        if (api_.line().has("resume")) {
            const std::string problem = resume();
            if (!problem.empty()) return api_.fail(problem, ExitCode::error);
        }
        ImportCutter cutter([this](std::string& out) { return file_.read(out, SIZE_MAX); },
                            state_.offset, state_.lines);
        for (bool more = true; more;) {
            const ImportPart part = cutter.next();
            if (!file_.problem().empty()) return fail("can't be read: " + file_.problem());
            if (!part.problem.empty()) return fail_line(part.problem);
            if (const auto failed = send(part)) return *failed;
            more = !part.is_last;
        }
        if (!state_file_.empty()) ::unlink(state_file_.c_str());
        return report();
    }

private:
    ExitCode fail(const std::string& what) {
        progress_.clear();
        return api_.fail(name_ + ": " + what, ExitCode::error);
    }

    ExitCode fail_line(const std::string& line_and_what) {
        progress_.clear();
        api_.fail(name_ + ":" + line_and_what, ExitCode::error);
        return say_how_far(ExitCode::error);
    }

    // Takes up the state of an earlier run, if there is one and the file begins as it did then.
    std::string resume() {
        if (state_file_.empty()) return "--resume needs --state FILE where standard input is read";
        if (::access(state_file_.c_str(), F_OK) != 0) return {};
        const FileText text = read_file(state_file_, state_bytes_max);
        const std::optional<ImportState> found = parse_import_state(text.text);
        if (!text.problem.empty() || !found) return state_file_ + ": is not the state of an import";
        if (found->workspace != state_.workspace) {
            return state_file_ + ": is of an import into " + log_value(found->workspace);
        }
        for (std::uint64_t left = found->offset; left > 0;) {
            std::string bytes;
            if (!file_.read(bytes, left)) break;
            left -= bytes.size();
            digest_.add(bytes);
        }
        if (digest_.hex() != found->sha256) {
            return name_ + ": does not begin as it did then (" + state_file_ +
                   "); without --resume it is read from the beginning";
        }
        state_ = *found;
        resumed_keys_ = found->keys + found->skipped;
        return {};
    }

    // Of the part's items that are left.
    HttpCall call_of(const ImportPart& part, const std::vector<std::size_t>& left) const {
        std::string body = "{\"items\":[";
        for (const std::size_t item : left) {
            if (!body.ends_with('[')) body += ',';
            body += part.item(item);
        }
        body += "]";
        if (const auto reason = api_.line().value("reason")) {
            body += ",\"reason\":" + to_json(json_text(*reason));
        }
        if (api_.line().has("force")) body += ",\"force\":true";
        body += "}";
        HttpCall call;
        call.method = "POST";
        call.target = "/v1/workspaces/" + url_encoded(state_.workspace) + "/keys:import";
        // From what is sent and where in the file it stands: the same in each run.
        const std::string place = std::to_string(state_.offset);
        const Digest digest = sha256({state_.workspace, "\n", place, "\n", body});
        const std::string own = api_.line().value("idempotency-key").value_or("import");
        call.headers = {{"Content-Type", "application/json"},
                        {"Idempotency-Key", own + "-" + to_hex(view_of(digest))}};
        call.body = std::move(body);
        return call;
    }

    std::optional<ExitCode> send(const ImportPart& part) {
        std::vector<std::size_t> left(part.lines.size());
        std::iota(left.begin(), left.end(), std::size_t{0});
        if (const auto failed = make(part, left)) return failed;
        digest_.add(part.read);
        state_.offset = part.offset;
        state_.lines = part.lines_end;
        state_.keys += left.size();
        state_.skipped += part.lines.size() - left.size();
        progress_.show({.doing = "imported",
                        .done = state_.keys + state_.skipped,
                        .things = "keys",
                        .bytes_done = state_.offset,
                        .bytes_all = file_.bytes()});
        if (state_file_.empty() || part.is_last) return std::nullopt;
        state_.sha256 = digest_.hex();
        const std::string problem = write_import_state(state_file_, state_);
        return problem.empty() ? std::nullopt : std::optional(api_.fail(problem, ExitCode::error));
    }

    // Makes the keys of the items in `left`, all or none. What --skip-existing skips leaves it.
    std::optional<ExitCode> make(const ImportPart& part, std::vector<std::size_t>& left) {
        const bool skips = api_.line().has("skip-existing");
        // The server would name one of these an answer.
        if (skips) erase_at(left, repeated_in(digests(part, left)));
        for (bool is_first = true; !left.empty(); is_first = false) {
            const HttpAnswer answer = api_.ask_patiently(call_of(part, left));
            if (answer.status / 100 == 2) return judge(answer, left.size());
            const std::vector<std::size_t> existing = existing_in(answer);
            const bool may_skip = !existing.empty() && existing.back() < left.size();
            if (!may_skip || !skips) return refuse(answer, part, left);
            erase_at(left, existing);
            // The answer may name one of many; a question names all at once.
            if (is_first && !left.empty()) erase_at(left, existing_of(api_, digests(part, left)));
        }
        return std::nullopt;
    }

    std::optional<ExitCode> judge(const HttpAnswer& answer, std::size_t keys) {
        if (has_made_all(answer, keys)) {
            if (!answer.header("Idempotent-Replayed").empty()) there_before_ += keys;
            return std::nullopt;
        }
        progress_.clear();
        return say_how_far(
            api_.fail("the server's answer is not that of an import: is this keyledger's address?",
                      ExitCode::error));
    }

    ExitCode refuse(const HttpAnswer& answer, const ImportPart& part,
                    const std::vector<std::size_t>& left) {
        progress_.clear();
        return say_how_far(api_.fail(
            answer, [&](std::string_view pointer) { return place_in_file(part, left, pointer); }));
    }

    static std::vector<std::string> digests(const ImportPart& part,
                                            const std::vector<std::size_t>& left) {
        std::vector<std::string> found;
        for (const std::size_t item : left) {
            FaultList faults;
            const std::optional<JsonValue> value = parse_json(part.item(item), faults);
            const JsonValue* const digest = value ? value->find("digest") : nullptr;
            found.push_back(digest ? digest->text : std::string());
        }
        return found;
    }

    // An answer of 2xx alone may be anybody's.
    static bool has_made_all(const HttpAnswer& answer, std::size_t keys) {
        FaultList faults;
        const std::optional<JsonValue> body = parse_json(answer.body, faults);
        const JsonValue* const items = body ? body->find("items") : nullptr;
        return items && items->kind == JsonKind::array && items->items.size() == keys;
    }

    // "/items/17/name" -> "FILE:LINE: /name".
    std::string place_in_file(const ImportPart& part, const std::vector<std::size_t>& left,
                              std::string_view pointer) const {
        constexpr std::string_view items = "/items/";
        if (!pointer.starts_with(items)) return std::string(pointer);
        pointer.remove_prefix(items.size());
        std::size_t index = 0;
        const auto [end, error] =
            std::from_chars(pointer.data(), pointer.data() + pointer.size(), index);
        if (error != std::errc() || index >= left.size()) return std::string(pointer);
        pointer.remove_prefix(static_cast<std::size_t>(end - pointer.data()));
        return name_ + ":" + std::to_string(part.lines[left[index]]) +
               (pointer.empty() ? "" : ": " + std::string(pointer));
    }

    ExitCode say_how_far(ExitCode failed) {
        std::string how_far = grouped(state_.keys + state_.skipped) +
                              " keys are there, of the first " + grouped(state_.lines) + " lines";
        if (!state_file_.empty() && state_.offset > 0) how_far += "; --resume goes on from there";
        return api_.fail(how_far, failed);
    }

    ExitCode report() {
        progress_.clear();
        std::string out;
        JsonWriter(out)
            .begin_object()
            .field("keys", state_.keys)
            .field("skipped", state_.skipped)
            .field("lines", state_.lines)
            .field("resumedAfter", resumed_keys_)
            .field("thereBefore", there_before_)
            .end_object();
        FaultList faults;
        return api_.show(*parse_json(out, faults), [](const JsonValue& value) {
            return table_text(details_of(value), terminal_columns());
        });
    }

    Api& api_;
    std::string name_;
    InputFile file_;
    std::string state_file_;  // empty: none
    ImportState state_;
    RunningDigest digest_;
    ProgressLine progress_;
    std::uint64_t resumed_keys_ = 0;  // by the runs before
    std::uint64_t there_before_ = 0;  // calls of before that were answered again
};

}  // namespace

ExitCode import_keys(Api& api) {
    if (api.line().value("reason") && !is_utf8(*api.line().value("reason"))) {
        return api.fail("--reason: is not UTF-8", ExitCode::usage);
    }
    if (!api.prints_curl()) return Import(api).run();
    // One call: the file's first ten thousand lines.
    HttpCall call = api.call(
        "POST", "/v1/workspaces/" + url_encoded(*api.line().value("workspace")) + "/keys:import");
    call.headers.push_back({"Content-Type", "application/json"});
    const std::string& file = api.line().arguments.front();
    const std::string before = "head -n " + std::to_string(import_items_max) +
                               (file == "-" ? "" : " " + shell_quoted(file)) +
                               " | jq -sc '{items: .}'";
    return api.print_curl(call, before);
}

}  // namespace keyledger
