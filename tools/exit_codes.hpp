#pragma once
// What the program ends with. Scripts depend on these numbers.

namespace keyledger {

enum class ExitCode : int {
    success = 0,
    error = 1,
    usage = 2,  // the command line makes no sense
    not_found = 3,
    not_authorised = 4,
    conflict = 5,
    integrity = 6,       // a proof, a hash or a signature does not hold
    unavailable = 7,     // the server can't be reached, or can't answer now
    configuration = 78,  // a setting is unknown or wrong (EX_CONFIG of sysexits.h)
};

}  // namespace keyledger
