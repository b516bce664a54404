#pragma once
// What `keyledger doctor` looks at, thing by thing. Thresholds have their names in the .cpp.

#include "tools/settings.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

enum class Health : std::uint8_t { ok, warn, fail };

struct Finding {
    Health health = Health::ok;
    std::string subject;  // "disk sync"
    std::string what;     // what was seen
    std::string advice;   // what to do; empty where all is well
};

std::string_view to_text(Health health);

// From what was measured: pure.
Finding judge_sync(std::chrono::microseconds median);
Finding judge_room(std::uint64_t bytes_free);
Finding judge_file_limit(std::uint64_t files_max, std::uint64_t connections_max);
// `difference` is the server's clock less this one.
Finding judge_clock(std::string subject, std::chrono::milliseconds difference);
Finding judge_certificate(std::string file, std::chrono::sys_seconds not_before,
                          std::chrono::sys_seconds not_after, std::chrono::sys_seconds now);

// These look. A data directory that holds no ledger is one finding, that fails.
std::vector<Finding> look_at_directory(const std::string& data);
Finding look_at_file_limit(std::uint64_t connections_max);
// Nothing where the settings have no certificate.
std::vector<Finding> look_at_certificate(const Settings& settings);

}  // namespace keyledger
