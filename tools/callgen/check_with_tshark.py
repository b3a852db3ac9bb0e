#!/usr/bin/env python3
"""Compares captures with their truth files by what tshark says of them: nothing malformed, checksums right, packets of
every stream, times of INVITE, ringing, answer and BYE. Usage: check_with_tshark.py FOLDER; exit 1 on any difference."""
import collections
import datetime
import json
import pathlib
import subprocess
import sys

CHECKSUMS = ["-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE",
             "-o", "tcp.reassemble_out_of_order:TRUE", "--enable-heuristic", "rtp_udp"]


def tshark(path, *arguments):
    done = subprocess.run(["tshark", "-r", str(path), *CHECKSUMS, *arguments], capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if line]


def fields(path, where, *names):
    arguments = [part for name in names for part in ("-e", name)]
    return [line.split("\t") for line in tshark(path, "-Y", where, "-T", "fields", "-E", "occurrence=a", *arguments)]


def seconds(text):
    moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    return moment.replace(tzinfo=datetime.timezone.utc).timestamp()


def endpoint(address, port):
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def streams_seen(captures):
    """(ssrc, source, destination) -> list of sequence numbers in the order of arrival."""
    seen = collections.defaultdict(list)
    for path in captures:
        rows = fields(path, "rtp && rtp.version == 2", "rtp.ssrc", "ip.src", "ipv6.src", "udp.srcport", "ip.dst",
                      "ipv6.dst", "udp.dstport", "rtp.seq")
        for ssrc, src4, src6, sport, dst4, dst6, dport, sequence in rows:
            key = (ssrc[2:].rjust(8, "0"), endpoint(src4 or src6, sport), endpoint(dst4 or dst6, dport))
            seen[key].append(int(sequence))
    return seen


def check_streams(truth, seen, problems):
    expected = set()
    for call in truth["calls"]:
        for stream in call["streams"]:
            ways = [stream] + stream.get("copies", [])
            for way in ways:
                key = (way.get("ssrc", stream["ssrc"]), way["source"], way["destination"])
                expected.add(key)
                numbers = [number for other, list_ in seen.items() if other[0] == key[0] and
                           (other[1] == key[1] or len(ways) == 1) for number in list_]
                distinct = len(set(numbers))
                lost = max(numbers, default=0) - min(numbers, default=0) + 1 - distinct
                figures = (distinct, lost, len(numbers) - distinct)
                if figures != (stream["packets"], stream["lost"], stream["duplicated"]):
                    problems.append(f"stream {key}: tshark has {figures} packets, lost, duplicated")
    for key in seen:
        if key[0] not in {known[0] for known in expected}:
            problems.append(f"stream {key} is not in the truth")


def check_calls(truth, captures, problems):
    first = {}
    for path in captures:
        for at, call_ids, methods, codes, sequences in fields(path, "sip", "frame.time_epoch", "sip.Call-ID", "sip.Method",
                                                              "sip.Status-Code", "sip.CSeq.method"):
            calls = call_ids.split(",")
            if len(calls) > 1:  # several messages in one segment: their fields cannot be told apart in this listing
                continue
            words = [methods] if methods else [f"{codes} {sequences}"]
            for word in words:
                key = (calls[0], word)
                first[key] = min(first.get(key, float("inf")), float(at))
    for number, call in enumerate(truth["calls"]):
        def earliest(*words):
            found = [first[(call_id, word)] for call_id in call["sip_call_ids"] for word in words if (call_id, word) in first]
            return min(found, default=None)
        seen = {"start_at": earliest("INVITE"), "ring_at": earliest("180 INVITE", "183 INVITE"),
                "answer_at": earliest("200 INVITE")}
        if call["tech_result"] == "answered" and not call["end_reason"]:
            seen["end_at"] = earliest("BYE")
        if not call["sip_call_ids"]:
            continue
        for name, at in seen.items():
            told = seconds(call[name]) if call[name] else None
            if (at is None) != (told is None) or (at is not None and abs(at - told) > 0.005):
                problems.append(f"call {number}: {name} is {told} in the truth, {at} for tshark")
    known = {call_id for call in truth["calls"] for call_id in call["sip_call_ids"]}
    for call_id, word in first:
        if word == "INVITE" and call_id not in known:
            problems.append(f"INVITE of {call_id} is not in the truth")


def check(truth_path):
    truth = json.loads(truth_path.read_text())
    captures = [truth_path.parent / name for name in truth["captures"]]
    problems, frames = [], 0
    for path in captures:
        frames += len(tshark(path))
        for line in tshark(path, "-Y", "_ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0"
                                       " || tcp.checksum.status == 0"):
            problems.append(f"malformed or wrong checksum: {line}")
    if frames != truth["packets_total"]:
        problems.append(f"{frames} frames, {truth['packets_total']} in the truth")
    check_streams(truth, streams_seen(captures), problems)
    check_calls(truth, captures, problems)
    return problems


def main():
    bad = 0
    for truth_path in sorted(pathlib.Path(sys.argv[1]).glob("*.truth.json")):
        problems = check(truth_path)
        bad += bool(problems)
        print(f"{truth_path.name.removesuffix('.truth.json')}: {'ok' if not problems else ''}")
        for problem in problems:
            print(f"  {problem}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
