#pragma once
// The outcome of an operation that may be refused.

#include "ledger/rules/rejection.hpp"

#include <boost/system/result.hpp>

#include <utility>

namespace keyledger {

// A value, or the reason there is none. Boost 1.81's own type is not nodiscard: a dropped one of
// these is a warning, and warnings are errors.
template <class T>
class [[nodiscard]] Result : public boost::system::result<T, Rejection> {
public:
    using boost::system::result<T, Rejection>::result;
};

}  // namespace keyledger

// Unwraps a Result, or returns its rejection from the enclosing function.
// Plain functions only: GCC 12 cannot compile a co_await inside it.
#define TRY(expression)                                      \
    __extension__({                                          \
        auto try_result = (expression);                      \
        if (!try_result) [[unlikely]] return try_result.error(); \
        *std::move(try_result);                              \
    })
