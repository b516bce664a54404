#include "http/response_writer.hpp"

#include <cassert>
#include <charconv>
#include <cstring>

namespace keyledger {

namespace {

struct Phrase {
    int status;
    std::string_view text;
};

constexpr Phrase phrases[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};

bool forbids_body(int status) {
    return status < 200 || status == 204 || status == 304;
}

void append_number(std::string& out, std::uint64_t number, int base = 10) {
    char digits[20];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number, base);
    assert(error == std::errc{});
    out.append(digits, end);
}

void append_status_line(std::string& out, int status) {
    if (status == 200) {
        out.append("HTTP/1.1 200 OK\r\nDate: ");
        return;
    }
    assert(status >= 100 && status <= 599);
    out.append("HTTP/1.1 ");
    append_number(out, static_cast<std::uint64_t>(status));
    out.push_back(' ');
    out.append(reason_phrase(status));
    out.append("\r\nDate: ");
}

void put_two_digits(char* out, unsigned value) {
    out[0] = static_cast<char>('0' + value / 10);
    out[1] = static_cast<char>('0' + value % 10);
}

}  // namespace

std::string_view DateText::at(std::chrono::sys_seconds now) {
    if (now != formatted_) {
        formatted_ = now;
        format();
    }
    return {text_, length};
}

void DateText::format() {
    using namespace std::chrono;
    const sys_days day = floor<days>(formatted_);
    const year_month_day date(day);
    const hh_mm_ss<seconds> time(formatted_ - day);
    std::memcpy(text_, "Day, DD Mon YYYY HH:MM:SS GMT", length);
    std::memcpy(text_, &"SunMonTueWedThuFriSat"[3 * weekday(day).c_encoding()], 3);
    put_two_digits(text_ + 5, unsigned{date.day()});
    const char* const months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    std::memcpy(text_ + 8, months + 3 * (unsigned{date.month()} - 1), 3);
    const auto year = static_cast<unsigned>(int{date.year()});
    put_two_digits(text_ + 12, year / 100);
    put_two_digits(text_ + 14, year % 100);
    put_two_digits(text_ + 17, static_cast<unsigned>(time.hours().count()));
    put_two_digits(text_ + 20, static_cast<unsigned>(time.minutes().count()));
    put_two_digits(text_ + 23, static_cast<unsigned>(time.seconds().count()));
}

void append_answer(std::string& out, const Response& response, const AnswerForm& form,
                   std::string_view date) {
    append_status_line(out, response.status);
    out.append(date);
    if (!response.content_type.empty()) {
        out.append("\r\nContent-Type: ");
        out.append(response.content_type);
    }
    const bool no_body = forbids_body(response.status);
    if (!no_body) {
        if (response.stream == nullptr) {
            out.append("\r\nContent-Length: ");
            append_number(out, response.body.size());
        } else if (!form.http_1_0) {
            out.append("\r\nTransfer-Encoding: chunked");
        }
    }
    if (form.close) {
        out.append("\r\nConnection: close");
    } else if (form.http_1_0) {
        out.append("\r\nConnection: keep-alive");
    }
    out.append("\r\n");
    out.append(response.headers);
    out.append("\r\n");
    if (!no_body && !form.head && response.stream == nullptr) out.append(response.body);
}

void append_piece(std::string& out, std::string_view piece, const AnswerForm& form) {
    if (piece.empty()) return;
    if (form.http_1_0) {
        out.append(piece);
        return;
    }
    append_number(out, piece.size(), 16);
    out.append("\r\n");
    out.append(piece);
    out.append("\r\n");
}

void append_end(std::string& out, const AnswerForm& form) {
    if (!form.http_1_0) out.append("0\r\n\r\n");
}

std::string_view reason_phrase(int status) {
    for (const Phrase& phrase : phrases) {
        if (phrase.status == status) return phrase.text;
    }
    return "Unknown";
}

}  // namespace keyledger
