#!/usr/bin/env python3
"""Kills a server at random moments while clients write to it, and looks what is missing.

    crash_test.py [--rounds 50] [--seed N] [--threads 4]

Each round, writer threads make, rotate, suspend, resume and revoke keys, spend exact quotas and
check plain keys, and note every answer that they got. Then comes SIGKILL, a restart on the same
directory, and the questions that a ledger must be able to answer. As a unit test it runs as many
rounds, and fewer where sanitizers make them slow.
"""

import argparse
import collections
import http.client
import os
import random
import sys
import threading
import time
import unittest

from crash_checks import Checks
from crash_writers import KeyWriter, PlainChecker, QuotaSpender, Shared
from harness import PATIENCE, Server

ROUND_SECONDS = (0.15, 0.9)  # from all writers' start to the kill
ROUNDS = 50
ROUNDS_SANITIZED = 6


class CrashTest:
    def __init__(self, seed, threads):
        self.random = random.Random(seed)
        self.server = Server()
        self.counts = collections.Counter()
        self.server.init()
        self.server.start()
        self.root = self.server.client(self.server.root_token)
        self.shared = Shared(self.server, self.root)
        self.writers = [KeyWriter(self.shared, n, self.random.random()) for n in range(threads)]
        self.writers += [QuotaSpender(self.shared, n, self.random.random()) for n in range(threads)]
        self.writers += [PlainChecker(self.shared, n, self.random.random()) for n in range(2)]
        self.checks = Checks(self.shared, self.writers, self.counts)

    def run(self, rounds):
        for number in range(rounds):
            self.round()
            self.checks.after_a_crash(self.server.client(self.server.root_token), self.killed)
            self.counts["rounds"] += 1
            if sys.stdout.isatty():
                print(f"\r{number + 1} of {rounds} rounds", end="", flush=True)
        self.checks.at_the_end(self.server.client(self.server.root_token))
        self.server.stop()

    def round(self):
        """Lets all write for a while, kills, starts again; now and then kills the start as well."""
        self.shared.prepare(self.server.client(self.server.root_token))
        threads = [threading.Thread(target=writer.run) for writer in self.writers]
        for thread in threads:
            thread.start()
        time.sleep(self.random.uniform(*ROUND_SECONDS) * PATIENCE)
        self.killed = time.monotonic()
        self.server.kill()
        for thread in threads:
            thread.join()
        for writer in self.writers:
            if writer.failure:
                raise writer.failure
        if self.random.random() < 0.2:
            self.server.spawn()
            time.sleep(self.random.uniform(0, 0.1))
            self.server.kill()
            self.counts["starts killed too"] += 1
        self.server.start()

    def report(self):
        for writer in self.writers:
            self.counts.update(writer.counts)
        return "\n".join(f"{name:>28} {count}" for name, count in sorted(self.counts.items()))


def run(rounds, seed, threads):
    test = CrashTest(seed, threads)
    try:
        test.run(rounds)
    except (AssertionError, OSError, http.client.HTTPException):
        print(f"seed {seed}; the server logged:\n{test.server.log_tail()}", file=sys.stderr)
        raise
    finally:
        test.server.close()
    return test.report()


class Crash(unittest.TestCase):
    def test_no_acknowledged_change_is_lost_and_no_quota_overshot_however_often_it_is_killed(self):
        seed = random.SystemRandom().randrange(1 << 32)
        rounds = ROUNDS_SANITIZED if os.environ.get("BLACK_BOX_SANITIZED") else ROUNDS
        print(f"\ncrash_test.py --seed {seed}:\n{run(rounds, seed, 4)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument(
        "--threads", type=int, default=4, help="of each kind that changes keys and quotas"
    )
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.rounds} rounds")
    start = time.monotonic()
    print("\r" + run(options.rounds, options.seed, options.threads))
    print(f"nothing was lost; {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
