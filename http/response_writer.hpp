#pragma once
// Answers in, bytes out: the framing of HTTP/1.1 (RFC 9112) without I/O.

#include "http/message.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace keyledger {

// The Date of answers (RFC 9110, section 5.6.7), formatted once a second. One a thread.
class DateText {
public:
    // "Sat, 21 Nov 2026 21:10:15 GMT"; lasts until the next call. Years 1970 to 9999.
    std::string_view at(std::chrono::sys_seconds now);

private:
    static constexpr std::size_t length = 29;
    void format();

    std::chrono::sys_seconds formatted_ = std::chrono::sys_seconds::min();
    char text_[length] = {};
};

// What the request says about the form of its answer.
struct AnswerForm {
    bool head = false;      // the fields as for GET, and no body
    bool http_1_0 = false;  // no chunks; a connection that is kept is said to be
    bool close = false;     // the connection ends after this answer
};

// Appends the whole answer: status line, fields and body. An answer with a stream gets its head
// alone, and its pieces by append_piece: chunked, or for HTTP/1.0 as they are, and then
// `form.close` is set. Never a body or a Content-Length with 204 and 1xx; no body with 304, and no
// Content-Length either.
void append_answer(std::string& out, const Response& response, const AnswerForm& form,
                   std::string_view date);

// A piece of a stream; an empty one appends nothing, since an empty chunk is the end.
void append_piece(std::string& out, std::string_view piece, const AnswerForm& form);
void append_end(std::string& out, const AnswerForm& form);

// "HTTP/1.1 100 Continue": before the answer, to a client that waits for it.
inline constexpr std::string_view continue_text = "HTTP/1.1 100 Continue\r\n\r\n";

// The phrase behind a status; "Unknown" where there is none.
std::string_view reason_phrase(int status);

}  // namespace keyledger
