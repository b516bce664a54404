#include "tools/terminal/terminal.hpp"

#include "ledger/base/log_value.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace keyledger {

bool is_terminal(int descriptor) {
    return ::isatty(descriptor) == 1;
}

std::size_t terminal_columns() {
    winsize size{};
    if (!is_terminal(STDOUT_FILENO) || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
    return size.ws_col;
}

bool can_ask() {
    return is_terminal(STDIN_FILENO) && is_terminal(STDERR_FILENO);
}

bool ask(std::string_view question) {
    constexpr std::size_t answer_bytes_max = 64;
    std::fprintf(stderr, "%s [y/N] ", escape_controls(question).c_str());
    std::fflush(stderr);
    std::string answer;
    char character = 0;
    while (answer.size() < answer_bytes_max) {
        const ssize_t count = ::read(STDIN_FILENO, &character, 1);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0 || character == '\n') break;
        answer += static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
    }
    return answer == "y" || answer == "yes";
}

std::string shown_text(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        out += escape_controls(text.substr(0, end));
        if (end < text.size()) out += '\n';
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

bool print_all(std::string_view text) {
    const std::string shown = is_terminal(STDOUT_FILENO) ? shown_text(text) : std::string();
    if (!shown.empty()) text = shown;
    const std::size_t written = std::fwrite(text.data(), 1, text.size(), stdout);
    if (written == text.size() && std::fflush(stdout) == 0) return true;
    print_error(std::string("keyledger: standard output: ") + std::strerror(errno));
    return false;
}

void print_error(std::string_view line) {
    std::fprintf(stderr, "%s\n", escape_controls(line).c_str());
}

}  // namespace keyledger
