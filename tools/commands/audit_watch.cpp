#include "http/json_document.hpp"
#include "ledger/base/bytes.hpp"
#include "ledger/base/clock.hpp"
#include "ledger/log/checkpoint_file.hpp"
#include "ledger/log/descriptor.hpp"
#include "tools/client/http_client.hpp"
#include "tools/commands/api.hpp"
#include "tools/commands/audit.hpp"
#include "tools/commands/audit_say.hpp"
#include "tools/commands/away_notice.hpp"
#include "tools/commands/watch_state.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>

namespace keyledger {
namespace {

constexpr std::string_view interval_default = "10s";
// A server that sends a byte now and then, or bytes without end, must not hold the watch up.
constexpr CallLimits text_limits{.body_bytes = std::size_t{64} * 1024,
                                 .time = std::chrono::seconds(30)};
constexpr CallLimits proof_limits{.body_bytes = std::size_t{1024} * 1024,
                                  .time = std::chrono::seconds(30)};
// A server that is being restarted may show a checkpoint and fail to prove it, now and then.
constexpr unsigned looks_without_proof_max = 5;

std::optional<Proof> hashes_in(std::string_view json) {
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

std::string why(const HttpAnswer& answer) {
    return answer.status == 0 ? answer.problem
                              : "the server answered " + std::to_string(answer.status);
}

// A question to the server, and what came of it.
struct Asked {
    std::string target;
    HttpAnswer answer;
};

std::string to_text(const Asked& asked) {
    return "GET " + asked.target + "\n" + std::to_string(asked.answer.status) + " " +
           asked.answer.problem + "\n" + asked.answer.body + "\n";
}

// One server, looked at again and again.
class Watch {
public:
    Watch(const CommandLine& line, const ApiAccess& access, std::string file)
        : line_(line), client_(access.url, access.authority), file_(std::move(file)) {
        client_.stop_on_interrupt();
    }

    // The state that is kept, and the keys of --key; a problem is said. So is a fork that was found
    // before: a server that shows its other face again is not the better for it.
    ExitCode open(std::vector<VerifierKey> keys) {
        std::error_code error;
        if (std::filesystem::exists(fork_file(), error)) {
            return say(
                line_,
                fork_file() + " has the evidence of a fork; move it away when it is dealt with",
                ExitCode::integrity);
        }
        const FileBytes state = read_regular_file(file_, watch_state_bytes_max);
        if (state.is_missing) {
            // What is pending of an older state has nothing to go on from.
            std::filesystem::remove(pending_file(), error);
            state_.keys = std::move(keys);
            return ExitCode::success;
        }
        auto parsed = state.fault ? std::nullopt : parse_watch_state(state.bytes);
        if (!parsed) return say_no_state(state, file_);
        state_ = std::move(*parsed);
        written_ = state.bytes;
        if (!state_.grew) state_.grew = system_clock().now();
        take_given_keys(state_, std::move(keys));
        return open_pending();
    }

    ExitCode look() {
        if (state_.keys.empty()) {
            if (const ExitCode failed = ask_key(); failed != ExitCode::success) return failed;
        }
        const HttpAnswer answer = ask("/checkpoint", text_limits);
        if (answer.status != 200) return unavailable(answer);
        if (away_.succeeded()) say(line_, "the server answers again", ExitCode::success);
        const auto now = open_checkpoint(answer.body, state_.keys);
        if (!now) {
            return say(line_, "the checkpoint is not signed by a key that is known here",
                       ExitCode::integrity);
        }
        learn_keys(now->note);
        // What was signed before must be proved first: a fork does not go away by another answer.
        if (pending_) {
            const SignedCheckpoint before = pending_->checkpoint;
            if (const ExitCode failed = follow(before); failed != ExitCode::success) return failed;
        }
        return follow(*now);
    }

    // Whether nothing new was seen for that long.
    bool is_stale(Duration age_max) const {
        return state_.grew && system_clock().now() - *state_.grew > age_max;
    }
    ExitCode say_stale() {
        return say(line_, "no newer checkpoint since " + to_rfc3339(*state_.grew),
                   ExitCode::integrity);
    }

    bool pause(std::chrono::milliseconds length) {
        client_.pause(length);
        return !client_.interrupted();
    }
    bool interrupted() const { return client_.interrupted(); }

private:
    const TreeHead& tree() const { return state_.seen->checkpoint.tree; }
    std::string pending_file() const { return file_ + ".pending"; }
    std::string fork_file() const { return file_ + ".fork"; }

    ExitCode say_no_state(const FileBytes& read, const std::string& file) {
        return say(line_, read.fault ? read.fault->what : file + " is no state of a watch",
                   ExitCode::error);
    }

    ExitCode open_pending() {
        const FileBytes read = read_regular_file(pending_file(), watch_state_bytes_max);
        if (read.is_missing) return ExitCode::success;
        std::vector<VerifierKey> keys = state_.keys;
        keys.insert(keys.end(), state_.retired.begin(), state_.retired.end());
        if (!read.fault) pending_ = parse_pending(read.bytes, keys);
        return pending_ ? ExitCode::success : say_no_state(read, pending_file());
    }

    HttpAnswer ask(std::string target, const CallLimits& limits) {
        HttpCall call;
        call.target = std::move(target);
        return client_.call(call, limits);
    }

    ExitCode unavailable(const HttpAnswer& answer) {
        if (away_.failed(std::chrono::steady_clock::now()))
            say(line_, why(answer), ExitCode::unavailable);
        return ExitCode::unavailable;
    }

    // Trust on first use: from here on the key is held to.
    ExitCode ask_key() {
        HttpAnswer answer = ask("/v1/ledger/key", text_limits);
        if (answer.status != 200) return unavailable(answer);
        while (answer.body.ends_with('\n')) answer.body.pop_back();
        const auto key = parse_verifier_key(answer.body);
        if (!key) return say(line_, "the server's answer is no verifier key", ExitCode::integrity);
        state_.keys.push_back(*key);
        return ExitCode::success;
    }

    // After a rotation both keys sign for a while: the older one vouches for the newer one.
    void learn_keys(const SignedNote& note) {
        if (has_newer_signature(note, state_.keys)) {
            const HttpAnswer policy = ask("/v1/ledger/policy", text_limits);
            if (policy.status == 200) {
                const auto newer = newer_keys(note, state_.keys, policy.body);
                for (const VerifierKey& key : newer)
                    show("the log's key was rotated: " + to_text(key) + " signs too\n");
                state_.keys.insert(state_.keys.begin(), newer.begin(), newer.end());
            }
        }
        retire_keys(state_, note);
    }

    // Goes on to that checkpoint, if what was seen is its beginning.
    ExitCode follow(const SignedCheckpoint& next) {
        const TreeHead& there = next.checkpoint.tree;
        const bool is_new = !state_.seen || there != tree();
        if (state_.seen && is_new) {
            if (const ExitCode failed = extends(next); failed != ExitCode::success) return failed;
        }
        state_.seen = next;
        if (is_new) state_.grew = system_clock().now();
        if (const std::string text = to_text(state_); text != written_) {
            if (const auto fault = replace_file(file_, text))
                return say(line_, fault->what, ExitCode::error);
            written_ = text;
        }
        forget_pending();
        if (!is_new) return ExitCode::success;
        return show("size=" + std::to_string(there.size) +
                    " root=" + to_base64(view_of(there.root)) + "\n");
    }

    void forget_pending() {
        if (!pending_) return;
        pending_.reset();
        std::error_code error;
        std::filesystem::remove(pending_file(), error);  // what stays is proved again
    }

    ExitCode extends(const SignedCheckpoint& next) {
        const TreeHead& there = next.checkpoint.tree;
        const std::string sizes = std::to_string(tree().size) + " to " + std::to_string(there.size);
        if (there.size < tree().size) return fork("the ledger became shorter, from " + sizes, next);
        if (there.size == tree().size)
            return fork("two different ledgers of size " + std::to_string(there.size), next);
        Asked asked{"/v1/ledger/proofs/consistency?from=" + std::to_string(tree().size) +
                        "&to=" + std::to_string(there.size),
                    {}};
        asked.answer = ask(asked.target, proof_limits);
        if (asked.answer.status != 200) return not_proved(next, asked);
        const std::optional<Proof> proof = hashes_in(asked.answer.body);
        if (proof && verify_consistency({tree(), there}, *proof)) return ExitCode::success;
        return fork("the ledger's past was changed: no proof leads from size " + sizes, next,
                    to_text(asked));
    }

    // A fork may hide behind an error: what was signed is kept until it is proved.
    ExitCode not_proved(const SignedCheckpoint& next, const Asked& asked) {
        if (client_.interrupted()) return ExitCode::unavailable;
        pending_ = PendingCheckpoint{next, (pending_ ? pending_->looks : 0) + 1};
        if (const auto fault = replace_file(pending_file(), to_text(*pending_)))
            return say(line_, fault->what, ExitCode::error);
        const std::string size = std::to_string(next.checkpoint.tree.size);
        if (pending_->looks < looks_without_proof_max) {
            return say(line_,
                       "no proof of the checkpoint of size " + size + ": " + why(asked.answer),
                       ExitCode::unavailable);
        }
        return fork("the server signed a checkpoint of size " + size + " that it can't prove, in " +
                        std::to_string(pending_->looks) + " looks: " + why(asked.answer),
                    next, to_text(asked));
    }

    // Shows and keeps what the log signed beside what was seen: whoever has both can convict it.
    ExitCode fork(const std::string& what, const SignedCheckpoint& other,
                  const std::string& answer = {}) {
        const std::string note = to_text(other.note);
        show(note);
        const auto fault = replace_file(
            fork_file(), what + "\n\n" + to_text(state_.seen->note) + "\n" + note + "\n" + answer);
        return say(line_,
                   what + (fault ? " (" + fault->what + ")" : " (kept in " + fork_file() + ")"),
                   ExitCode::integrity);
    }

    const CommandLine& line_;
    HttpClient client_;
    std::string file_;
    WatchState state_;
    std::string written_;  // what the file holds
    AwayNotice away_;
    std::optional<PendingCheckpoint> pending_;
};

ExitCode watch_on(const CommandLine& line, Watch& watch, Duration interval,
                  const std::optional<Duration>& age_max) {
    for (;;) {
        const ExitCode looked = watch.look();
        if (watch.interrupted()) return ExitCode::success;
        // A server that can't be reached may come back; a fork never goes away.
        if (looked != ExitCode::success && looked != ExitCode::unavailable) return looked;
        if (age_max && watch.is_stale(*age_max)) return watch.say_stale();
        if (line.has("once")) return looked;
        if (!watch.pause(interval)) return ExitCode::success;
    }
}

}  // namespace

ExitCode run_audit_watch(const CommandLine& line) {
    const auto file = line.value("state");
    const auto interval =
        parse_duration(line.value("interval").value_or(std::string(interval_default)));
    const auto age_text = line.value("max-age");
    const auto age_max = age_text ? parse_duration(*age_text) : std::nullopt;
    auto keys = keys_given(line);
    if (!keys) return ExitCode::usage;
    if (!file) return say(line, "name --state FILE", ExitCode::usage);
    if (!interval || *interval <= Duration::zero())
        return say(line, "--interval is a duration, such as 10s", ExitCode::usage);
    if (age_text && !age_max)
        return say(line, "--max-age is a duration, such as 1h", ExitCode::usage);
    const ApiAccess access = api_access(line);
    if (!access.problem.empty()) return say(line, access.problem, access.exit_code);
    Watch watch(line, access, *file);
    const ExitCode opened = watch.open(std::move(*keys));
    return opened == ExitCode::success ? watch_on(line, watch, *interval, age_max) : opened;
}

}  // namespace keyledger
