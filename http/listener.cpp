#include "http/listener.hpp"

#include "http/coroutines.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <netinet/in.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace keyledger {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

Opened refuse(const std::string& where, const std::string& what) {
    return {{}, 0, where + ": " + what};
}

tcp::endpoint resolve(const std::string& host, std::uint16_t port, const HttpExecutor& executor,
                      error_code& error) {
    const asio::ip::address address = asio::ip::make_address(host, error);
    if (!error) return {address, port};
    tcp::resolver resolver(executor);
    const auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, error);
    return error ? tcp::endpoint() : found.begin()->endpoint();
}

// Connections inherit TCP_NODELAY: an answer leaves in one piece, and nothing follows to wait for.
void open(HttpAcceptor& acceptor, const tcp::endpoint& endpoint, error_code& error) {
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor.set_option(tcp::no_delay(true), error);
}

std::uint16_t port_of(const HttpAcceptor& acceptor, error_code& error) {
    const auto endpoint = acceptor.local_endpoint(error);
    tcp::endpoint bound;
    if (error || endpoint.size() > bound.capacity()) return 0;
    std::memcpy(bound.data(), endpoint.data(), endpoint.size());
    return bound.port();
}

enum class UnixPath { free, stale, in_use, not_a_socket };

UnixPath probe(const std::string& path, const HttpExecutor& executor) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return UnixPath::free;
    if (!S_ISSOCK(status.st_mode)) return UnixPath::not_a_socket;
    asio::local::stream_protocol::socket socket(executor);
    error_code error;
    socket.open(asio::local::stream_protocol(), error);
    if (!error) socket.non_blocking(true, error);
    if (!error) socket.connect(asio::local::stream_protocol::endpoint(path), error);
    return error == asio::error::connection_refused ? UnixPath::stale : UnixPath::in_use;
}

// IPv4 stands as IPv4-mapped IPv6; no address on a unix socket.
Peer peer_of(const asio::generic::stream_protocol::endpoint& endpoint) {
    Peer peer;
    const sockaddr* const address = endpoint.data();
    if (address->sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, address, sizeof v6);
        std::memcpy(peer.address.emplace().bytes.data(), &v6.sin6_addr, 16);
    } else if (address->sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, address, sizeof v4);
        auto& bytes = peer.address.emplace().bytes;
        bytes[10] = bytes[11] = 0xff;
        std::memcpy(bytes.data() + 12, &v4.sin_addr, 4);
    } else {
        peer.unix_socket = true;
    }
    return peer;
}

void serve(Sessions& target, ConnectionGate& gate, HttpSocket socket, const Peer& peer,
           const TlsContext& tls) {
    if (!gate.enter()) {
        tls ? target.drop(std::move(socket)) : target.refuse(std::move(socket), peer);
    } else if (tls) {
        target.start_tls(std::move(socket), peer, tls);
    } else {
        target.start(std::move(socket), peer);
    }
}

}  // namespace

// The first socket is bound without SO_REUSEPORT, or a second server of the same user would take
// the port in silence; with the option set thereafter, the others may join it, and no moment passes
// in which the port is free. None listens before all are bound.
Opened open_tcp(const std::string& host, std::uint16_t port,
                std::span<const HttpExecutor> executors) {
    const std::string where = "listen " + host + ":" + std::to_string(port);
    error_code error;
    tcp::endpoint endpoint = resolve(host, port, executors.front(), error);
    if (error) return refuse(where, error.message());
    Opened opened;
    for (const HttpExecutor& executor : executors) {
        HttpAcceptor& acceptor = opened.acceptors.emplace_back(executor);
        const bool first = opened.acceptors.size() == 1;
        open(acceptor, endpoint, error);
        if (!error && !first) acceptor.set_option(ReusePort(true), error);
        if (!error) acceptor.bind(endpoint, error);
        if (!error && first) acceptor.set_option(ReusePort(true), error);
        if (!error && first) endpoint.port(port_of(acceptor, error));
        if (error) return refuse(where, error.message());
    }
    for (HttpAcceptor& acceptor : opened.acceptors) {
        acceptor.listen(accept_backlog, error);
        if (error) return refuse(where, error.message());
    }
    opened.port = endpoint.port();
    return opened;
}

Opened open_unix(const std::string& path, const HttpExecutor& executor) {
    const std::string where = "listen " + path;
    if (path.size() >= sizeof sockaddr_un{}.sun_path) return refuse(where, "the path is too long");
    switch (probe(path, executor)) {
        case UnixPath::in_use:
            return refuse(where, "somebody answers there");
        case UnixPath::not_a_socket:
            return refuse(where, "there is a file that is no socket");
        case UnixPath::stale:
            ::unlink(path.c_str());
            break;
        case UnixPath::free:
            break;
    }
    Opened opened;
    HttpAcceptor& acceptor = opened.acceptors.emplace_back(executor);
    const asio::local::stream_protocol::endpoint endpoint(path);
    error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.bind(endpoint, error);
    if (error) return refuse(where, error.message());
    // Nobody can connect before it listens, and by then it has its mode.
    if (::chmod(path.c_str(), 0660) != 0) return refuse(where, std::strerror(errno));
    acceptor.listen(accept_backlog, error);
    if (error) return refuse(where, error.message());
    return opened;
}

Listener::Listener(HttpAcceptor acceptor, std::vector<Sessions*> targets, ConnectionGate& gate,
                   spdlog::logger& log, TlsContext tls, std::string unix_path)
    : acceptor_(std::move(acceptor)),
      targets_(std::move(targets)),
      gate_(gate),
      log_(log),
      tls_(std::move(tls)),
      unix_path_(std::move(unix_path)) {}

void Listener::start() {
    asio::co_spawn(acceptor_.get_executor(), accept_for_ever(), LogFailure{log_});
}

void Listener::stop() {
    if (!unix_path_.empty() && acceptor_.is_open()) ::unlink(unix_path_.c_str());
    error_code ignored;
    acceptor_.close(ignored);
}

HttpTask<void> Listener::accept_for_ever() {
    HttpTimer pause(acceptor_.get_executor());
    bool told = false;
    while (acceptor_.is_open()) {
        asio::generic::stream_protocol::endpoint from;
        const HttpExecutor executor = targets_[next_target_]->executor();
        auto [error, socket] = co_await acceptor_.async_accept(executor, from, as_result);
        if (!error) {
            told = false;
            hand_over(std::move(socket), peer_of(from));
            continue;
        }
        if (error == asio::error::operation_aborted) co_return;
        if (error == asio::error::connection_aborted) continue;
        // Most likely there is no descriptor left. The connection stays in the backlog, so to try
        // again at once would only burn the processor.
        if (!std::exchange(told, true)) log_.error("accept_failed error=\"{}\"", error.message());
        pause.expires_after(accept_pause);
        co_await pause.async_wait(as_result);
    }
}

void Listener::hand_over(HttpSocket socket, const Peer& peer) {
    Sessions& target = *targets_[next_target_];
    next_target_ = (next_target_ + 1) % targets_.size();
    if (target.executor() == acceptor_.get_executor()) {
        return serve(target, gate_, std::move(socket), peer, tls_);
    }
    asio::post(target.executor(),
               [&target, &gate = gate_, socket = std::move(socket), peer, tls = tls_]() mutable {
                   serve(target, gate, std::move(socket), peer, tls);
               });
}

}  // namespace keyledger
