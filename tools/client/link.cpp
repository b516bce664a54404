#include "tools/client/link.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <poll.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace keyledger {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds connect_timeout{10};
// The server answers or refuses within 15 s by default, and a stream says something every 10 s.
constexpr std::chrono::seconds quiet_timeout{60};

using TcpStream = beast::tcp_stream;
using UnixStream = beast::basic_stream<asio::local::stream_protocol>;
using TlsStream = asio::ssl::stream<TcpStream>;

std::string text_of(const error_code& error) {
    if (error == beast::error::timeout) return "no answer in time";
    return error.message();
}

}  // namespace

struct LinkMaker::Waits {
    asio::io_context context;
    asio::signal_set signals{context};
    bool interrupted = false;
    std::optional<std::chrono::steady_clock::time_point> deadline;
    std::function<void()> cancel;  // ends what is waited for now

    // Starts an operation, and returns when it has ended.
    template <class Start>
    error_code finish(std::function<void()> cancel_it, Start start) {
        if (interrupted) return asio::error::operation_aborted;
        std::optional<error_code> result;
        cancel = std::move(cancel_it);
        start([&result](const error_code& error) { result = error; });
        context.restart();
        while (!result && context.run_one() > 0) {
        }
        cancel = nullptr;
        return result.value_or(asio::error::operation_aborted);
    }
};

namespace {

template <class Stream>
class StreamLink final : public Link {
public:
    template <class... Arguments>
    StreamLink(LinkMaker::Waits& waits, ServerUrl url, Arguments&&... arguments)
        : waits_(waits), url_(std::move(url)), stream_(std::forward<Arguments>(arguments)...) {}

    std::string connect() override {
        const std::string where = "can't reach " + base_url(url_) +
                                  (url_.path.empty() ? "" : " on unix:" + url_.path) + ": ";
        if (const error_code error = connect_stream()) return where + text_of(error);
        if (const error_code error = shake_hands()) return where + text_of(error);
        return {};
    }

    std::string write(std::string_view bytes) override {
        expire_after(quiet_timeout);
        const error_code error = wait([this, bytes](auto done) {
            asio::async_write(stream_, asio::buffer(bytes.data(), bytes.size()),
                              [done](const error_code& ended, std::size_t) { done(ended); });
        });
        return error ? text_of(error) : std::string();
    }

    LinkRead read(char* out, std::size_t bytes_max) override {
        LinkRead result;
        expire_after(quiet_timeout);
        const error_code error = wait([this, out, bytes_max, &result](auto done) {
            stream_.async_read_some(asio::buffer(out, bytes_max),
                                    [done, &result](const error_code& ended, std::size_t bytes) {
                                        result.bytes = bytes;
                                        done(ended);
                                    });
        });
        result.ended = error == asio::error::eof;
        if (error && !result.ended) result.problem = text_of(error);
        return result;
    }

    bool is_quiet() override {
        pollfd waited{lowest().socket().native_handle(), POLLIN, 0};
        return ::poll(&waited, 1, 0) == 0;
    }

private:
    static constexpr bool has_tls = std::is_same_v<Stream, TlsStream>;
    static constexpr bool is_unix = std::is_same_v<Stream, UnixStream>;

    auto& lowest() { return beast::get_lowest_layer(stream_); }

    void expire_after(std::chrono::seconds length) {
        const auto end = std::chrono::steady_clock::now() + length;
        lowest().expires_at(waits_.deadline ? std::min(end, *waits_.deadline) : end);
    }

    template <class Start>
    error_code wait(Start start) {
        return waits_.finish([this] { lowest().cancel(); }, std::move(start));
    }

    error_code connect_stream() {
        expire_after(connect_timeout);
        if constexpr (is_unix) {
            const asio::local::stream_protocol::endpoint endpoint(url_.path);
            return wait([this, &endpoint](auto done) { stream_.async_connect(endpoint, done); });
        } else {
            error_code error;
            asio::ip::tcp::resolver resolver(waits_.context);
            const auto found = resolver.resolve(url_.host, url_.port, error);
            if (error) return error;
            return wait([this, &found](auto done) {
                lowest().async_connect(
                    found, [done](const error_code& ended, const auto&) { done(ended); });
            });
        }
    }

    error_code shake_hands() {
        if constexpr (has_tls) {
            if (SSL_set_tlsext_host_name(stream_.native_handle(), url_.host.c_str()) != 1) {
                return asio::error::no_memory;
            }
            stream_.set_verify_callback(asio::ssl::host_name_verification(url_.host));
            return wait([this](auto done) {
                stream_.async_handshake(asio::ssl::stream_base::client, done);
            });
        } else {
            return {};
        }
    }

    LinkMaker::Waits& waits_;
    ServerUrl url_;
    Stream stream_;
};

// OpenSSL's context, with the stream that was made of it.
class TlsLink final : public Link {
public:
    TlsLink(LinkMaker::Waits& waits, const ServerUrl& url, asio::ssl::context context)
        : context_(std::move(context)), link_(waits, url, waits.context, context_) {}

    std::string connect() override { return link_.connect(); }
    std::string write(std::string_view bytes) override { return link_.write(bytes); }
    LinkRead read(char* out, std::size_t bytes_max) override { return link_.read(out, bytes_max); }
    bool is_quiet() override { return link_.is_quiet(); }

private:
    asio::ssl::context context_;
    StreamLink<TlsStream> link_;
};

}  // namespace

LinkMaker::LinkMaker(std::string authority)
    : authority_(std::move(authority)), waits_(std::make_unique<Waits>()) {}

LinkMaker::~LinkMaker() = default;

std::unique_ptr<Link> LinkMaker::make(const ServerUrl& url, std::string& problem) {
    if (url.scheme == UrlScheme::unix_socket) {
        return std::make_unique<StreamLink<UnixStream>>(*waits_, url, waits_->context);
    }
    if (url.scheme == UrlScheme::http) {
        return std::make_unique<StreamLink<TcpStream>>(*waits_, url, waits_->context);
    }
    error_code error;
    asio::ssl::context context(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    context.set_verify_mode(asio::ssl::verify_peer, error);
    if (authority_.empty()) {
        context.set_default_verify_paths(error);
    } else {
        context.load_verify_file(authority_, error);
    }
    if (error) {
        problem =
            "the authority's certificates can't be used: " + authority_ + ": " + error.message();
        return nullptr;
    }
    return std::make_unique<TlsLink>(*waits_, url, std::move(context));
}

void LinkMaker::stop_on_interrupt() {
    error_code error;
    waits_->signals.add(SIGINT, error);
    waits_->signals.add(SIGTERM, error);
    waits_->signals.async_wait([waits = waits_.get()](const error_code& ended, int) {
        if (ended) return;
        waits->interrupted = true;
        if (waits->cancel) waits->cancel();
    });
}

void LinkMaker::set_deadline(std::optional<std::chrono::steady_clock::time_point> deadline) {
    waits_->deadline = deadline;
}

bool LinkMaker::interrupted() const {
    return waits_->interrupted;
}

void LinkMaker::pause(std::chrono::milliseconds length) {
    asio::steady_timer timer(waits_->context, length);
    waits_->finish([&timer] { timer.cancel(); }, [&timer](auto done) { timer.async_wait(done); });
}

}  // namespace keyledger
