#pragma once
// Reads the public test vectors (tests/vectors/README.md).

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace keyledger {

inline std::string vector_path(const std::string& name) {
    return std::string(KEYLEDGER_ROOT) + "/tests/vectors/" + name;
}

// Throws if there is no such file, which fails the test.
inline std::string read_vector(const std::string& name) {
    std::ifstream in(vector_path(name), std::ios::binary);
    if (!in) throw std::runtime_error("no test vector " + name);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace keyledger
