#include "http/header_parser.hpp"

#include "http/characters.hpp"
#include "http/request_target.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/rfc7230.hpp>

namespace keyledger {

namespace {

namespace http = boost::beast::http;

std::string_view view(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

Method method_of(http::verb verb) {
    switch (verb) {
        case http::verb::get:
            return Method::get;
        case http::verb::head:
            return Method::head;
        case http::verb::post:
            return Method::post;
        case http::verb::put:
            return Method::put;
        case http::verb::patch:
            return Method::patch;
        case http::verb::delete_:
            return Method::delete_;
        case http::verb::options:
            return Method::options;
        default:
            return Method::other;
    }
}

// Plain digits: neither a sign nor a list. 18 of them hold any length that could ever be read.
std::optional<std::uint64_t> parse_length(std::string_view text) {
    if (text.empty() || text.size() > 18) return std::nullopt;
    std::uint64_t length = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        length = length * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return length;
}

// Where a request line cannot be read for its version, a well-formed one of another version is told
// from a line that is no request line at all.
bool names_other_version(std::string_view header) {
    const std::string_view line = header.substr(0, header.find("\r\n"));
    const std::size_t method_end = line.find(' ');
    if (method_end == std::string_view::npos) return false;
    const std::size_t target_end = line.find(' ', method_end + 1);
    if (target_end == std::string_view::npos) return false;
    const std::string_view version = line.substr(target_end + 1);
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
           version[6] == '.' && is_digit(version[7]);
}

// Sees each part of one header, which stands whole in the input. Beast checks the grammar (names
// are tokens, no control characters, no lone CR, the right line ends) and that Content-Length and
// Transfer-Encoding do not contradict each other; what it lets pass and we do not is refused here.
class HeaderParser final : public http::basic_parser<true> {
public:
    HeaderParser(Request& request, HeaderParts& parts) : request_(request), parts_(parts) {
        skip(true);  // The body is not its business.
        header_limit(header_bytes_max);
    }

    std::optional<TransportFault> parse(std::string_view header) {
        boost::beast::error_code error;
        put(boost::asio::const_buffer(header.data(), header.size()), error);
        if (fault_) return fault_;
        if (error == http::error::bad_version) {
            return names_other_version(header) ? TransportFault::unsupported_version
                                               : TransportFault::malformed;
        }
        if (error || !is_done()) return TransportFault::malformed;
        return std::nullopt;
    }

private:
    using Text = boost::beast::string_view;
    using Error = boost::beast::error_code;

    // `error` only stops Beast; what is wrong stands in fault_.
    void refuse(TransportFault fault, Error& error) {
        fault_ = fault;
        error = http::error::bad_value;
    }

    void on_request_impl(http::verb verb, Text method, Text target, int version,
                         Error& error) override {
        request_.method = method_of(verb);
        request_.method_text = view(method);
        request_.target = view(target);
        parts_.framing.http_1_0 = version == 10;
        if (target.size() > target_bytes_max) {
            return refuse(TransportFault::target_too_long, error);
        }
        const std::optional<TargetParts> parts = split_target(request_.target, request_.method);
        if (!parts) return refuse(TransportFault::malformed, error);
        request_.path = parts->path;
        request_.query = parts->query;
    }

    void on_field_impl(http::field name, Text name_text, Text value, Error& error) override {
        if (parts_.field_count == header_fields_max) {
            return refuse(TransportFault::headers_too_large, error);
        }
        parts_.fields[parts_.field_count++] = {view(name_text), view(value)};
        Framing& framing = parts_.framing;
        switch (name) {
            case http::field::host:
                if (++framing.hosts > 1 || !consists_of<is_authority_character>(view(value))) {
                    refuse(TransportFault::malformed, error);
                }
                break;
            case http::field::content_length:
                if (framing.content_length) return refuse(TransportFault::malformed, error);
                framing.content_length = parse_length(view(value));
                if (!framing.content_length) refuse(TransportFault::malformed, error);
                break;
            case http::field::transfer_encoding:
                if (!equal_ignoring_case(view(value), "chunked")) {
                    return refuse(TransportFault::unsupported_encoding, error);
                }
                framing.chunked = true;
                break;
            case http::field::expect:
                if (!equal_ignoring_case(view(value), "100-continue")) {
                    return refuse(TransportFault::expectation_failed, error);
                }
                framing.continue_expected = true;
                break;
            case http::field::connection:
                note_connection(value);
                break;
            default:
                break;
        }
    }

    void note_connection(Text value) {
        for (const Text option : http::opt_token_list(value)) {
            if (equal_ignoring_case(view(option), "close")) parts_.framing.connection_close = true;
            if (equal_ignoring_case(view(option), "keep-alive")) {
                parts_.framing.connection_keep_alive = true;
            }
        }
    }

    void on_response_impl(int, Text, int, Error&) override {}
    void on_header_impl(Error&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
    std::size_t on_body_impl(Text, Error&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, Text, Error&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, Text, Error&) override { return 0; }
    void on_finish_impl(Error&) override {}

    Request& request_;
    HeaderParts& parts_;
    std::optional<TransportFault> fault_;
};

// What is wrong with fields that are each well-formed.
std::optional<TransportFault> framing_fault(const Framing& framing) {
    if (framing.chunked && framing.content_length) return TransportFault::malformed;
    // HTTP/1.0 knows no chunks: who sends them there may count the bytes otherwise than we do.
    if (framing.chunked && framing.http_1_0) return TransportFault::malformed;
    if (!framing.http_1_0 && framing.hosts != 1) return TransportFault::malformed;
    return std::nullopt;
}

}  // namespace

std::optional<TransportFault> parse_header(std::string_view bytes, Request& request,
                                           HeaderParts& parts) {
    HeaderParser parser(request, parts);
    const std::optional<TransportFault> fault = parser.parse(bytes);
    request.headers = {parts.fields.data(), parts.field_count};
    return fault ? fault : framing_fault(parts.framing);
}

}  // namespace keyledger
