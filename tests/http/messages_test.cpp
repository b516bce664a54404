#include "http/text/messages.hpp"

#include "http/admin/problem.hpp"
#include "http/service.hpp"
#include "ledger/base/bytes.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <set>

namespace keyledger {
namespace {

const std::vector<std::string> arguments{"<1>", "<2>"};

// Both languages say something, say it differently, and leave no placeholder open.
void check_texts(const std::string& in_english, const std::string& in_spanish) {
    INFO(in_english << " / " << in_spanish);
    CHECK_FALSE(in_english.empty());
    CHECK_FALSE(in_spanish.empty());
    CHECK(in_english != in_spanish);
    for (const std::string& text : {in_english, in_spanish}) {
        CHECK(is_utf8(text));
        CHECK(text.find('{') == std::string::npos);
    }
    for (const std::string& argument : arguments) {
        CHECK((in_english.find(argument) == in_english.npos) ==
              (in_spanish.find(argument) == in_spanish.npos));
    }
}

template <class Enumeration, class Say>
void check_all(std::size_t count, Say say) {
    for (std::size_t i = 0; i < count; ++i) {
        const auto value = static_cast<Enumeration>(i);
        check_texts(say(Locale::en, value), say(Locale::es, value));
    }
}

TEST_CASE("every text is there in both languages") {
    check_all<Refusal>(
        static_cast<std::size_t>(Refusal::events_too_large) + 1,
        [](Locale locale, Refusal refusal) { return text_of(locale, refusal, arguments); });
    check_all<FieldProblem>(field_problems_count, [](Locale locale, FieldProblem problem) {
        return text_of(locale, problem, arguments);
    });
    check_all<TransportFault>(
        static_cast<std::size_t>(TransportFault::overloaded) + 1,
        [](Locale locale, TransportFault fault) { return std::string(text_of(locale, fault)); });
    check_all<ApiError>(api_errors_count, [](Locale locale, ApiError error) {
        return std::string(text_of(locale, error));
    });
    check_all<ApiError>(api_errors_count, [](Locale locale, ApiError error) {
        return std::string(title_of(locale, error));
    });
    check_all<Outcome>(outcomes_count, [](Locale locale, Outcome outcome) {
        return std::string(text_of(locale, outcome));
    });
    check_all<Outcome>(outcomes_count, [](Locale locale, Outcome outcome) {
        return std::string(title_of(locale, outcome));
    });
}

TEST_CASE("a text without its arguments is still a sentence") {
    CHECK(text_of(Locale::en, Refusal::key_not_found, {}) == "There is no such key");
    CHECK(text_of(Locale::en, Refusal::beyond_authority, {}) ==
          "This is more than your own key may do");
    for (std::size_t i = 0; i <= static_cast<std::size_t>(Refusal::events_too_large); ++i) {
        for (const Locale locale : {Locale::en, Locale::es}) {
            const std::string text = text_of(locale, static_cast<Refusal>(i), {});
            CHECK(text.find('{') == std::string::npos);
            CHECK_FALSE(text.ends_with(": "));
        }
    }
}

TEST_CASE("arguments are put in once and not looked at again") {
    CHECK(filled_in("{0} and {1}", std::vector<std::string>{"{1}", "{0}"}) == "{1} and {0}");
    CHECK(filled_in("{0}{0}", std::vector<std::string>{"a"}) == "aa");
    CHECK(filled_in("{} {x} {10} {", std::vector<std::string>{"a"}) == "{} {x} {10} {");
    CHECK(filled_in("a: {1}", std::vector<std::string>{"b"}) == "a");
    CHECK(filled_in("", {}) == "");
}

TEST_CASE("all that is wrong with a credential reads the same") {
    std::set<std::string_view> texts;
    for (std::size_t i = 0; i < outcomes_count; ++i) {
        const auto outcome = static_cast<Outcome>(i);
        if (status_of(outcome) == 401) texts.insert(text_of(Locale::en, outcome));
    }
    CHECK(texts == std::set<std::string_view>{"Invalid or missing API key"});
    CHECK(text_of(Locale::es, Outcome::missing) == "API key inválida o faltante");
}

TEST_CASE("the language that a client likes best is chosen") {
    for (const char* spanish :
         {"es", "ES", "es-AR", "es-419,en;q=0.9", "fr, es;q=0.8, en;q=0.5", "en;q=0.1,es;q=0.2",
          "es;q=0.001", "es, en", "es-AR;q=0.7 , en;q=0.5", "en;q=0, *;q=0.1, es", "*;q=0.1,es",
          "en;q=0,*", "es;q=1.000, en;q=0.999", " es\t", ",,es,",
          "es;q=0.2,es-AR;q=0.9,en;q=0.5"}) {
        INFO(spanish);
        CHECK(preferred_locale(spanish) == Locale::es);
    }
    for (const char* english : {"",
                                "en",
                                "en-GB",
                                "fr",
                                "*",
                                "fr, en;q=0.5",
                                "es;q=0.1, en;q=0.9",
                                "en, es",
                                "es;q=0",
                                "es;q=0,*",
                                "nonsense;;q=x",
                                "es;q=2",
                                "es;q=0.1234",
                                "es;q=-1",
                                "es;q=",
                                "es;q",
                                "es;x=1",
                                "es;q=1;a=b",
                                "esperanto",
                                "es_AR",
                                ";q=1",
                                "es;q=.5",
                                "es;q=1.5",
                                "es;q=0.0",
                                ",",
                                "*;q=0",
                                "en-US,en;q=0.5,es;q=0.9"}) {
        INFO(english);
        CHECK(preferred_locale(english) == Locale::en);
    }
    CHECK(to_text(Locale::es) == "es");
    CHECK(to_text(Locale::en) == "en");
}

}  // namespace
}  // namespace keyledger
