#!/usr/bin/env python3
"""kill -9 of the real program: nothing acknowledged is lost, a repeat completes the import exactly, the tail lost is short.

Run: python3 tests/test_crash.py (see crash_support.py for the environment)
"""
import calendar
import json
import os
import subprocess
import time
import unittest

import crash_support as support

MOST_TAIL_NS = 1_000_000_000


class KilledImport(unittest.TestCase):
    """Import of concurrent calls (200 in the long run), killed again and again at random moments of recovery and import, then completed."""

    @classmethod
    def setUpClass(cls):
        cls.scratch = support.scratch()
        cls.folder = cls.scratch.name
        cls.capture = support.make_load(cls.folder, calls=support.count(100, 200), packets=support.count(30_000, 150_000))
        cls.reference = support.Data(os.path.join(cls.folder, "reference"))
        began = time.monotonic()
        done = cls.reference.run("import", cls.capture)
        assert done.returncode == 0, done.stderr
        cls.seconds = time.monotonic() - began
        cls.expected_calls = cls.reference.public_calls()
        cls.ids = cls.reference.call_ids()
        cls.expected = {}

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def kill_once(self, data, progress, random, ack_log):
        """One import, killed; what it had acknowledged must be there after the next start."""
        began = time.monotonic()
        importing = data.start("import", self.capture, "--lanes", str(random.choice([1, 1, 2])), ack_log=ack_log)
        try:
            importing.wait(random.random() * self.__class__.seconds)
            self.__class__.seconds = time.monotonic() - began  # faster than we thought: kill earlier from now on
            progress.add(ended_before_the_kill=1)
        except subprocess.TimeoutExpired:
            importing.kill()
            importing.wait()
            progress.add(kills=1)

    def check_acknowledged(self, data, progress, ack_log):
        verified = data.run("verify")
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        stored = data.stored_frames()
        acknowledged = support.read_ack_log(ack_log)
        for part, frame, _ in acknowledged:
            self.assertLess(frame, stored.get(part, 0), f"frame {frame} of part {part} was acknowledged and is gone")
        progress.add(acknowledged_frames_checked=len(acknowledged))

    def check_equal(self, data, random, progress):
        done = data.run("import", self.capture)
        self.assertEqual(done.returncode, 0, done.stderr)
        verified = data.run("verify")
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        self.assertEqual(data.public_calls(), self.expected_calls)
        for call in random.sample(self.ids, 2):
            if call not in self.expected:
                self.expected[call] = self.reference.public_call(call)
            self.assertEqual(data.public_call(call), self.expected[call])
        progress.add(completed_imports=1)

    def test_killed_at_random_moments(self):
        progress = support.Progress("kill")
        kills = support.count(20, 1_000)
        while progress.totals.get("kills", 0) < kills:
            random = progress.random()
            data = support.Data(os.path.join(self.folder, "killed"))
            ack_log = os.path.join(self.folder, "acknowledged")
            with self.subTest(seed=support.SEED, round=progress.done):
                # Often the next kill meets the recovery of what the one before left.
                for _ in range(random.choice([1, 2, 4])):
                    self.kill_once(data, progress, random, ack_log)
                    if support.IS_LONG and random.random() < 0.5:
                        self.check_acknowledged(data, progress, ack_log)
                self.check_acknowledged(data, progress, ack_log)
                self.check_equal(data, random, progress)
            keep_for_inspection(data)
            if os.path.exists(ack_log):
                os.remove(ack_log)
            progress.step()
        progress.print()


