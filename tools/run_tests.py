#!/usr/bin/env python3
"""Runs every test there is, two at a time, and adds up what they say. ./test builds what is needed and calls this.

A job is one program or one file of tests. Its output is shown only where something in it failed. The last line is
`N passed, N failed, N skipped`; the exit code is 1 on any failure.
"""
import argparse
import concurrent.futures
import dataclasses
import datetime
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
LONG = ROOT / "build/long"
QUICK_TIMEOUT_S = 1200
LONG_TIMEOUT_S = 24 * 3600


@dataclasses.dataclass
class Outcome:
    passed: int = 0
    failed: list = dataclasses.field(default_factory=list)   # names
    skipped: list = dataclasses.field(default_factory=list)  # [name, reason]
    figures: list = dataclasses.field(default_factory=list)  # lines for the report of a long run
    seconds: float = 0.0
    output: str = ""

    def counts(self):
        return f"{self.passed} passed, {len(self.failed)} failed, {len(self.skipped)} skipped"


class Processes:
    """Children that run now, each in a process group of its own, so that an interrupted run leaves none behind."""

    def __init__(self):
        self.running = set()

    def run(self, command, environment, timeout):
        """(exit code, output); a timeout is told in the output and counts as exit code -9."""
        child = subprocess.Popen([str(part) for part in command], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        self.running.add(child)
        try:
            output, _ = child.communicate(timeout=timeout)
            return child.returncode, output.decode(errors="replace")
        except subprocess.TimeoutExpired:
            self.kill(child)
            output, _ = child.communicate()
            return -9, output.decode(errors="replace") + f"\nkilled after {timeout} s\n"
        finally:
            self.running.discard(child)

    @staticmethod
    def kill(child):
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def kill_all(self):
        for child in list(self.running):
            self.kill(child)


@dataclasses.dataclass
class Job:
    name: str
    command: list
    judge: object  # (exit code, output, result file) -> Outcome
    timeout: int = QUICK_TIMEOUT_S

    def run(self, processes, environment):
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="earwitness-result-") as folder:
            result = pathlib.Path(folder) / "result.json"
            command = [part.replace("{result}", str(result)) for part in map(str, self.command)]
            code, output = processes.run(command, environment, self.timeout)
            outcome = self.judge(self.name, code, output, result)
        outcome.seconds = time.monotonic() - began
        outcome.output = output if outcome.failed else ""
        return outcome


# ---- one program, one verdict: a checker, the regression inputs of a fuzz target ----

def judge_exit_code(name, code, output, _):
    return Outcome(passed=1) if code == 0 else Outcome(failed=[f"{name} (exit code {code})"])


# ---- GoogleTest ----

def judge_googletest(name, code, output, result):
    if not result.exists():  # it crashed: what had passed until then is known from its output
        passed = len(re.findall(r"^\[       OK \] ", output, re.MULTILINE))
        started = re.findall(r"^\[ RUN      \] (\S+)", output, re.MULTILINE)
        return Outcome(passed=passed, failed=[f"{name}: {started[-1] if started else 'before the first test'} (exit code {code})"])
    outcome = Outcome()
    reasons = googletest_skip_reasons(output)
    for suite in json.loads(result.read_text())["testsuites"]:
        for test in suite["testsuite"]:
            full = f"{suite['name']}.{test['name']}"
            if test.get("failures"):
                outcome.failed.append(f"{name}: {full}")
            elif test["result"] == "SKIPPED":
                outcome.skipped.append([f"{name}: {full}", reasons.get(full, "no reason given")])
            elif test["status"] == "RUN":
                outcome.passed += 1
    if code != 0 and not outcome.failed:  # for example a leak, told at the end
        outcome.failed.append(f"{name} (exit code {code})")
    return outcome


def googletest_skip_reasons(output):
    """Test -> reason: GoogleTest prints `file:line: Skipped`, the reason on the next line, then the test's end."""
    reasons, reason, takes_next = {}, None, False
    for line in output.splitlines():
        if takes_next:
            reason, takes_next = line.strip(), False
        elif line.endswith(": Skipped"):
            takes_next = True
        elif ended := re.match(r"\[  SKIPPED \] ([^\s,]+)", line):
            if reason:
                reasons[ended.group(1)] = reason
            reason = None
    return reasons


