#include "ledger/base/time.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cstdint>
#include <limits>

namespace keyledger {

namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::sys_days;

constexpr Timestamp written_first = sys_days(std::chrono::year(1) / 1 / 1);
constexpr Timestamp written_end = sys_days(std::chrono::year(10'000) / 1 / 1);

bool can_be_written(Timestamp time) {
    return time >= written_first && time < written_end;
}

struct Unit {
    std::string_view name;
    Duration length;
};

// Largest first.
constexpr std::array<Unit, 5> units{{{"d", 24h}, {"h", 1h}, {"m", 1min}, {"s", 1s}, {"ms", 1ms}}};

void put_two(char* out, unsigned value) {
    out[0] = static_cast<char>('0' + value / 10);
    out[1] = static_cast<char>('0' + value % 10);
}

bool is_digit(char character) {
    return character >= '0' && character <= '9';
}

// These take what they name from the front of `rest`; where it stands otherwise they give nothing.
bool take(std::string_view& rest, char wanted) {
    if (!rest.starts_with(wanted)) return false;
    rest.remove_prefix(1);
    return true;
}

std::optional<int> take_number(std::string_view& rest, std::size_t digits) {
    if (rest.size() < digits) return std::nullopt;
    int number = 0;
    for (const char digit : rest.substr(0, digits)) {
        if (!is_digit(digit)) return std::nullopt;
        number = number * 10 + (digit - '0');
    }
    rest.remove_prefix(digits);
    return number;
}

std::optional<sys_days> take_date(std::string_view& rest) {
    const auto year = take_number(rest, 4);
    if (!year || !take(rest, '-')) return std::nullopt;
    const auto month = take_number(rest, 2);
    if (!month || !take(rest, '-')) return std::nullopt;
    const auto day = take_number(rest, 2);
    if (!day) return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day)));
    if (!date.ok()) return std::nullopt;
    return sys_days(date);
}

// "." and at least one digit, or nothing at all: 0.
std::optional<Duration> take_fraction(std::string_view& rest) {
    if (!take(rest, '.')) return Duration{};
    Duration fraction{};
    Duration digit_worth = 100ms;
    std::size_t digits = 0;
    for (; digits < rest.size() && is_digit(rest[digits]); ++digits) {
        fraction += digit_worth * (rest[digits] - '0');
        digit_worth /= 10;  // 0 from the fourth digit on
    }
    if (digits == 0) return std::nullopt;
    rest.remove_prefix(digits);
    return fraction;
}

struct TimeOfDay {
    std::chrono::seconds whole{};  // since midnight; a leap second counts as the next one
    Duration fraction{};
    bool leap = false;
};

std::optional<TimeOfDay> take_time_of_day(std::string_view& rest) {
    const auto hour = take_number(rest, 2);
    if (!hour || *hour > 23 || !take(rest, ':')) return std::nullopt;
    const auto minute = take_number(rest, 2);
    if (!minute || *minute > 59 || !take(rest, ':')) return std::nullopt;
    const auto second = take_number(rest, 2);
    if (!second || *second > 60) return std::nullopt;
    const auto fraction = take_fraction(rest);
    if (!fraction) return std::nullopt;
    return TimeOfDay{.whole = 1h * *hour + 1min * *minute + 1s * *second,
                     .fraction = *fraction,
                     .leap = *second == 60};
}

// "Z", or how far local time is ahead of UTC.
std::optional<std::chrono::minutes> take_offset(std::string_view& rest) {
    if (take(rest, 'Z') || take(rest, 'z')) return 0min;
    const bool ahead = take(rest, '+');
    if (!ahead && !take(rest, '-')) return std::nullopt;
    const auto hours = take_number(rest, 2);
    if (!hours || *hours > 23 || !take(rest, ':')) return std::nullopt;
    const auto minutes = take_number(rest, 2);
    if (!minutes || *minutes > 59) return std::nullopt;
    const auto offset = 1h * *hours + 1min * *minutes;
    return ahead ? offset : -offset;
}

bool begins_a_month(std::chrono::sys_seconds time) {
    const auto day = std::chrono::floor<days>(time);
    return time == day && std::chrono::year_month_day(day).day() == std::chrono::day(1);
}

}  // namespace

std::string to_rfc3339(Timestamp time) {
    std::string text;
    append_rfc3339(text, time);
    return text;
}

void append_rfc3339(std::string& out, Timestamp time) {
    assert(can_be_written(time));
    const auto day = std::chrono::floor<days>(time);
    const std::chrono::year_month_day date(day);
    const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
    const auto milliseconds = static_cast<unsigned>((time - day).count());
    const unsigned seconds = milliseconds / 1000;

    char text[] = "0000-00-00T00:00:00.000Z";
    put_two(text, year / 100);
    put_two(text + 2, year % 100);
    put_two(text + 5, static_cast<unsigned>(date.month()));
    put_two(text + 8, static_cast<unsigned>(date.day()));
    put_two(text + 11, seconds / 3600);
    put_two(text + 14, seconds / 60 % 60);
    put_two(text + 17, seconds % 60);
    text[20] = static_cast<char>('0' + milliseconds % 1000 / 100);
    put_two(text + 21, milliseconds % 100);
    out.append(text, sizeof text - 1);
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
    const auto date = take_date(text);
    if (!date || !(take(text, 'T') || take(text, 't'))) return std::nullopt;
    const auto time_of_day = take_time_of_day(text);
    if (!time_of_day) return std::nullopt;
    const auto offset = take_offset(text);
    if (!offset || !text.empty()) return std::nullopt;

    const std::chrono::sys_seconds whole = *date + time_of_day->whole - *offset;
    if (time_of_day->leap && !begins_a_month(whole)) return std::nullopt;
    const Timestamp time = whole + time_of_day->fraction;
    if (!can_be_written(time)) return std::nullopt;
    return time;
}

std::optional<Duration> parse_duration(std::string_view text) {
    std::int64_t count = 0;
    if (text.empty() || !is_digit(text[0])) return std::nullopt;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
    if (read.ec != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    for (const Unit& unit : units) {
        if (text != unit.name) continue;
        if (count > duration_max / unit.length) return std::nullopt;
        return count * unit.length;
    }
    return std::nullopt;
}

std::string to_text(Duration duration) {
    if (duration == Duration{}) return "0s";
    // Milliseconds divide every length.
    const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& candidate) {
        return duration % candidate.length == Duration{};
    });
    assert(unit != units.end());
    std::array<char, std::numeric_limits<std::int64_t>::digits10 + 2> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(),
                                   std::int64_t{duration / unit->length});
    return std::string(digits.data(), end.ptr).append(unit->name);
}

}  // namespace keyledger
