#pragma once
// Several lambdas as one visitor of a variant.

namespace keyledger {

template <class... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};
template <class... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

}  // namespace keyledger
