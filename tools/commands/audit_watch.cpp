#include "ledger/base/bytes.hpp"
#include "ledger/log/checkpoint_file.hpp"
#include "tools/client/http_client.hpp"
#include "tools/commands/api.hpp"
#include "tools/commands/audit.hpp"
#include "tools/commands/audit_say.hpp"
#include "tools/read_file.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>

namespace keyledger {
namespace {

constexpr std::string_view interval_default = "10s";
constexpr std::size_t state_bytes_max = note_bytes_max + 4096;

// What was seen last. The file is the verifier keys, a line each, an empty line, and the
// checkpoint.
struct WatchState {
    std::vector<VerifierKey> keys;
    std::optional<SignedCheckpoint> seen;
};

std::string to_text(const WatchState& state) {
    std::string text;
    for (const VerifierKey& key : state.keys) text += to_text(key) + "\n";
    return text + "\n" + to_text(state.seen->note);
}

std::optional<WatchState> parse_state(std::string_view text) {
    WatchState state;
    const std::size_t end = text.find("\n\n");
    if (end == std::string_view::npos) return {};
    for (std::string_view lines = text.substr(0, end + 1); !lines.empty();) {
        const std::size_t line_end = lines.find('\n');
        const auto key = parse_verifier_key(lines.substr(0, line_end));
        if (!key) return {};
        state.keys.push_back(*key);
        lines.remove_prefix(line_end + 1);
    }
    state.seen = open_checkpoint(text.substr(end + 2), state.keys);
    if (!state.seen) return {};
    return state;
}

// One look at the server.
class Watch {
public:
    Watch(const CommandLine& line, const ApiAccess& access, std::string file)
        : line_(line), client_(access.url, access.authority), file_(std::move(file)) {
        client_.stop_on_interrupt();
    }

    // The state that is kept, and the keys of --key; a problem is said.
    ExitCode open(std::vector<VerifierKey> keys) {
        std::error_code error;
        if (std::filesystem::exists(file_, error)) {
            const FileText read = read_file(file_, state_bytes_max);
            auto state = read.problem.empty() ? parse_state(read.text) : std::nullopt;
            if (!state) return say(line_, file_ + " is no state of a watch", ExitCode::error);
            state_ = std::move(*state);
        }
        if (!keys.empty()) state_.keys = std::move(keys);
        return ExitCode::success;
    }

    ExitCode look() {
        if (state_.keys.empty()) {
            if (const ExitCode failed = ask_key(); failed != ExitCode::success) return failed;
        }
        const HttpAnswer answer = ask("/checkpoint");
        if (answer.status != 200) return unavailable(answer);
        auto now = open_checkpoint(answer.body, state_.keys);
        if (!now) return fork("the checkpoint is not signed by a key that is known here");
        if (state_.seen) {
            const ExitCode extended = extends(now->checkpoint.tree);
            if (extended != ExitCode::success || now->checkpoint.tree == tree()) return extended;
        }
        state_.seen = std::move(*now);
        if (const auto fault = replace_file(file_, to_text(state_)))
            return say(line_, fault->what, ExitCode::error);
        return show("size=" + std::to_string(tree().size) +
                    " root=" + to_base64(view_of(tree().root)) + "\n");
    }

    bool pause(std::chrono::milliseconds length) {
        client_.pause(length);
        return !client_.interrupted();
    }
    bool interrupted() const { return client_.interrupted(); }

private:
    const TreeHead& tree() const { return state_.seen->checkpoint.tree; }

    HttpAnswer ask(std::string target) {
        HttpCall call;
        call.target = std::move(target);
        return client_.call(call);
    }

    ExitCode unavailable(const HttpAnswer& answer) {
        return say(line_,
                   answer.status == 0 ? answer.problem
                                      : "the server answered " + std::to_string(answer.status),
                   ExitCode::unavailable);
    }

    ExitCode fork(const std::string& what) { return say(line_, what, ExitCode::integrity); }

    // Trust on first use: from here on the key is held to.
    ExitCode ask_key() {
        HttpAnswer answer = ask("/v1/ledger/key");
        if (answer.status != 200) return unavailable(answer);
        while (answer.body.ends_with('\n')) answer.body.pop_back();
        const auto key = parse_verifier_key(answer.body);
        if (!key) return fork("the server's answer is no verifier key");
        state_.keys.push_back(*key);
        return ExitCode::success;
    }

    // Whether the tree that was seen is the beginning of this one.
    ExitCode extends(const TreeHead& now) {
        const std::string sizes = std::to_string(tree().size) + " to " + std::to_string(now.size);
        if (now.size < tree().size) return fork("the ledger became shorter, from " + sizes);
        if (now.size == tree().size) {
            return now == tree()
                       ? ExitCode::success
                       : fork("two different ledgers of size " + std::to_string(now.size));
        }
        const HttpAnswer answer =
            ask("/v1/ledger/proofs/consistency?from=" + std::to_string(tree().size) +
                "&to=" + std::to_string(now.size));
        if (answer.status != 200) return unavailable(answer);
        const std::optional<Proof> proof = hashes_in(answer.body);
        if (proof && verify_consistency({tree(), now}, *proof)) return ExitCode::success;
        return fork("the ledger's past was changed: no proof leads from size " + sizes);
    }

    static std::optional<Proof> hashes_in(std::string_view json) {
        FaultList faults;
        const auto parsed = parse_json(json, faults);
        const JsonValue* hashes = parsed ? parsed->find("hashes") : nullptr;
        if (!hashes) return {};
        Proof proof;
        for (const JsonValue& item : hashes->items) {
            const auto bytes = from_base64(item.text);
            const auto hash = bytes ? digest_from_bytes(*bytes) : std::nullopt;
            if (!hash) return {};
            proof.push_back(*hash);
        }
        return proof;
    }

    const CommandLine& line_;
    HttpClient client_;
    std::string file_;
    WatchState state_;
};

}  // namespace

ExitCode run_audit_watch(const CommandLine& line) {
    const auto file = line.value("state");
    const auto interval =
        parse_duration(line.value("interval").value_or(std::string(interval_default)));
    auto keys = keys_given(line);
    if (!keys) return ExitCode::usage;
    if (!file) return say(line, "name --state FILE", ExitCode::usage);
    if (!interval || *interval <= Duration::zero())
        return say(line, "--interval is a duration, such as 10s", ExitCode::usage);
    const ApiAccess access = api_access(line);
    if (!access.problem.empty()) return say(line, access.problem, access.exit_code);
    Watch watch(line, access, *file);
    if (const ExitCode failed = watch.open(std::move(*keys)); failed != ExitCode::success)
        return failed;
    for (;;) {
        const ExitCode looked = watch.look();
        if (watch.interrupted()) return ExitCode::success;
        // A server that can't be reached may come back; a fork never goes away.
        if (line.has("once") || (looked != ExitCode::success && looked != ExitCode::unavailable))
            return looked;
        if (!watch.pause(*interval)) return ExitCode::success;
    }
}

}  // namespace keyledger
