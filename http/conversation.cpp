#include "http/conversation.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <spdlog/spdlog.h>

#include <exception>

namespace keyledger {

namespace {

// Says nothing about the inside; the log says it.
constexpr std::string_view internal_error_body =
    R"({"type":"about:blank","title":"Internal Server Error","status":500})";

bool has_stream(const Response& response) {
    return response.stream != nullptr;
}

}  // namespace

Conversation::Conversation(Service& service, spdlog::logger& log, ThreadCounts& counts,
                           DateText& date, const Peer& peer)
    : service_(service), log_(log), counts_(counts), date_(date), reader_(peer) {}

void Conversation::received(std::size_t bytes) {
    counts_.bytes_received.add(bytes);
    reader_.received(bytes);
}

Conversation::Step Conversation::advance(std::chrono::sys_seconds now, Serving serving) {
    now_ = now;
    serving_ = serving;
    // One of the two places where exceptions of others end: a service that throws costs one
    // connection.
    try {
        return answer_what_is_there();
    } catch (const std::exception& failure) {
        return fail(failure.what());
    }
}

Conversation::Step Conversation::answer_what_is_there() {
    for (;;) {
        switch (reader_.advance()) {
            case ReadState::need_bytes:
                if (reader_.take_continue()) {
                    output_.append(continue_text);
                    whole_answers_ = output_.size();
                }
                return Step::read;
            case ReadState::need_limit:
                reader_.limit_body(service_.body_bytes_max(reader_.request()));
                break;
            case ReadState::complete: {
                ++requests_;
                counts_.requests.add(1);
                if (!service_.answer_now(reader_.request(), response_)) return Step::wait;
                const Step step = give_answer();
                if (step != Step::send) return step;
                if (output_.size() >= gathered_bytes_max) return Step::send;
                break;
            }
            case ReadState::faulty:
                return refuse(reader_.fault());
        }
    }
}

Conversation::Step Conversation::answered(std::exception_ptr failure, Serving serving) {
    serving_ = serving;
    // The same place as in advance(), for answers that were waited for.
    try {
        if (failure) std::rethrow_exception(failure);
        return give_answer();
    } catch (const boost::system::system_error& error) {
        // Given up, since nobody waits for it.
        if (error.code() == boost::asio::error::operation_aborted) return Step::close;
        return fail(error.what());
    } catch (const std::exception& error) {
        return fail(error.what());
    }
}

// Appends the answer to the request that is complete, or its head if it is a stream.
Conversation::Step Conversation::give_answer() {
    form_.head = reader_.request().method == Method::head;
    form_.http_1_0 = reader_.http_1_0();
    form_.close = response_.close || !reader_.keep_alive() || serving_ == Serving::ending ||
                  (has_stream(response_) && form_.http_1_0);
    append_answer(output_, response_, form_, date_.at(now_));
    whole_answers_ = output_.size();
    if (has_stream(response_) && !form_.head) return Step::stream;
    return next_request();
}

Conversation::Step Conversation::end_stream() {
    append_end(output_, form_);
    whole_answers_ = output_.size();
    return next_request();
}

// From here the request's views are gone.
Conversation::Step Conversation::next_request() {
    if (response_.body.capacity() > kept_answer_bytes_max) std::string().swap(response_.body);
    response_.clear();
    if (form_.close) return Step::close;
    reader_.next_request();
    return Step::send;
}

Conversation::Step Conversation::refuse(TransportFault fault) {
    counts_.faults.add(1);
    // Called by the session too, outside of the places that catch.
    try {
        response_.clear();
        service_.refuse(fault, reader_.request(), response_);
        form_ = {.head = reader_.request().method == Method::head,
                 .http_1_0 = reader_.http_1_0(),
                 .close = true};
        append_answer(output_, response_, form_, date_.at(now_));
        return Step::close;
    } catch (const std::exception& failure) {
        return fail(failure.what());
    }
}

// What stands in the output of an answer that was not finished is taken back.
Conversation::Step Conversation::fail(const char* what) {
    log_.error("service_threw error=\"{}\"", what);
    output_.resize(whole_answers_);
    response_.clear();
    response_.status = 500;
    response_.content_type = "application/problem+json";
    response_.body = internal_error_body;
    form_ = {.head = reader_.request().method == Method::head,
             .http_1_0 = reader_.http_1_0(),
             .close = true};
    append_answer(output_, response_, form_, date_.at(now_));
    return Step::close;
}

void Conversation::sent_all() {
    counts_.bytes_sent.add(output_.size());
    whole_answers_ = 0;
    if (output_.capacity() > kept_answer_bytes_max) {
        std::string().swap(output_);
    } else {
        output_.clear();
    }
}

}  // namespace keyledger