# ---- python unittest: this file runs itself as `run_tests.py --unittest FILE RESULT` ----

class Collector(unittest.TextTestResult):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.passed_ids = []

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed_ids.append(test.id())


def run_unittest(path, result_path):
    folder = pathlib.Path(path).resolve().parent
    suite = unittest.TestLoader().discover(str(folder), pattern=pathlib.Path(path).name, top_level_dir=str(folder))
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=Collector).run(suite)
    failed = {getattr(test, "test_case", test).id() for test, _ in result.failures + result.errors}
    failed |= {test.id() for test in result.unexpectedSuccesses}
    skipped = {getattr(test, "test_case", test).id(): reason for test, reason in result.skipped}
    pathlib.Path(result_path).write_text(json.dumps({
        "passed": len(result.passed_ids) + len(result.expectedFailures),
        "failed": sorted(failed),
        "skipped": [[name, reason] for name, reason in sorted(skipped.items()) if name not in failed]}))
    return 1 if failed else 0


def judge_unittest(name, code, output, result):
    figures = re.findall(r"^[\w .,-]+: \d+ rounds, .*$", output, re.MULTILINE)
    if not result.exists():
        return Outcome(failed=[f"{name} (exit code {code})"], figures=figures)
    told = json.loads(result.read_text())
    outcome = Outcome(told["passed"], told["failed"], told["skipped"], figures)
    if code == 0 and not (outcome.passed or outcome.skipped):
        outcome.failed.append(f"{name}: no test inside")
    return outcome


# ---- libFuzzer ----

def judge_fuzzing(name, code, output, _):
    runs = re.findall(r"stat::number_of_executed_units:\s*(\d+)", output)
    covered = re.findall(r"cov: (\d+)", output)
    figures = [f"{int(runs[-1]):,} inputs, {covered[-1] if covered else '?'} edges covered"] if runs else []
    if code == 0 and runs:
        return Outcome(passed=1, figures=figures)
    return Outcome(failed=[f"{name} (exit code {code}; the input is under build/long/finds)"], figures=figures)


# ---- what there is to run ----

def quick_jobs(options):
    timeout = LONG_TIMEOUT_S if options.long else QUICK_TIMEOUT_S
    runner = [sys.executable, __file__, "--unittest"]
    for path in sorted((ROOT / "tests").glob("test_*.py")):
        yield Job(path.name, [*runner, path, "{result}"], judge_unittest, timeout)
    programs = json.loads((options.unit / "test_programs.json").read_text())
    for name, path in programs["tests"].items():
        yield Job(name, [path, "--gtest_output=json:{result}"], judge_googletest, timeout)
    for name, path in programs["fuzzers"].items():
        yield Job(f"{name} (regressions)", [path, ROOT / "fuzz/regressions" / name.removeprefix("fuzz_")], judge_exit_code)
    for folder in ("tests/captures", "sample") if options.long else ("sample",):
        yield Job(f"check_with_tshark.py {folder}", [sys.executable, ROOT / "tools/callgen/check_with_tshark.py", ROOT / folder],
                  judge_exit_code)
    yield Job("check_source.py", [sys.executable, ROOT / "tools/check_source.py", ROOT], judge_exit_code)


def fuzz_jobs(options):
    (LONG / "finds").mkdir(parents=True, exist_ok=True)
    for source in sorted((ROOT / "fuzz").glob("fuzz_*.cc")):
        corpus = LONG / "corpus" / source.stem
        corpus.mkdir(parents=True, exist_ok=True)
        regressions = ROOT / "fuzz/regressions" / source.stem.removeprefix("fuzz_")
        yield Job(f"{source.stem} (libFuzzer)",
                  [options.fuzz / "fuzz" / source.stem, f"-max_total_time={options.fuzz_seconds}", "-timeout=10", "-print_final_stats=1",
                   f"-artifact_prefix={LONG / 'finds' / source.stem}-", corpus, *([regressions] if regressions.is_dir() else [])],
                  judge_fuzzing, LONG_TIMEOUT_S)


