#!/usr/bin/env python3
"""How many calls at once `earwitness serve --capture` records from an interface without losing a packet, and what a packet costs it, beside `tcpdump -w` on the same traffic.

    bench/live_rate.py EARWITNESS CALLGEN SEND_CAPTURE [--calls 500,1000,2000] [--seconds 60] [--call-seconds 60] [--ring-mb 64] [--folder DIR] [--only earwitness|tcpdump]

As root. A pair of Ethernet devices in a network namespace of its own; generated G.711 calls are sent on one end at the pace of calls, and what comes out of the other is recorded, first by
one, then by the other program, with equal memory for what waits. Each run has disk and processors to itself but for the sender, whose lateness is told: where it was late, the load was not what it says.
Prints rows for bench/RESULTS.md. `lost` is what the kernel dropped or the recorder did; `kept` is what is in the capture, or in the recordings as the call log counts them.
"""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import live_support  # pylint: disable=wrong-import-position
import processes  # pylint: disable=wrong-import-position

SERVER = """[storage]
keys = "{work}/keys"
[recording]
default = "all"
legal_ground = "measurement"
[server]
http = "127.0.0.1:{port}"
[sip]
listen = []
[capture]
interfaces = ["{interface}"]
ring_mb = {ring}
"""
PORT = 18_480


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("earwitness")
    parser.add_argument("callgen")
    parser.add_argument("send_capture")
    parser.add_argument("--calls", default="500,1000,2000")
    parser.add_argument("--seconds", type=int, default=60, help="that all calls go on at once")
    parser.add_argument("--call-seconds", type=int, default=60, help="a call's length; for so long calls begin, and end, before and after")
    parser.add_argument("--ring-mb", type=int, default=64)
    parser.add_argument("--folder", default=None)
    parser.add_argument("--only", choices=["earwitness", "tcpdump"])
    return parser.parse_args()


def send(given, capture):
    done = subprocess.run([given.send_capture, capture, live_support.NEAR], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def by_tcpdump(given, capture, work):
    process = subprocess.Popen(["tcpdump", "-i", live_support.FAR, "-B", str(given.ring_mb * 1024), "-w", f"{work}/out.pcap"], stderr=subprocess.PIPE, text=True)
    time.sleep(2)
    sent = send(given, capture)
    time.sleep(2)
    used = processes.processor_seconds(process.pid)
    process.terminate()
    said = process.communicate()[1]
    kept, = re.findall(r"(\d+) packets? captured", said)
    dropped, = re.findall(r"(\d+) packets? dropped by kernel", said)
    return sent, int(kept), int(dropped), used


def metric(name):
    done = subprocess.run(["curl", "-s", f"http://127.0.0.1:{PORT}/metrics"], capture_output=True, text=True, check=False)
    return sum(float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", done.stdout, re.M))


def by_earwitness(given, capture, work):
    config = work / "c.toml"
    config.write_text(SERVER.format(work=work, port=PORT, interface=live_support.FAR, ring=given.ring_mb))
    common = ["--data", f"{work}/data", "--config", str(config)]
    with open(work / "log", "w") as log:
        server = subprocess.Popen([given.earwitness, "serve", *common], stdout=log, stderr=log)
        while "Recording live" not in (said := (work / "log").read_text()) or "Capturing" not in said:
            time.sleep(0.2)
        recorder = processes.child(server.pid, "ew-recorder")
        before = processes.processor_seconds(recorder)
        sent = send(given, capture)
        time.sleep(1)
        used = processes.processor_seconds(recorder) - before
        while metric("earwitness_calls_running") > 0:
            time.sleep(0.5)
        # What was dropped is missing in the calls too, so it is not counted twice.
        lost = max(metric("earwitness_capture_dropped_total"), metric("earwitness_rtp_lost_total"))
        kept = metric("earwitness_rtp_packets_total")
        server.terminate()
        server.wait(600)
    checked = subprocess.run([given.earwitness, "verify", *common], capture_output=True, text=True, check=False)
    if checked.returncode != 0:
        raise SystemExit(f"verify: {checked.stdout}{checked.stderr}")
    return sent, int(kept), int(lost), used


def main():
    given = options()
    why_not = live_support.own_network()
    if why_not:
        raise SystemExit(why_not)
    programs = {"tcpdump": by_tcpdump, "earwitness": by_earwitness}
    print("| calls at once | program | frames sent | kept | lost | µs of its processor time per frame | frames that the sender sent late, at most |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for calls in map(int, given.calls.split(",")):
        with tempfile.TemporaryDirectory(dir=given.folder) as folder:
            capture = pathlib.Path(folder) / "calls.pcap"
            subprocess.run([given.callgen, "load", "--out", capture, "--calls", str(calls), "--packets", str(calls * 100 * (given.seconds + given.call_seconds)), "--seconds-per-call",
                            str(given.call_seconds)], check=True, stdout=subprocess.DEVNULL)
            subprocess.run(["cat", capture], stdout=subprocess.DEVNULL, check=True)
            for name, record in programs.items():
                if given.only not in (None, name):
                    continue
                work = pathlib.Path(folder) / name
                work.mkdir()
                sent, kept, lost, used = record(given, capture, work)
                print(f"| {calls} | {name} | {sent['frames']} in {sent['seconds']:.0f} s | {kept} | {lost} | {1e6 * used / sent['frames']:.2f} | "
                      f"{sent['late']}, {sent['late_ms_max']:.0f} ms |", flush=True)
                shutil.rmtree(work)


if __name__ == "__main__":
    main()
