#!/usr/bin/env python3
"""One call of 24 hours among many short ones: the journal stays bounded, and the result is one call with all its packets."""
import json
import os
import struct
import threading
import unittest

import crash_support as support

HOURS = 24
# A journal file is let go when all parts in it are stored. The long call's parts are cut after 10 minutes of its time, in which
# an import may fill a file or two; a third is being written.
MOST_JOURNAL_BYTES = 4 * 64 * 1024 * 1024


class Sampler(threading.Thread):
    """Looks at the journal's folder again and again: the largest size and number of files it ever had."""

    def __init__(self, folder):
        super().__init__()
        self.folder, self.stop = folder, threading.Event()
        self.bytes = self.files = self.samples = 0

    def run(self):
        while not self.stop.wait(0.02):
            sizes = []
            for folder, _, names in os.walk(self.folder):
                for name in names:
                    try:
                        sizes.append(os.stat(os.path.join(folder, name)).st_size)
                    except FileNotFoundError:
                        pass  # removed meanwhile
            self.bytes, self.files = max(self.bytes, sum(sizes)), max(self.files, len(sizes))
            self.samples += 1


class LongCall(unittest.TestCase):
    def test_a_day_among_short_calls(self):
        short_calls = support.count(5_000, 100_000)
        with support.scratch() as folder:
            capture = support.make_long(folder, short_calls, HOURS)
            data = support.Data(os.path.join(folder, "long"))
            sampler = Sampler(data.path("journal"))
            sampler.start()
            imported = data.run("import", "--json", capture, timeout=3600)
            sampler.stop.set()
            sampler.join()
            self.assertEqual(imported.returncode, 0, imported.stderr)
            report = json.loads(imported.stdout)
            self.assertEqual(report["calls"], short_calls + 1)
            self.assertGreater(sampler.samples, 10)
            self.assertGreater(sampler.bytes, 0)
            self.assertLessEqual(sampler.bytes, MOST_JOURNAL_BYTES)
            print(f"long-call: {short_calls} short calls, {report['packets']} packets, journal at most {sampler.bytes >> 20} MiB"
                  f" in {sampler.files} files, {report['seconds']:.1f} s")
            self.check_call(data)
            self.check_size(data)
            verified = data.run("verify", timeout=3600)
            self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)

    def check_call(self, data):
        calls = data.json("calls", "--min-duration", str((HOURS - 1) * 3600))
        self.assertEqual(len(calls), 1)
        call = data.json("show", calls[0]["call_id"])
        self.assertAlmostEqual(call["talk_sec"], HOURS * 3600, delta=5)
        # One packet a second each way.
        self.assertEqual(len(call["streams"]), 2)
        for stream in call["streams"]:
            self.assertAlmostEqual(stream["packets"] + stream["lost"], HOURS * 3600, delta=5)
            self.assertEqual(stream["packets"], self.packets_stored(data, call["call_id"], stream["ssrc"]))
        self.check_wav(data, call)

    def packets_stored(self, data, call, ssrc):
        """Packets of one SSRC in the call's pcapng export, which rebuilds them from the vault."""
        path = os.path.join(data.folder, "call.pcapng")
        if not os.path.exists(path):
            done = data.run("export", call, "--format", "pcapng", "-o", path)
            self.assertEqual(done.returncode, 0, done.stderr)
        with open(path, "rb") as file:
            content = file.read()
        packets, at = 0, 0
        while at < len(content):
            kind, length = struct.unpack_from("<II", content, at)
            if kind == 6:
                captured = struct.unpack_from("<I", content, at + 20)[0]
                packets += is_rtp_of(content[at + 28:at + 28 + captured], bytes.fromhex(ssrc))
            at += length
        return packets

    def check_wav(self, data, call):
        path = os.path.join(data.folder, "call.wav")
        done = data.run("export", call["call_id"], "--format", "wav", "-o", path, timeout=3600)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(path, "rb") as file:
            head = file.read(44)
        channels, rate = struct.unpack_from("<HI", head, 22)
        self.assertEqual((channels, rate), (2, 8000))
        frames = (os.path.getsize(path) - 44) // (2 * channels)
        self.assertAlmostEqual(frames / rate, HOURS * 3600, delta=5)

    def check_size(self, data):
        """Everything has become objects: what the journal still has is less than one file."""
        left = sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(data.path("journal")) for name in names)
        self.assertLess(left, 64 * 1024 * 1024)


def is_rtp_of(frame, ssrc):
    """Whether an Ethernet frame carries an RTP packet of this SSRC over IPv4 and UDP."""
    if frame[12:14] != b"\x08\x00" or frame[23] != 17:
        return False
    udp = 14 + (frame[14] & 15) * 4
    return frame[udp + 8] >> 6 == 2 and frame[udp + 16:udp + 20] == ssrc and frame[udp + 9] & 0x7F < 72


if __name__ == "__main__":
    unittest.main()
