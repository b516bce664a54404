#include "tools/client/http_client.hpp"

#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <ctime>
#include <limits>
#include <utility>

namespace keyledger {

namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

bool same_name(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) ==
               std::tolower(static_cast<unsigned char>(b));
    });
}

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char character) {
        return static_cast<unsigned char>(character) < ' ' || character == '\x7f';
    });
}

// The bytes of a request, or a problem: a value that would end its line.
std::string request_text(const ServerUrl& url, const HttpCall& call, std::string& problem) {
    std::string out = call.method + " " + call.target + " HTTP/1.1\r\nHost: " + host_header(url);
    out += "\r\nUser-Agent: keyledger/" KEYLEDGER_VERSION "\r\n";
    for (const HttpHeader& header : call.headers) {
        if (has_control(header.value)) problem = header.name + ": has a control character";
        out += header.name + ": " + header.value + "\r\n";
    }
    const bool has_body = !call.body.empty() || call.method != "GET";
    if (has_body) out += "Content-Length: " + std::to_string(call.body.size()) + "\r\n";
    return out + "\r\n" + call.body;
}

bool twice_is_as_once(const HttpCall& call) {
    if (call.method == "GET" || call.method == "PUT") return true;
    return std::any_of(call.headers.begin(), call.headers.end(), [](const HttpHeader& header) {
        return same_name(header.name, "Idempotency-Key");
    });
}

// Takes an answer out of the bytes as they come.
class AnswerReader {
public:
    AnswerReader(const HttpClient::Take& take, std::size_t body_bytes_max)
        : take_(take), body_bytes_max_(body_bytes_max) {
        parser_.body_limit(std::numeric_limits<std::uint64_t>::max());
        parser_.header_limit(header_bytes_max);
    }

    bool done() const { return stopped_ || (parser_.is_done() && !is_too_long_); }
    bool keeps_connection() const { return !stopped_ && done() && parser_.keep_alive(); }

    // Returns false where the bytes are no answer.
    bool put(std::string_view bytes) {
        pending_.append(bytes);
        error_code error;
        while (!done() && !pending_.empty()) {
            auto& body = parser_.get().body();
            body.data = chunk_.data();
            body.size = chunk_.size();
            const std::size_t used =
                parser_.put(boost::asio::buffer(pending_.data(), pending_.size()), error);
            pending_.erase(0, used);
            if (parser_.is_header_done() && !took_head_) take_head();
            if (took_head_ && !take_body(chunk_.size() - body.size)) return false;
            if (error == http::error::need_more) return true;
            if (error && error != http::error::need_buffer) return false;
        }
        return true;
    }

    // The connection ended: so does a body that has no length.
    void put_end() {
        error_code error;
        if (took_head_) parser_.put_eof(error);
    }

    HttpAnswer& answer() { return answer_; }

private:
    static constexpr std::uint32_t header_bytes_max = 64 * 1024;

    void take_head() {
        took_head_ = true;
        answer_.status = static_cast<int>(parser_.get().result_int());
        for (const auto& field : parser_.get()) {
            answer_.headers.push_back({std::string(field.name_string()), field.value()});
        }
    }

    bool take_body(std::size_t bytes) {
        const std::string_view piece(chunk_.data(), bytes);
        if (take_ && answer_.status / 100 == 2) {
            if (!piece.empty()) stopped_ = !take_(piece);
            return true;
        }
        answer_.body.append(piece);
        is_too_long_ = answer_.body.size() > body_bytes_max_;
        return !is_too_long_;
    }

    const HttpClient::Take& take_;
    std::size_t body_bytes_max_;
    http::response_parser<http::buffer_body> parser_;
    std::array<char, 16 * 1024> chunk_{};
    std::string pending_;
    HttpAnswer answer_;
    bool took_head_ = false;
    bool stopped_ = false;
    bool is_too_long_ = false;
};

}  // namespace

std::string_view HttpAnswer::header(std::string_view name) const {
    for (const HttpHeader& header : headers) {
        if (same_name(header.name, name)) return header.value;
    }
    return {};
}

std::optional<std::chrono::sys_seconds> HttpAnswer::date() const {
    std::tm broken{};
    const std::string text(header("Date"));  // "Sun, 06 Nov 1994 08:49:37 GMT"
    const char* const end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &broken);
    if (!end || *end != '\0') return std::nullopt;
    return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&broken)));
}

HttpClient::HttpClient(ServerUrl url, std::string authority)
    : url_(std::move(url)), links_(std::move(authority)) {}

std::string HttpClient::connect() {
    std::string problem;
    link_ = links_.make(url_, problem);
    if (link_) problem = link_->connect();
    if (!problem.empty()) link_.reset();
    return problem;
}

HttpAnswer HttpClient::attempt(const std::string& request, const Take& take,
                               std::size_t body_bytes_max, bool& nothing_came) {
    AnswerReader reader(take, body_bytes_max);
    HttpAnswer failed;
    failed.problem = link_->write(request);
    // A server that refuses a body may answer before it has all of it.
    bool may_read = true;
    while (may_read && !reader.done()) {
        std::array<char, 64 * 1024> buffer;
        const LinkRead read = link_->read(buffer.data(), buffer.size());
        if (read.bytes > 0) {
            nothing_came = false;
            if (reader.put({buffer.data(), read.bytes})) continue;
            failed.problem = "the server's answer is not HTTP, or too long";
        } else if (read.ended) {
            reader.put_end();
            if (failed.problem.empty()) failed.problem = "the server closed the connection";
        } else if (failed.problem.empty()) {
            failed.problem = read.problem;
        }
        may_read = false;
    }
    failed.interrupted = links_.interrupted();
    if (!reader.keeps_connection()) link_.reset();
    if (!reader.done()) return failed;
    return std::move(reader.answer());
}

HttpAnswer HttpClient::call(const HttpCall& call, const CallLimits& limits) {
    return stream(call, {}, limits);
}

HttpAnswer HttpClient::stream(const HttpCall& call, const Take& take, const CallLimits& limits) {
    links_.set_deadline(limits.time ? std::optional(std::chrono::steady_clock::now() + *limits.time)
                                    : std::nullopt);
    HttpAnswer refused;
    const std::string request = request_text(url_, call, refused.problem);
    if (!refused.problem.empty()) return refused;
    if (link_ && !link_->is_quiet()) link_.reset();
    const bool kept = link_ != nullptr;
    if (!kept) refused.problem = connect();
    refused.interrupted = interrupted();
    if (!link_) return refused;
    bool nothing_came = true;
    HttpAnswer answer = attempt(request, take, limits.body_bytes, nothing_came);
    const bool closed_meanwhile = answer.status == 0 && kept && nothing_came;
    if (!closed_meanwhile || interrupted() || !twice_is_as_once(call)) return answer;
    refused.problem = connect();
    return link_ ? attempt(request, take, limits.body_bytes, nothing_came) : refused;
}

}  // namespace keyledger