class KilledRecovery(unittest.TestCase):
    """The command that recovers is killed too, whichever it is."""

    def test_any_command_may_recover_and_be_killed(self):
        progress = support.Progress("kill-recovery")
        with support.scratch() as folder:
            capture = support.make_load(folder, calls=100, packets=30_000)
            reference = support.Data(os.path.join(folder, "reference"))
            self.assertEqual(reference.run("import", capture).returncode, 0)
            killed = support.Data(os.path.join(folder, "killed"))
            ack_log = os.path.join(folder, "acknowledged")
            importing = killed.start("import", capture, ack_log=ack_log)
            while importing.poll() is None and len(support.read_ack_log(ack_log)) < 300:
                time.sleep(0.005)
            importing.kill()
            importing.wait()
            acknowledged = support.read_ack_log(ack_log)
            while progress.done < support.count(5, 300):
                random = progress.random()
                with self.subTest(seed=support.SEED, round=progress.done):
                    data = killed.copy_to(os.path.join(folder, "copy"))
                    for _ in range(random.choice([1, 3])):
                        recovering = data.start(random.choice(["calls", "verify", "reindex"]))
                        time.sleep(random.uniform(0, 0.4))
                        recovering.kill()
                        recovering.wait()
                        progress.add(kills=1)
                    verified = data.run("verify")
                    self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
                    stored = data.stored_frames()
                    for part, frame, _ in acknowledged:
                        self.assertLess(frame, stored.get(part, 0))
                    self.assertEqual(data.run("import", capture).returncode, 0)
                    self.assertEqual(data.public_calls(), reference.public_calls())
                keep_for_inspection(data)
                progress.step()
        progress.print()


class KilledInRealTime(unittest.TestCase):
    """At the pace of the capture, what is lost of each running call is its last second at most."""

    def test_the_tail_lost_is_at_most_a_second(self):
        progress = support.Progress("kill-realtime")
        with support.scratch() as folder:
            # Calls as long as the capture, so that each is running at the moment of the kill.
            capture = support.make_load(folder, calls=20, packets=20 * 20 * 100)
            self.first, last = support.capture_times(capture)
            self.assertGreater(last - self.first, 15e9)
            whole = support.Data(os.path.join(folder, "whole"))
            self.assertEqual(whole.run("import", capture).returncode, 0)
            self.times = media_times(whole)
            while progress.done < support.count(3, 20):
                random = progress.random()
                with self.subTest(seed=support.SEED, round=progress.done):
                    self.kill_in_real_time(os.path.join(folder, "killed"), capture, random.uniform(3, 10), progress)
                progress.step()
        progress.print()

    def kill_in_real_time(self, folder, capture, seconds, progress):
        data = support.Data(folder)
        importing = data.start("import", "--realtime", capture)
        # The first packet is taken just after the journal's folder was made, so the place in the capture that we believe to
        # have reached is never behind the true one.
        while not os.path.exists(data.path("journal", "0")):
            self.assertIsNone(importing.poll())
            time.sleep(0.001)
        began = time.monotonic()
        time.sleep(seconds)
        reached = self.first + int((time.monotonic() - began) * 1e9)
        importing.kill()
        importing.wait()
        verified = data.run("verify")
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        stored_until = last_records(data)
        for call, (first_at, last_at) in self.times.items():
            if not first_at + MOST_TAIL_NS <= reached:
                continue
            lost = min(reached, last_at) - stored_until.get(call, 0)
            self.assertLessEqual(lost, MOST_TAIL_NS, f"call {call}")
            progress.add(calls_checked=1)
            progress.totals["longest_tail_ms"] = max(progress.totals.get("longest_tail_ms", 0), lost // 1_000_000)
        data.remove()


def media_times(data):
    """Call -> times (ns) of its first and last RTP packet, as `calls` says."""
    def nanoseconds(text):
        whole, fraction = text.removesuffix("Z").split(".")
        return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) * 10 ** 9 + int(fraction.ljust(9, "0"))

    calls = json.loads(data.public_calls())
    return {call["call_id"]: (min(nanoseconds(stream["first_at"]) for stream in call["streams"]),
                              max(nanoseconds(stream["last_at"]) for stream in call["streams"])) for call in calls}


def last_records(data):
    """Call -> time (ns) of the last record in its stored media parts."""
    times = {}
    for path in data.objects():
        with open(path, "rb") as file:
            part = file.read()
        header = support.read_part.read_header(part)
        if header["kind"] != "media":
            continue
        for _, _, _, last_at, _ in support.read_part.read_footer(part[header["length"]:])["index"]:
            times[header["call"]] = max(last_at, times.get(header["call"], 0))
    return times


def keep_for_inspection(data):
    """EW_KEEP names a folder for the last round's directory."""
    if os.environ.get("EW_KEEP"):
        data.copy_to(os.environ["EW_KEEP"])
    data.remove()


if __name__ == "__main__":
    unittest.main()
