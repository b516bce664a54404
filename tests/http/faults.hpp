#pragma once
// Says in one word what is wrong with a body: "/scopes/0" and why.

#include "http/field_fault.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace keyledger {

using Blame = std::pair<std::string, FieldProblem>;

template <class T>
std::vector<Blame> blames_of(const Parsed<T>& parsed) {
    std::vector<Blame> blames;
    if (parsed) return blames;
    for (const FieldFault& fault : parsed.faults()) {
        CHECK(fault.place == FaultPlace::body);
        blames.emplace_back(fault.pointer, fault.problem);
    }
    std::sort(blames.begin(), blames.end());
    return blames;
}

inline std::vector<Blame> sorted(std::vector<Blame> blames) {
    std::sort(blames.begin(), blames.end());
    return blames;
}

}  // namespace keyledger

template <>
struct Catch::StringMaker<keyledger::Blame> {
    static std::string convert(const keyledger::Blame& blame) {
        return blame.first + " #" + std::to_string(static_cast<int>(blame.second));
    }
};
