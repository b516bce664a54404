#include "http/text/messages.hpp"

#include "http/message.hpp"
#include "http/text/languages.hpp"

#include <array>
#include <optional>

namespace keyledger {
namespace {

// A quality value in thousandths: "0.8" is 800. RFC 9110 allows three digits and no more than one.
std::optional<int> quality(std::string_view text) {
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
    if (text.size() > 1 && text[1] != '.') return std::nullopt;
    int thousandths = text[0] == '1' ? 1000 : 0;
    int place = 100;
    for (std::size_t i = 2; i < text.size(); ++i, place /= 10) {
        if (text[i] < '0' || text[i] > '9') return std::nullopt;
        thousandths += (text[i] - '0') * place;
    }
    return thousandths > 1000 ? std::nullopt : std::optional(thousandths);
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

// Cuts off what is before the next `separator`, which goes too.
std::string_view next_part(std::string_view& text, char separator) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view part = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    return part;
}

struct LanguageRange {
    std::string_view primary;  // "es" of "es-AR"
    int quality = 1000;
};

std::optional<LanguageRange> parse_language(std::string_view element) {
    const std::string_view tag = next_part(element, ';');
    LanguageRange range{.primary = tag.substr(0, tag.find('-'))};
    if (range.primary.empty()) return std::nullopt;
    if (element.empty()) return range;
    const std::string_view weight = next_part(element, ';');
    if (!element.empty() || weight.size() < 3 || (weight[0] != 'q' && weight[0] != 'Q') ||
        weight[1] != '=') {
        return std::nullopt;
    }
    const std::optional<int> value = quality(weight.substr(2));
    if (!value) return std::nullopt;
    range.quality = *value;
    return range;
}

}  // namespace

std::string filled_in(std::string_view text, std::span<const std::string> arguments) {
    std::string out;
    std::size_t at = 0;
    while (at < text.size()) {
        const bool placeholder = text[at] == '{' && at + 2 < text.size() && text[at + 1] >= '0' &&
                                 text[at + 1] <= '9' && text[at + 2] == '}';
        if (!placeholder) {
            out.push_back(text[at++]);
            continue;
        }
        const auto index = static_cast<std::size_t>(text[at + 1] - '0');
        if (index < arguments.size())
            out.append(arguments[index]);
        else if (out.ends_with(": "))
            out.resize(out.size() - 2);
        at += 3;
    }
    return out;
}

std::string text_of(Locale locale, Refusal refusal, std::span<const std::string> arguments) {
    return filled_in(locale == Locale::es ? spanish(refusal) : english(refusal), arguments);
}

std::string text_of(Locale locale, FieldProblem problem, std::span<const std::string> arguments) {
    return filled_in(locale == Locale::es ? spanish(problem) : english(problem), arguments);
}

std::string_view text_of(Locale locale, TransportFault fault) {
    return locale == Locale::es ? spanish(fault) : english(fault);
}

std::string_view text_of(Locale locale, ApiError error) {
    return locale == Locale::es ? spanish(error) : english(error);
}

std::string_view text_of(Locale locale, Outcome outcome) {
    return locale == Locale::es ? spanish(outcome) : english(outcome);
}

std::string_view title_of(Locale locale, ApiError error) {
    return locale == Locale::es ? spanish_title(error) : english_title(error);
}

std::string_view title_of(Locale locale, Outcome outcome) {
    return locale == Locale::es ? spanish_title(outcome) : english_title(outcome);
}

Locale preferred_locale(std::string_view accept_language) {
    struct Wish {
        std::string_view primary;
        int quality = 0;
        std::size_t named_at =
            static_cast<std::size_t>(-1);  // how-manieth element gave the quality
        bool named = false;
    };
    std::array<Wish, 2> wishes{Wish{.primary = "en"}, Wish{.primary = "es"}};
    int of_any_other = 0;
    for (std::size_t place = 0; !accept_language.empty(); ++place) {
        const auto range = parse_language(next_part(accept_language, ','));
        if (!range) continue;
        if (range->primary == "*") of_any_other = std::max(of_any_other, range->quality);
        for (Wish& wish : wishes) {
            if (!equal_ignoring_case(range->primary, wish.primary)) continue;
            if (!wish.named || range->quality > wish.quality) {
                wish.quality = range->quality;
                wish.named_at = place;
            }
            wish.named = true;
        }
    }
    for (Wish& wish : wishes) {
        if (!wish.named) wish.quality = of_any_other;
    }
    const auto& [english_wish, spanish_wish] = wishes;
    if (spanish_wish.quality != english_wish.quality) {
        return spanish_wish.quality > english_wish.quality ? Locale::es : Locale::en;
    }
    const bool first = spanish_wish.quality > 0 && spanish_wish.named_at < english_wish.named_at;
    return first ? Locale::es : Locale::en;
}

std::string_view to_text(Locale locale) {
    return locale == Locale::es ? "es" : "en";
}

}  // namespace keyledger