class LongState:
    """What a long run has done, under build/long/done, so that an interrupted one goes on; good for one commit only."""

    def __init__(self):
        self.folder = LONG / "done"
        self.commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True).stdout.strip()

    def path(self, job):
        return self.folder / (re.sub(r"\W+", "_", job.name) + ".json")

    def load(self, job):
        if not self.path(job).exists():
            return None
        saved = json.loads(self.path(job).read_text())
        return Outcome(**saved["outcome"]) if saved["commit"] == self.commit else None

    def save(self, job, outcome):
        if outcome.failed:
            return  # to be run again
        self.folder.mkdir(parents=True, exist_ok=True)
        self.path(job).write_text(json.dumps({"commit": self.commit, "outcome": dataclasses.asdict(outcome)}))

    def clear(self):
        for path in [*self.folder.glob("*.json"), *(LONG / "state").glob("*.json")]:
            path.unlink()

    def report(self, outcomes, command):
        lines = [f"\n## {datetime.date.today()}, {self.commit}\n", f"`{command}`, {os.cpu_count()} processors\n",
                 "| what | passed | failed | skipped | seconds | figures |", "|---|---|---|---|---|---|"]
        for job, outcome in outcomes:
            lines.append(f"| {job.name} | {outcome.passed} | {len(outcome.failed)} | {len(outcome.skipped)} | {outcome.seconds:.0f} | "
                         f"{'; '.join(outcome.figures)} |")
        path = ROOT / "bench/LONG_RESULTS.md"
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            path.write_text("# Results of the long test runs\n\nWritten by `./test --long`, newest last.\n")
        with path.open("a") as file:
            file.write("\n".join(lines) + "\n")


def run_all(jobs, environment, state):
    """[(job, outcome)] in the order of the jobs; two run at a time."""
    processes = Processes()

    def run(job):
        before = state.load(job) if state else None
        outcome = before or job.run(processes, environment)
        if state and not before:
            state.save(job, outcome)
        word = "FAILED" if outcome.failed else "ok"
        print(f"{outcome.output}{word:6} {job.name}: {outcome.counts()}, {outcome.seconds:.1f} s{' (done before)' if before else ''}",
              flush=True)
        return job, outcome

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        try:
            return list(pool.map(run, jobs))
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            processes.kill_all()
            print("interrupted", flush=True)
            sys.exit(130)


def test_environment(options):
    environment = dict(os.environ, EARWITNESS=str(options.program), CALLGEN=str(options.callgen), SRCLOAD=str(options.srcload))
    environment.pop("EARWITNESS_FAULT", None)
    environment.pop("EARWITNESS_ACK_LOG", None)
    if options.long:
        environment.update(EW_LONG="1", EW_LONG_STATE=str(LONG / "state"))
    return environment


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--unit", type=pathlib.Path, required=True, help="build folder with the test programs")
    parser.add_argument("--program", type=pathlib.Path, required=True, help="earwitness for the end-to-end tests")
    parser.add_argument("--callgen", type=pathlib.Path, required=True)
    parser.add_argument("--srcload", type=pathlib.Path, required=True)
    parser.add_argument("--long", action="store_true", help="full counts, then libFuzzer; resumable")
    parser.add_argument("--fuzz", type=pathlib.Path, help="build folder of the libFuzzer targets, with --long")
    parser.add_argument("--fuzz-seconds", type=int, default=600, help="for each target")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only jobs whose name contains one of these")
    options = parser.parse_args()

    jobs = list(quick_jobs(options)) + (list(fuzz_jobs(options)) if options.long else [])
    if options.names:
        jobs = [job for job in jobs if any(name in job.name for name in options.names)]
        if not jobs:
            sys.exit(f"no test has {' or '.join(options.names)} in its name")
    state = LongState() if options.long else None
    began = time.monotonic()
    outcomes = run_all(jobs, test_environment(options), state)

    total = Outcome()
    for _, outcome in outcomes:
        total.passed += outcome.passed
        total.failed += outcome.failed
        total.skipped += outcome.skipped
    if state:
        state.report(outcomes, "./test --long" + "".join(f" {name}" for name in options.names))
        if not total.failed:
            state.clear()
    print(f"\n{len(outcomes)} programs in {time.monotonic() - began:.0f} s")
    for name, reason in total.skipped:
        print(f"skipped: {name}: {reason}")
    for name in total.failed:
        print(f"failed: {name}")
    print(total.counts())
    return 1 if total.failed else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--unittest"]:
        sys.exit(run_unittest(*sys.argv[2:4]))
    sys.exit(main())
