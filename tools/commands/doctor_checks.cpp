#include "tools/commands/doctor_checks.hpp"

#include "http/tls.hpp"
#include "ledger/base/time.hpp"
#include "ledger/log/checkpoint_file.hpp"
#include "tools/read_file.hpp"
#include "tools/terminal/progress.hpp"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

namespace keyledger {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr microseconds sync_slow{20'000}, sync_too_slow{250'000};
constexpr int syncs_measured = 9;
// The write-ahead log alone may take half a GiB.
constexpr std::uint64_t room_small = 4ull << 30, room_too_small = 512ull << 20;
constexpr std::uint64_t files_beside_connections = 512, files_too_few = 256;
constexpr milliseconds clock_off{2'000}, clock_far_off{60'000};
constexpr std::chrono::days certificate_soon{21};
constexpr std::size_t pem_bytes_max = 1024 * 1024;

std::string in_milliseconds(microseconds length) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f ms", static_cast<double>(length.count()) / 1000);
    return text.data();
}

// Writes and syncs a block some times over, in a file that has no name any more.
std::optional<microseconds> median_sync(const std::string& directory, std::string& problem) {
    std::string name = directory + "/doctor-XXXXXX";
    const int file = ::mkostemp(name.data(), O_CLOEXEC);
    if (file < 0) {
        problem = std::strerror(errno);
        return std::nullopt;
    }
    ::unlink(name.c_str());
    const std::array<char, 4096> block{};
    std::vector<microseconds> times;
    for (int i = 0; i < syncs_measured && problem.empty(); ++i) {
        const auto begin = std::chrono::steady_clock::now();
        const bool written =
            ::write(file, block.data(), block.size()) == static_cast<ssize_t>(block.size()) &&
            ::fdatasync(file) == 0;
        if (!written) problem = std::strerror(errno);
        times.push_back(
            std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - begin));
    }
    ::close(file);
    if (!problem.empty()) return std::nullopt;
    std::nth_element(times.begin(), times.begin() + syncs_measured / 2, times.end());
    return times[syncs_measured / 2];
}

Finding look_at_sync(const std::string& data) {
    std::string problem;
    const std::optional<microseconds> median = median_sync(data, problem);
    if (median) return judge_sync(*median);
    return {Health::fail, "disk sync", "can't write in " + data + ": " + problem,
            "run it as the user who serves the ledger; look at the disk"};
}

Finding look_at_room(const std::string& data) {
    struct statvfs room {};
    if (::statvfs(data.c_str(), &room) != 0) {
        return {Health::warn, "disk room", std::strerror(errno), "look at the disk"};
    }
    return judge_room(std::uint64_t{room.f_bavail} * room.f_frsize);
}

Finding look_at_key(const std::string& data) {
    const std::string file = data + "/log.key";
    const SigningKeyFile read = read_signing_key_file(file);
    if (read.key) return {Health::ok, "log.key", "is the owner's alone", {}};
    return {Health::fail, "log.key", read.fault ? read.fault->what : "is not there",
            "chmod 600 " + file + ", as the user who serves; if it is lost, take it from a backup"};
}

Finding look_at_mode(const std::string& data) {
    struct stat status {};
    if (::stat(data.c_str(), &status) != 0) {
        return {Health::fail, "permissions", std::strerror(errno), "look at " + data};
    }
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) == 0) {
        return {Health::ok, "permissions", "the directory is its owner's alone", {}};
    }
    return {Health::warn, "permissions", "others may look into the directory", "chmod 700 " + data};
}

// A file that was written later than now: the clock was ahead then, or is behind now.
Finding look_at_times(const std::string& data) {
    struct timespec newest {};
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(data + "/ledger", error)) {
        struct stat status {};
        if (::stat(entry.path().c_str(), &status) != 0) continue;
        if (status.st_mtim.tv_sec > newest.tv_sec) newest = status.st_mtim;
    }
    const std::time_t now = std::time(nullptr);
    const auto ahead = std::chrono::seconds(std::max<std::time_t>(newest.tv_sec - now, 0));
    return judge_clock("clock, files", ahead);
}

std::optional<std::chrono::sys_seconds> moment_of(const ASN1_TIME* time) {
    std::tm broken{};
    if (ASN1_TIME_to_tm(time, &broken) != 1) return std::nullopt;
    return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&broken)));
}

}  // namespace

std::string_view to_text(Health health) {
    switch (health) {
        case Health::ok:
            return "ok";
        case Health::warn:
            return "warn";
        case Health::fail:
            return "fail";
    }
    return "";
}

