#!/usr/bin/env python3
"""Cost of `import` per packet, beside tcpdump reading the same file in the same run.

usage: import_throughput.py EARWITNESS CAPTURE... [--runs N]
Each capture is read once into the page cache; then, per run, tcpdump -r FILE -w /dev/null and an import into a fresh data
directory, one after the other, on one core. Figures are processor time per packet in microseconds (minimum and median of the
runs): until everything is acknowledged in the journal (all threads but the keeper's) and in all (objects, audit log, rows).
Memory is the peak of anonymous resident memory.
"""
import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import tempfile
import time


def cpu_of(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def anonymous_kb(pid):
    try:
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1])
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0


def import_once(program, capture, folder):
    work = pathlib.Path(tempfile.mkdtemp(dir=folder))
    (work / "c.toml").write_text(f'[storage]\nkeys = "{work}/keys"\n')
    command = [program, "import", capture, "--json", "--data", f"{work}/data", "--config", f"{work}/c.toml"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    peak = 0
    while process.poll() is None:
        peak = max(peak, anonymous_kb(process.pid))
        time.sleep(0.02)
    report = json.loads(process.stdout.read())
    if process.returncode != 0:
        raise SystemExit(f"import of {capture} failed")
    return report, peak / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("captures", nargs="+")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", default=None, help="where the data directories are made")
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {0})
    # What was written stays until the end: ext4 looks past each inode that was freed in the last minutes when it makes a file, which would be counted as the next run's.
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        measure(arguments, folder)


def measure(arguments, folder):
    print("capture | packets | tcpdump us | acknowledged us min/median | sealed with rows us min/median | ratio to tcpdump (ack, all) | memory MB")
    for capture in arguments.captures:
        subprocess.run(["cat", capture], stdout=subprocess.DEVNULL, check=True)
        tcpdump, acknowledged, whole, memory = [], [], [], []
        for _ in range(arguments.runs):
            reference = cpu_of(["tcpdump", "-r", capture, "-w", "/dev/null"])
            report, peak = import_once(arguments.program, capture, folder)
            packets = report["packets"]
            tcpdump.append(reference / packets * 1e6)
            acknowledged.append((report["cpu_seconds"] - report["keeper_cpu_seconds"]) / packets * 1e6)
            whole.append(report["cpu_seconds"] / packets * 1e6)
            memory.append(peak)
        median = statistics.median
        print(f"{pathlib.Path(capture).name} | {packets} | {min(tcpdump):.3f} | {min(acknowledged):.3f} / {median(acknowledged):.3f} | "
              f"{min(whole):.3f} / {median(whole):.3f} | {min(acknowledged) / min(tcpdump):.1f}, {min(whole) / min(tcpdump):.1f} | {max(memory):.0f}", flush=True)


if __name__ == "__main__":
    main()
