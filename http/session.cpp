#include "http/session.hpp"

#include "http/body_stream.hpp"
#include "http/conversation.hpp"
#include "http/session_pool.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <openssl/ssl.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cassert>
#include <ctime>
#include <exception>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace keyledger {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

using TlsStream = asio::ssl::stream<HttpSocket>;

// In a row without a look at other connections.
constexpr int inline_reads_max = 16;

std::chrono::sys_seconds wall_clock() {
    return std::chrono::sys_seconds(std::chrono::seconds(std::time(nullptr)));
}

// A plain connection or one with TLS. TLS does everything by asynchronous operations; a plain one
// first tries to write at once, since a small answer nearly always goes out whole.
template <class Stream>
class Connection final : public Session {
public:
    template <class... StreamArguments>
    Connection(SessionPool& pool, Gate gate, StreamArguments&&... arguments)
        : Session(pool, gate), stream_(std::forward<StreamArguments>(arguments)...) {}

    // The whole life of the connection. `self` is this one; it ends with the coroutine.
    HttpTask<void> run(std::unique_ptr<Connection> self, Peer peer);

private:
    using Step = Conversation::Step;
    static constexpr bool plain = std::is_same_v<Stream, HttpSocket>;

    HttpSocket& socket() override {
        if constexpr (plain) {
            return stream_;
        } else {
            return stream_.next_layer();
        }
    }

    // Each is false if the connection cannot go on.
    HttpTask<bool> shake_hands(Peer& peer);
    HttpTask<bool> read();
    HttpTask<bool> write();
    HttpTask<bool> send_stream();

    HttpTask<void> await_answer();
    HttpTask<void> close_gently();

    bool write_at_once();
    error_code read_at_once(std::size_t& bytes);
    void wait_for_bytes();
    auto cancellable() {
        return asio::bind_cancellation_slot(service_cancelled_.slot(), as_result);
    }

    Stream stream_;
    std::optional<Conversation> talk_;
    std::size_t written_ = 0;          // of the conversation's output
    std::uint64_t timed_request_ = 0;  // the number of the request that began then; 0: none yet
    TimePoint request_began_{};
    int inline_reads_ = inline_reads_max;  // that may still be tried
    Step step_ = Step::read;
};

template <class Stream>
HttpTask<void> Connection<Stream>::run(std::unique_ptr<Connection> self, Peer peer) {
    assert(self.get() == this);
    if constexpr (!plain) {
        if (!co_await shake_hands(peer)) co_return;
    }
    talk_.emplace(pool_.service, pool_.log, pool_.counts, pool_.date, peer);
    if (gate_ == Gate::refused) step_ = talk_->refuse(TransportFault::overloaded);
    for (;;) {
        if (!write_at_once()) {
            if (!co_await write()) co_return;
        }
        switch (step_) {
            case Step::read:
                if (!co_await read()) co_return;
                break;
            case Step::send:
                step_ = talk_->advance(wall_clock(), pool_.serving);
                break;
            case Step::wait:
                co_await await_answer();
                break;
            case Step::stream:
                if (!co_await send_stream()) co_return;
                step_ = talk_->end_stream();
                break;
            case Step::close:
                co_await close_gently();
                co_return;
        }
    }
}

template <class Stream>
HttpTask<bool> Connection<Stream>::shake_hands(Peer& peer) {
    if constexpr (!plain) {
        wait_for(Waiting::handshake, pool_.limits.handshake);
        const auto [error] =
            co_await stream_.async_handshake(asio::ssl::stream_base::server, as_result);
        end_wait();
        if (error) {
            pool_.log.debug("handshake_failed error=\"{}\"", error.message());
            co_return false;
        }
        peer.client_certificate = client_verified(stream_.native_handle());
    }
    co_return true;
}

template <class Stream>
HttpTask<bool> Connection<Stream>::read() {
    if (pool_.serving == Serving::ending && talk_->idle()) co_return false;
    std::size_t bytes = 0;
    error_code error = read_at_once(bytes);
    if (error == asio::error::would_block) {
        wait_for_bytes();
        const std::span<char> space = talk_->space();
        const auto buffer = asio::buffer(space.data(), space.size());
        std::tie(error, bytes) = co_await stream_.async_read_some(buffer, as_result);
        inline_reads_ = bytes == space.size() ? inline_reads_max : 0;
        const bool too_slow = end_wait();
        if (too_slow && error) {
            step_ = talk_->refuse(TransportFault::too_slow);
            co_return true;
        }
    }
    if (error) co_return false;
    talk_->received(bytes);
    step_ = talk_->advance(wall_clock(), pool_.serving);
    co_return true;
}

// Where the last read filled the whole buffer, there is most likely more.
template <class Stream>
error_code Connection<Stream>::read_at_once(std::size_t& bytes) {
    error_code error = asio::error::would_block;
    if constexpr (plain) {
        if (inline_reads_ == 0) return error;
        --inline_reads_;
        const std::span<char> space = talk_->space();
        bytes = stream_.read_some(asio::buffer(space.data(), space.size()), error);
        if (bytes != space.size()) inline_reads_ = 0;
    }
    return error;
}

template <class Stream>
void Connection<Stream>::wait_for_bytes() {
    const SessionLimits& limits = pool_.limits;
    if (talk_->idle()) return wait_for(Waiting::idle, limits.idle);
    if (timed_request_ != talk_->requests() + 1) {
        timed_request_ = talk_->requests() + 1;
        request_began_ = pool_.now;
    }
    const std::chrono::seconds for_body(talk_->body_bytes() / limits.body_bytes_per_second_min);
    wait_for(Waiting::request, limits.request);
    deadline_ = request_began_ + limits.request + for_body + limits.sweep;
}

