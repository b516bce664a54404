# What the scripts here share; sourced by them, from bash. Sets `root` and `jobs`.

# A bare machine may have no other UTF-8 locale.
export LC_ALL=C.UTF-8

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# One compiler a core, but no more than one for each GiB that is free: a large file takes 0.8.
jobs=$(nproc)
gibibytes=$(awk '/^MemAvailable/ { print int($2 / 1024 / 1024) }' /proc/meminfo 2>/dev/null || true)
if [ -n "$gibibytes" ] && [ "$gibibytes" -lt "$jobs" ]; then jobs=$gibibytes; fi
if [ "$jobs" -lt 1 ]; then jobs=1; fi

# ccache keeps its files in the home directory, where there is one that can be written to.
if [ ! -w "${HOME:-/nonexistent}" ]; then export CCACHE_DIR=${CCACHE_DIR:-$root/build/ccache}; fi

# Writes to standard error, so that a script's standard output is that of the program it runs.
say() { printf '%s\n' "$*" >&2; }

# Configures a preset; further arguments go to CMake.
configure() { (cd "$root" && cmake --preset "$@"); }

# Builds a preset, or just one target of it.
build() {
    local preset=$1 target=${2:-all}
    (cd "$root" && cmake --build --preset "$preset" --target "$target" --parallel "$jobs")
}

# Sets `as_root`, what makes a command run as root; ends the script where that can't be. The argument says
# which packages it is about.
as_root=()
need_root() {
    if [ "$(id -u)" -eq 0 ]; then return 0; fi
    if command -v sudo >/dev/null; then
        as_root=(sudo)
        return 0
    fi
    say "$(basename "$0"): these are missing, and getting them needs root or sudo:"
    say "    $*"
    exit 1
}

# apt-get without questions, after need_root. Says nothing where all goes well, else what apt-get said.
apt_get() {
    local said
    if said=$("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
        -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" </dev/null 2>&1); then return 0; fi
    say "$said"
    say "$(basename "$0"): apt-get failed; what it said stands above"
    return 1
}