Finding judge_sync(microseconds median) {
    Finding finding{Health::ok,
                    "disk sync",
                    in_milliseconds(median) + ", the median of " + std::to_string(syncs_measured),
                    {}};
    if (median < sync_slow) return finding;
    finding.health = median < sync_too_slow ? Health::warn : Health::fail;
    finding.advice = "each change waits for one: put the ledger on a faster disk";
    return finding;
}

Finding judge_room(std::uint64_t bytes_free) {
    Finding finding{Health::ok, "disk room", grouped(bytes_free >> 20) + " MiB free", {}};
    if (bytes_free >= room_small) return finding;
    finding.health = bytes_free < room_too_small ? Health::fail : Health::warn;
    finding.advice = "a full disk ends the server: make room";
    return finding;
}

Finding judge_file_limit(std::uint64_t files_max, std::uint64_t connections_max) {
    Finding finding{Health::ok, "file limit", grouped(files_max) + " files", {}};
    const std::uint64_t needed = connections_max + files_beside_connections;
    if (files_max >= needed) return finding;
    finding.health = files_max < files_too_few ? Health::fail : Health::warn;
    finding.advice = "raise it to " + grouped(needed) +
                     " (ulimit -n, LimitNOFILE=), or lower limits.connections_max";
    return finding;
}

Finding judge_clock(std::string subject, milliseconds difference) {
    const milliseconds size = std::chrono::abs(difference);
    Finding finding{Health::ok, std::move(subject), "right", {}};
    if (size < clock_off) return finding;
    finding.health = size < clock_far_off ? Health::warn : Health::fail;
    finding.what = "this clock is " + to_text(Duration(size / 1000 * 1000)) +
                   (difference.count() > 0 ? " behind" : " ahead");
    finding.advice =
        "set the clocks by NTP; while one is behind the ledger, windows and expiries "
        "stand still";
    return finding;
}

Finding judge_certificate(std::string file, std::chrono::sys_seconds not_before,
                          std::chrono::sys_seconds not_after, std::chrono::sys_seconds now) {
    Finding finding{Health::ok, "certificate", {}, {}};
    const std::string until = to_rfc3339(std::chrono::time_point_cast<Duration>(not_after));
    finding.what = "good until " + until.substr(0, 10);
    if (now >= not_after) {
        finding = {Health::fail, "certificate", "ended on " + until.substr(0, 10), {}};
    } else if (now < not_before) {
        finding = {Health::fail, "certificate", "is not good yet", {}};
    } else if (not_after - now < certificate_soon) {
        finding.health = Health::warn;
    }
    if (finding.health != Health::ok) finding.advice = "renew " + std::move(file);
    return finding;
}

std::vector<Finding> look_at_directory(const std::string& data) {
    std::error_code error;
    if (!std::filesystem::exists(data + "/ledger", error)) {
        return {{Health::fail, "directory", data + " holds no ledger",
                 "`keyledger init --data " + data + "` makes one"}};
    }
    return {look_at_sync(data), look_at_room(data), look_at_key(data), look_at_mode(data),
            look_at_times(data)};
}

// A start raises its limit as far as it may.
Finding look_at_file_limit(std::uint64_t connections_max) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return judge_file_limit(limit.rlim_max, connections_max);
}

std::vector<Finding> look_at_certificate(const Settings& settings) {
    if (settings.tls_cert.empty()) return {};
    const TlsLoaded loaded =
        load_tls({settings.tls_cert, settings.tls_key, settings.tls_client_ca});
    if (!loaded.context) {
        return {{Health::fail, "certificate", loaded.error, "give a certificate and its own key"}};
    }
    const FileText pem = read_file(settings.tls_cert, pem_bytes_max);
    const std::unique_ptr<BIO, decltype(&BIO_free)> bytes(
        BIO_new_mem_buf(pem.text.data(), static_cast<int>(pem.text.size())), BIO_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(bytes.get(), nullptr, nullptr, nullptr), X509_free);
    if (!certificate) {
        return {{Health::fail, "certificate", settings.tls_cert + " can't be read", "look at it"}};
    }
    const auto begin = moment_of(X509_get0_notBefore(certificate.get()));
    const auto end = moment_of(X509_get0_notAfter(certificate.get()));
    if (!begin || !end) {
        return {
            {Health::fail, "certificate", settings.tls_cert + " has no good dates", "renew it"}};
    }
    return {judge_certificate(
        settings.tls_cert, *begin, *end,
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()))};
}

}  // namespace keyledger
