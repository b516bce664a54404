#include "http/admin/event_stream.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <string>

namespace keyledger {

namespace asio = boost::asio;

namespace {

constexpr std::size_t piece_bytes = 64 * 1024;
constexpr std::chrono::seconds heartbeat{10};
// What was decided before `until` is committed so much later at most.
constexpr std::chrono::seconds commit_grace{2};

void append_framed(std::string& piece, EventFraming framing, std::uint64_t seq,
                   std::string_view json) {
    if (framing == EventFraming::ndjson) {
        piece.append(json).append("\n");
        return;
    }
    piece.append("id: ").append(std::to_string(seq)).append("\ndata: ").append(json).append("\n\n");
}

}  // namespace

// Appends what a slice of looking finds. Returns false when there is nothing more up to `newest`.
bool EventStream::gather(std::uint64_t newest, std::string& piece) {
    while (piece.size() < piece_bytes && settings_.limit > 0) {
        std::string json;
        const EventSearch::Step step = search_.step(newest, json);
        if (!step.seq) return !step.at_end;
        append_framed(piece, settings_.framing, *step.seq, json);
        --settings_.limit;
    }
    return true;
}

asio::awaitable<std::string> EventStream::next() {
    std::string piece;
    // So that a client that has gone is noticed.
    const std::string_view sign = settings_.framing == EventFraming::ndjson ? "\n" : ":\n\n";
    const auto quiet_until = std::chrono::steady_clock::now() + heartbeat;
    while (settings_.limit > 0) {
        is_cut_ = !door_.still_holds(reader_, "events:read");
        if (is_cut_) co_return std::string();
        bool more = false;
        const auto look_on = [&] { more = gather(door_.tables().applied(), piece); };
        co_await door_.history_thread().once(look_on);
        if (!piece.empty()) co_return piece;
        if (more) {
            // A search that finds nothing says so now and then: its client may have gone.
            if (std::chrono::steady_clock::now() >= quiet_until) co_return std::string(sign);
            continue;
        }
        if (!settings_.follow || search_.is_over()) co_return piece;
        auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(
            quiet_until - std::chrono::steady_clock::now());
        if (wait.count() <= 0) co_return std::string(sign);
        if (const auto& until = search_.until()) {
            const Duration left = *until + commit_grace - door_.now();
            if (left.count() <= 0) co_return piece;
            wait = std::min(wait, std::chrono::ceil<std::chrono::milliseconds>(left));
        }
        const bool came = co_await signal_.wait(search_.next(), wait);
        if (!came && signal_.stopped()) co_return std::string();
    }
    co_return piece;
}

}  // namespace keyledger
