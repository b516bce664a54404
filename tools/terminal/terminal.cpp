#include "tools/terminal/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstdio>

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
    std::fprintf(stderr, "%.*s [y/N] ", static_cast<int>(question.size()), question.data());
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

bool print_all(std::string_view text) {
    const std::size_t written = std::fwrite(text.data(), 1, text.size(), stdout);
    if (written == text.size() && std::fflush(stdout) == 0) return true;
    std::perror("keyledger: standard output");
    return false;
}

}  // namespace keyledger
