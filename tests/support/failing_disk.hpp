#pragma once
// A disk whose calls can be made to fail.

#include <atomic>
#include <memory>

namespace rocksdb {
class Env;
}

namespace keyledger {

// What fails now, of all files' calls; while the log is open it may be changed on any thread.
struct FailingDisk {
    std::atomic<bool> writes{false}, syncs{false}, reads{false};
};

// The machine's own, but for what `disk` lets fail. Keeps `disk`.
std::shared_ptr<rocksdb::Env> failing_env(std::shared_ptr<const FailingDisk> disk);

}  // namespace keyledger
