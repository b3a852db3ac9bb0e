#!/usr/bin/env python3
"""How many recording sessions `earwitness serve` carries, what they cost, and whether all of it is kept.

    bench/siprec_load.py PROGRAM SRCLOAD load   [--calls 1000] [--rate 100] [--hold 30] [--transport udp]
    bench/siprec_load.py PROGRAM SRCLOAD idle   [--calls 12000] [--rate 250]
    bench/siprec_load.py PROGRAM SRCLOAD setups [--calls 5000] [--rate 250] [--sync-ms 20]
    bench/siprec_load.py PROGRAM SRCLOAD first  [--calls 10000] [--rate 50]

Starts a server with a data directory of its own (under --folder, else where temporary files lie), plays the clients, then compares what is kept with what was sent.
Prints a row for bench/RESULTS.md. The recorder's processor time is that of its process; what the keeper needs to bring calls home is told beside it. Exit code 1 if anything
that was sent is missing.
"""
import argparse
import os
import pathlib
import sys
import tempfile
import time

import processes

ROOT = pathlib.Path(__file__).resolve().parent.parent


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("srcload")
    parser.add_argument("kind", choices=["load", "idle", "setups", "first"])
    parser.add_argument("--calls", type=int)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--hold", type=float)
    parser.add_argument("--transport", default="udp")
    parser.add_argument("--folder", help="where the data directory is made")
    parser.add_argument("--sync-ms", type=int, default=0, help="every sync of a file takes so much longer, as on a slow disk")
    given = parser.parse_args()
    usual = {"load": (1_000, 100, 30), "idle": (12_000, 250, 40), "setups": (5_000, 250, 2), "first": (10_000, 50, 0.2)}[given.kind]
    for name, value in zip(("calls", "rate", "hold"), usual):
        if getattr(given, name) is None:
            setattr(given, name, value)
    return given


def main():
    given = options()
    os.environ.update(EARWITNESS=str(pathlib.Path(given.program).resolve()), SRCLOAD=str(pathlib.Path(given.srcload).resolve()))
    if given.folder:
        tempfile.tempdir = given.folder
    sys.path.insert(0, str(ROOT / "tests"))
    import siprec_truth as truth  # pylint: disable=import-outside-toplevel  # it reads the variables above

    # The client holds idle dialogs until the last is set up, and longer than their transactions live.
    hold = given.hold + given.calls / given.rate if given.kind == "idle" else given.hold
    if given.sync_ms:
        os.environ["EARWITNESS_FAULT"] = f"sync-ms:{given.sync_ms}"
    media = {"idle": "none", "setups": "no"}.get(given.kind, "plain")
    with truth.Recorder(media_ports=(10_000, 59_999), peer="127.0.0.1") as server, tempfile.TemporaryDirectory() as scratch:
        told = pathlib.Path(scratch) / "truth.jsonl"
        before, memory_before = server.cpu_seconds(), server.memory_bytes()
        anonymous_before = server.memory_bytes("RssAnon")
        keeper_before = processes.processor_seconds(processes.child(server.process.pid, "ew-keeper"))
        client = truth.Client("calls", "--to", server.to, "--calls", given.calls, "--rate", given.rate, "--hold", hold, "--transport",
                              given.transport, "--media", media, "--truth", told)
        if given.kind == "idle":
            memory = most_memory(server, client)
        played = client.done()
        used = server.cpu_seconds()
        used.subtract(before)
        recorder = sum(used.values())
        if given.kind != "idle":
            memory = (server.memory_bytes("VmHWM"), server.memory_bytes("RssAnon"))
        dropped = server.metric("earwitness_capture_dropped_total")
        server.wait_for_calls()
        keeper = processes.processor_seconds(processes.child(server.process.pid, "ew-keeper")) - keeper_before
        server.settle()
        verdict = truth.compare(server, told, 20 if media == "plain" else 0)
        damaged = server.verified()
    answers = played["answer_ms"]
    figures = [f"{played['answered']} of {played['calls']} calls, {played['at_once']} at once",
               f"INVITE to 200: p50 {answers['p50']:.1f}, p99 {answers['p99']:.1f}, max {answers['max']:.1f} ms",
               f"recorder {recorder:.1f} s of processor time (" + ", ".join(f"{name} {value:.1f}" for name, value in used.most_common(4)) + ")",
               f"memory {memory[0] / 1e6:.0f} MB, {memory[0] / 1e6 - memory_before / 1e6:.0f} more than at first; "
               f"anonymous {memory[1] / 1e6:.0f} MB, {(memory[1] - anonymous_before) / 1e6:.0f} more"]
    if media == "plain":
        call_seconds = verdict.sent / 100
        figures += [f"{1e3 * recorder / call_seconds:.3f} ms for each second of a call: {call_seconds / recorder:.0f} calls per core",
                    f"sent {verdict.sent}, kept {verdict.stored}, dropped by us {dropped:.0f}",
                    f"client: {played['cpu_s']:.1f} s of processor time, {played['late_packets']} packets late, at most {played['late_ms_max']} ms"]
    figures += [f"keeper {1e3 * keeper / max(played['answered'], 1):.2f} ms for each call", f"{len(verdict.faults)} faults"]
    print(f"| {given.kind}, {given.calls} calls, {given.rate:g}/s, held {hold:.1f} s, {given.transport}{f', syncs of {given.sync_ms} ms' if given.sync_ms else ''} | " + "; ".join(figures) + " |")
    for fault in [*verdict.faults[:10], damaged]:
        if fault:
            print(fault, file=sys.stderr)
    print(f"load average {os.getloadavg()}, {played}", file=sys.stderr)
    return 1 if verdict.faults or damaged or played["troubles"] else 0


def most_memory(server, client):
    """(all, anonymous) of the recorder while all dialogs are up and before the first ends."""
    most = (0, 0)
    while client.process.poll() is None:
        up = server.metric("earwitness_siprec_sessions")
        most = max(most, (server.memory_bytes(), server.memory_bytes("RssAnon"))) if up else most
        time.sleep(1)
    return most


if __name__ == "__main__":
    sys.exit(main())
