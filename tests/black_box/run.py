#!/usr/bin/env python3
"""Runs the black-box tests: all of them, or the files (or parts of their names) that are named.

The program under test is build/release/keyledger, or what KEYLEDGER_BINARY names. The last line is
"N passed, N failed"; the exit status is 0 only if something passed and nothing failed.
"""

import argparse
import pathlib
import signal
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))


class Counting(unittest.TextTestResult):
    """Also counts what passed. A test with failing parts counts once, as does a class."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.passed = 0
        self.wrong = set()

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.wrong.add(test.id())

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.wrong.add(test.id())

    def addError(self, test, error):
        super().addError(test, error)
        self.wrong.add(test.id())

    def addSubTest(self, test, part, error):
        super().addSubTest(test, part, error)
        if error is not None:
            self.wrong.add(test.id())


def chosen(names):
    """The files to run, in a fixed order; crash_test.py last, as it takes longest."""
    files = sorted(HERE.glob("test_*.py")) + [HERE / "crash_test.py"]
    if not names:
        return files
    wanted = [pathlib.Path(name).name.removesuffix(".py") for name in names]
    return [path for path in files if any(name in path.stem for name in wanted)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="*", help="a file, or a part of its name; all without any")
    parser.add_argument(
        "-k", metavar="PATTERN", action="append", help="only tests with such a name"
    )
    parser.add_argument("-f", "--failfast", action="store_true", help="stop at the first failure")
    parser.add_argument("-v", "--verbose", action="store_true", help="name each test as it runs")
    options = parser.parse_args()

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that children end with this program
    from harness import BINARY

    if not BINARY.is_file():
        sys.exit(f"{BINARY} is not there: build it, or name another in KEYLEDGER_BINARY")
    files = chosen(options.file)
    if not files:
        sys.exit("no file has such a name: " + " ".join(options.file))

    loader = unittest.TestLoader()
    if options.k:
        loader.testNamePatterns = [k if "*" in k else f"*{k}*" for k in options.k]
    suite = unittest.TestSuite(loader.loadTestsFromName(path.stem) for path in files)
    runner = unittest.TextTestRunner(
        resultclass=Counting, failfast=options.failfast, verbosity=2 if options.verbose else 1
    )
    result = runner.run(suite)
    print(f"{result.passed} passed, {len(result.wrong)} failed")
    sys.exit(0 if result.passed and not result.wrong else 1)


if __name__ == "__main__":
    main()
