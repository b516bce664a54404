#include "http/exchange.hpp"

#include "http/text/messages.hpp"
#include "ledger/base/random.hpp"
#include "ledger/rules/identifiers.hpp"

#include <algorithm>
#include <charconv>
#include <random>
#include <utility>

namespace keyledger {
namespace {

constexpr std::size_t request_id_bytes_max = 128;
// 90 random bits, six a character: as many as a string holds without an allocation.
constexpr std::size_t made_id_characters = 15;
constexpr std::string_view id_alphabet =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
static_assert(id_alphabet.size() == 64);
constexpr std::size_t characters_per_draw = 64 / 6;

bool is_request_id(std::string_view text) {
    const auto allowed = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-';
    };
    return !text.empty() && text.size() <= request_id_bytes_max &&
           std::ranges::all_of(text, allowed);
}

std::mt19937_64 seeded_generator() {
    std::uint64_t seed = 0;
    system_random().fill({reinterpret_cast<std::uint8_t*>(&seed), sizeof seed});
    return std::mt19937_64(seed);
}

// Ids need to differ, not to be hard to guess: so the kernel is asked once a thread, and not once a
// request.
std::string made_request_id() {
    thread_local std::mt19937_64 generator = seeded_generator();
    std::string id(made_id_characters, '\0');
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < id.size(); ++i) {
        if (i % characters_per_draw == 0) bits = generator();
        id[i] = id_alphabet[bits % id_alphabet.size()];
        bits /= id_alphabet.size();
    }
    return id;
}

template <class Problem>
void answer(Exchange& exchange, const Problem& problem) {
    Response& response = exchange.response;
    response.body.clear();
    response.status =
        append_problem(response.body, {exchange.locale(), exchange.request_id}, problem);
    response.content_type = problem_content_type;
    append_header(response.headers, "Cache-Control", "no-store");
}

}  // namespace

Locale Exchange::locale() const {
    return preferred_locale(header(request, "Accept-Language").value_or(""));
}

std::string request_id_of(const Request& request) {
    const auto sent = header(request, "X-Request-Id");
    if (sent && is_request_id(*sent)) return std::string(*sent);
    return made_request_id();
}

void answer_problem(Exchange& exchange, ApiError error) {
    answer(exchange, error);
}
void answer_problem(Exchange& exchange, const Rejection& rejection) {
    answer(exchange, rejection);
}
void answer_problem(Exchange& exchange, std::span<const FieldFault> faults) {
    answer(exchange, faults);
}

void answer_unknown_workspace(Exchange& exchange, const std::string& slug) {
    Rejection rejection{Refusal::workspace_not_found};
    if (is_slug(slug)) rejection.arguments.push_back(slug);
    answer_problem(exchange, rejection);
}

void answer_unauthenticated(Exchange& exchange) {
    answer_problem(exchange, ApiError::unauthenticated);
    append_header(exchange.response.headers, "WWW-Authenticate", "Bearer realm=\"keyledger\"");
}

void answer_unavailable(Exchange& exchange, ApiError error) {
    answer_problem(exchange, error);
    append_header(exchange.response.headers, "Retry-After", "1");
}

void answer_unavailable(Exchange& exchange, Unavailable why) {
    const bool unknown = why == Unavailable::outcome_unknown;
    answer_unavailable(exchange, unknown ? ApiError::outcome_unknown : ApiError::unavailable);
}

void answer_json(Exchange& exchange, int status, std::string body) {
    exchange.response.status = status;
    exchange.response.content_type = json_content_type;
    exchange.response.body = std::move(body);
}

void append_header(std::string& headers, std::string_view name, std::string_view value) {
    headers.append(name).append(": ").append(value).append("\r\n");
}

void append_header(std::string& headers, std::string_view name, std::uint64_t value) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    append_header(headers, name, std::string_view(digits, static_cast<std::size_t>(end - digits)));
}

}  // namespace keyledger