// True if nothing is left to be written.
template <class Stream>
bool Connection<Stream>::write_at_once() {
    if constexpr (plain) {
        while (written_ < talk_->output().size()) {
            const std::string_view rest = talk_->output().substr(written_);
            error_code error;
            written_ += stream_.write_some(asio::buffer(rest.data(), rest.size()), error);
            // What is wrong with the connection comes to light in write().
            if (error) return false;
        }
    }
    if (written_ < talk_->output().size()) return false;
    if (written_ > 0) talk_->sent_all();
    written_ = 0;
    return true;
}

template <class Stream>
HttpTask<bool> Connection<Stream>::write() {
    while (written_ < talk_->output().size()) {
        wait_for(Waiting::write, pool_.limits.write_stall);
        const std::string_view rest = talk_->output().substr(written_);
        const auto buffer = asio::buffer(rest.data(), rest.size());
        const auto [error, bytes] = co_await stream_.async_write_some(buffer, as_result);
        end_wait();
        if (error) co_return false;
        written_ += bytes;
    }
    talk_->sent_all();
    written_ = 0;
    co_return true;
}

template <class Stream>
HttpTask<void> Connection<Stream>::await_answer() {
    wait_for(Waiting::service, pool_.limits.look_for_peer);
    auto answer = pool_.service.answer(talk_->request(), talk_->response());
    const auto [failure] =
        co_await asio::co_spawn(pool_.any_executor, std::move(answer), cancellable());
    end_wait();
    step_ = talk_->answered(failure, pool_.serving);
}

// The head has been written. A stream that is cut short ends without its last chunk, by which the
// client can tell.
template <class Stream>
HttpTask<bool> Connection<Stream>::send_stream() {
    BodyStream& stream = *talk_->response().stream;
    for (;;) {
        wait_without_limit(Waiting::stream);
        auto next = stream.next();
        const auto [failure, piece] =
            co_await asio::co_spawn(pool_.any_executor, std::move(next), cancellable());
        end_wait();
        if (pool_.serving == Serving::ending) co_return false;
        if (failure) {
            pool_.log.error("stream_broke");
            co_return false;
        }
        if (piece.empty()) co_return !stream.is_cut();
        talk_->piece(piece);
        if (!write_at_once()) {
            if (!co_await write()) co_return false;
        }
    }
}

// The last answer is written. To close at once would throw it away at the client's end if bytes of
// the client's were still on their way: so only our direction is closed, and the rest is read.
template <class Stream>
HttpTask<void> Connection<Stream>::close_gently() {
    const SessionLimits& limits = pool_.limits;
    const TimePoint end = pool_.now + limits.linger;
    const auto wait = pool_.serving == Serving::ending ? limits.sweep : limits.linger_idle;
    wait_for(Waiting::linger, wait);
    if constexpr (!plain) co_await stream_.async_shutdown(as_result);
    error_code ignored;
    socket().shutdown(HttpSocket::shutdown_send, ignored);
    std::size_t drained = 0;
    while (drained < drained_bytes_max && socket().is_open()) {
        const auto buffer = asio::buffer(pool_.discarded);
        const auto [error, bytes] = co_await socket().async_read_some(buffer, as_result);
        if (error) co_return;
        drained += bytes;
        wait_for(Waiting::linger, wait);
        deadline_ = std::min(deadline_, end);
    }
}

template <class Stream, class... StreamArguments>
void launch(SessionPool& pool, Session::Gate gate, const Peer& peer,
            StreamArguments&&... arguments) {
    auto connection = std::make_unique<Connection<Stream>>(
        pool, gate, std::forward<StreamArguments>(arguments)...);
    Connection<Stream>& started = *connection;
    asio::co_spawn(pool.executor, started.run(std::move(connection), peer), LogFailure{pool.log});
}

}  // namespace

Sessions::Sessions(boost::asio::io_context& io, Service& service, spdlog::logger& log,
                   ConnectionGate& gate, const SessionLimits& limits)
    : pool_(std::make_unique<SessionPool>(io, service, log, gate, limits)) {
    pool_->start_sweep();
}

Sessions::~Sessions() = default;

HttpExecutor Sessions::executor() const {
    return pool_->executor;
}

void Sessions::start(HttpSocket socket, const Peer& peer) {
    if (pool_->serving == Serving::ending) return pool_->gate.leave();
    pool_->counts.accepted.add(1);
    error_code ignored;
    socket.non_blocking(true, ignored);
    launch<HttpSocket>(*pool_, Session::Gate::entered, peer, std::move(socket));
}

void Sessions::start_tls(HttpSocket socket, const Peer& peer, const TlsContext& tls) {
    if (pool_->serving == Serving::ending) return pool_->gate.leave();
    SSL* const connection = SSL_new(tls.get());  // The stream takes it over.
    if (connection == nullptr) return pool_->gate.leave();
    pool_->counts.accepted.add(1);
    launch<TlsStream>(*pool_, Session::Gate::entered, peer, std::move(socket), connection);
}

void Sessions::refuse(HttpSocket socket, const Peer& peer) {
    pool_->counts.refused.add(1);
    if (pool_->serving == Serving::ending || pool_->refusals >= pool_->limits.refusals_max) return;
    error_code ignored;
    socket.non_blocking(true, ignored);
    launch<HttpSocket>(*pool_, Session::Gate::refused, peer, std::move(socket));
}

void Sessions::drop(HttpSocket socket) {
    pool_->counts.refused.add(1);
    error_code ignored;
    socket.close(ignored);
}

void Sessions::stop(std::function<void()> when_empty) {
    pool_->stop(std::move(when_empty));
}

void Sessions::stop_now() {
    pool_->stop_now();
}

const ThreadCounts& Sessions::counts() const {
    return pool_->counts;
}

}  // namespace keyledger
