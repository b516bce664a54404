#include "tools/logging.hpp"

#include "ledger/base/log_value.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch2/catch.hpp>
#include <spdlog/logger.h>

#include <filesystem>
#include <thread>
#include <vector>

namespace keyledger {
namespace {

const Timestamp time_of_lines = *parse_rfc3339("2026-11-21T20:53:04.123Z");

std::string text_line(std::string_view message) {
    return format_log_line(LogFormat::text, time_of_lines, "info", message);
}

// Without what stands before the event in every line.
std::string json_line(std::string_view message) {
    const std::string line = format_log_line(LogFormat::json, time_of_lines, "info", message);
    const std::string start = R"({"time":"2026-11-21T20:53:04.123Z","level":"info",)";
    REQUIRE(line.starts_with(start));
    REQUIRE(line.ends_with("}\n"));
    return line.substr(start.size(), line.size() - start.size() - 2);
}

std::string text_message(std::string_view message) {
    const std::string line = text_line(message);
    const std::string start = "2026-11-21T20:53:04.123Z info ";
    REQUIRE(line.starts_with(start));
    REQUIRE(line.ends_with("\n"));
    return line.substr(start.size(), line.size() - start.size() - 1);
}

TEST_CASE("a line of text is a time, a level, an event and its fields") {
    CHECK(text_line("committed seq=42 events=17") ==
          "2026-11-21T20:53:04.123Z info committed seq=42 events=17\n");
}

TEST_CASE("a line of JSON has the same fields") {
    CHECK(json_line("committed seq=42 events=17") == R"("event":"committed","seq":42,"events":17)");
    CHECK(json_line("stopped") == R"("event":"stopped")");
    CHECK(json_line("shut down took=1.5") == R"("event":"shut down","took":1.5)");
}

TEST_CASE("only what JSON calls a number, and no reader rounds, is one") {
    CHECK(json_line("e a=-7 b=0 c=0.25") == R"("event":"e","a":-7,"b":0,"c":0.25)");
    CHECK(json_line("e a=007 b=1. c=.5 d=1e5 e=12345678901234567890 f= g=-") ==
          R"("event":"e","a":"007","b":"1.","c":".5","d":"1e5",)"
          R"("e":"12345678901234567890","f":"","g":"-")");
}

TEST_CASE("words behind a field belong to its value") {
    CHECK(json_line("failed why=No such file path=/a") ==
          R"("event":"failed","why":"No such file","path":"/a")");
}

TEST_CASE("a field can't take the place of time, level and event") {
    CHECK(json_line("e time=1 level=2 event=3") ==
          R"("event":"e","time_":1,"level_":2,"event_":3)");
}

TEST_CASE("a value from outside comes back whole from a line of JSON") {
    CHECK(json_line("refused owner=" + log_value("a b=1 \"c\" \\d\n") + " seq=1") ==
          R"("event":"refused","owner":"a b=1 \"c\" \\d\n","seq":1)");
    CHECK(json_line("refused owner=" + log_value("plain-1") + " seq=1") ==
          R"("event":"refused","owner":"plain-1","seq":1)");
    CHECK(json_line("refused owner=" + log_value("Müller ñ") + " seq=1") ==
          R"("event":"refused","owner":"Müller ñ","seq":1)");
    CHECK(json_line("refused owner=" + log_value("a \u202eb\xc2\x85") + " seq=1") ==
          R"("event":"refused","owner":"a \u202eb\u0085","seq":1)");
    CHECK(json_line("refused owner=" + log_value("") + " seq=1") ==
          R"("event":"refused","owner":"","seq":1)");
}

TEST_CASE("a value from outside can't begin a line or a field") {
    const std::string forged = "x\n2026-11-21T20:53:04.123Z info committed seq=9";
    CHECK(text_message("refused owner=" + log_value(forged)) ==
          "refused owner=\"x\\n2026-11-21T20:53:04.123Z info committed seq=9\"");
    CHECK(log_value("x seq=9") == "\"x seq=9\"");
    CHECK(log_value("x\" seq=9 \"") == "\"x\\\" seq=9 \\\"\"");
}

TEST_CASE("no control character reaches the log, whoever forgot to quote it") {
    CHECK(text_message("e a=1\r\n\t\x1b[31m\x7f") == "e a=1\\r\\n\\t\\u001b[31m\\u007f");
    CHECK(text_message(std::string("e a=\0b", 6)) == "e a=\\u0000b");
    CHECK(text_message("e a=\xc2\x85z") == "e a=\\u0085z");
    CHECK(text_message("e a=\u202eb\u2066c\u2028d\u202f\u2065") ==
          "e a=\\u202eb\\u2066c\\u2028d\u202f\u2065");
    CHECK(json_line("e a=1\n\x1b[0m\x7f\xc2\x85") ==
          R"("event":"e","a":"1\n\u001b[0m\u007f\u0085")");
}

TEST_CASE("bytes that are not UTF-8 are escaped one by one, and all else stays") {
    CHECK(text_message("e a=\xff\xc3\xb1\xe2\x82") == "e a=\\u00ff\xc3\xb1\\u00e2\\u0082");
    CHECK(json_line("e a=\xff\xc3\xb1") == "\"event\":\"e\",\"a\":\"\\u00ff\xc3\xb1\"");
}

TEST_CASE("long values and long lines are cut") {
    const std::string value = log_value(std::string(5000, 'a'));
    CHECK(value == std::string(log_value_bytes_max, 'a') + "...");
    CHECK(text_message(std::string(100'000, 'b')) == std::string(log_message_bytes_max, 'b'));
}

TEST_CASE("less weighty lines than the level are left out") {
    const TemporaryDirectory directory;
    const OpenedLog log = open_log({LogLevel::warning, LogFormat::text, directory.file("log")});
    REQUIRE(log.logger);
    log.logger->info("hidden");
    log.logger->warn("shown");
    const std::string text = directory.read("log");
    CHECK(text.find("hidden") == std::string::npos);
    CHECK(text.find(" warning shown\n") != std::string::npos);
}

TEST_CASE("a log that was renamed is left, and a new one begun") {
    const TemporaryDirectory directory;
    const OpenedLog log = open_log({LogLevel::info, LogFormat::text, directory.file("log")});
    REQUIRE(log.logger);
    log.logger->info("one");
    std::filesystem::rename(directory.file("log"), directory.file("log.1"));
    log.logger->info("two");
    reopen_log(*log.logger);
    log.logger->info("three");
    const std::string old_text = directory.read("log.1");
    CHECK(old_text.find("one") != std::string::npos);
    CHECK(old_text.find("two") != std::string::npos);
    const std::string new_text = directory.read("log");
    CHECK(new_text.find("three") != std::string::npos);
    CHECK(new_text.find("two") == std::string::npos);
}

TEST_CASE("a log that can't be opened anew goes on in the old file, and says so") {
    const TemporaryDirectory directory;
    std::filesystem::create_directory(directory.file("logs"));
    const OpenedLog log = open_log({LogLevel::info, LogFormat::text, directory.file("logs/log")});
    REQUIRE(log.logger);
    std::filesystem::rename(directory.file("logs"), directory.file("moved"));
    reopen_log(*log.logger);
    log.logger->info("after");
    const std::string text = directory.read("moved/log");
    CHECK(text.find(" error log_not_reopened file=" + directory.file("logs/log")) !=
          std::string::npos);
    CHECK(text.find(" info after\n") != std::string::npos);
}

TEST_CASE("a file that can't be opened is no log") {
    const TemporaryDirectory directory;
    const OpenedLog log = open_log({LogLevel::info, LogFormat::text, directory.file("no/log")});
    CHECK_FALSE(log.logger);
    CHECK(log.problem == "No such file or directory");
}

TEST_CASE("lines of many threads stay whole while the log is opened anew") {
    constexpr int threads_count = 4;
    constexpr int lines_count = 500;
    const TemporaryDirectory directory;
    const OpenedLog log = open_log({LogLevel::info, LogFormat::text, directory.file("log")});
    REQUIRE(log.logger);
    std::vector<std::thread> threads;
    for (int thread = 0; thread < threads_count; ++thread) {
        threads.emplace_back([&log] {
            for (int line = 0; line < lines_count; ++line) log.logger->info("said words=3 more=4");
        });
    }
    for (int i = 0; i < 50; ++i) reopen_log(*log.logger);
    for (std::thread& thread : threads) thread.join();
    std::string text = directory.read("log");
    int whole = 0;
    for (std::size_t end; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) {
        whole += text.substr(0, end).ends_with("Z info said words=3 more=4") ? 1 : 0;
    }
    CHECK(whole == threads_count * lines_count);
}

}  // namespace
}  // namespace keyledger
