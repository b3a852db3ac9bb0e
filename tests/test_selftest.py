#!/usr/bin/env python3
"""`earwitness selftest`: how many calls this machine holds; here with loads that every machine holds.

Run: EARWITNESS=build/release/earwitness python3 tests/test_selftest.py
"""
import json
import pathlib
import subprocess
import tempfile
import unittest

import support


class Selftest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="earwitness-selftest-")
        self.addCleanup(scratch.cleanup)
        self.data = pathlib.Path(scratch.name) / "data"

    def run_it(self, *arguments, data=None, code=0):
        done = subprocess.run([support.BINARY, "selftest", "--data", str(data or self.data), *arguments], capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def test_one_load_in_figures(self):
        for encrypted in ((), ("--encrypted",)):
            with self.subTest(encrypted=encrypted):
                told = json.loads(self.run_it("--json", "--calls", "40", "--seconds", "2", *encrypted).stdout)
                trial, = told["trials"]
                self.assertEqual((told["calls_at_once"], told["limited_by"], trial["outcome"]), (40, None, "held"), told)
                self.assertEqual(trial["packets_sent"], trial["packets_stored"])
                # Two streams of 50 packets a second, of 160 octets and what is kept with them, for as long as all calls were there and more.
                self.assertGreaterEqual(trial["packets_sent"], 40 * 2 * 50 * 2)
                self.assertTrue(57.6 < told["gb_per_1000_call_hours"] < 90, told)
                self.assertGreater(told["days_until_disk_full"], 0)
                self.assertGreater(trial["recorder_cpu_seconds"], 0)
                self.assertGreater(trial["recorder_memory_bytes"], 1 << 20)
                self.assertGreater(trial["answer_ms"]["p99"], 0)
        self.assertFalse(self.data.exists(), "what was made for the test is gone")

    def test_it_rises_until_it_is_told_enough(self):
        self.data.mkdir()
        kept = self.data / "recording"
        kept.write_text("somebody's")
        stale = self.data / "selftest-999999999"
        stale.mkdir()
        done = self.run_it("--most", "30", "--seconds", "1")
        self.assertIn("This machine records 30 calls at once without a lost packet.\nMore were not tried.", done.stdout)
        self.assertIn("1,000 hours of calls", done.stdout)
        self.assertEqual(sorted(path.name for path in self.data.iterdir()), ["rating.json", "recording"])
        rating = json.loads((self.data / "rating.json").read_text())
        self.assertEqual((rating["calls"], rating["is_limit"]), (30, False), "more were not tried: it binds nobody")

    def test_what_cannot_be(self):
        self.assertIn("--calls", self.run_it("--calls", "0", code=2).stderr)
        self.assertIn("earwitness: ", self.run_it("--calls", "10", data="/proc/nowhere", code=1).stderr)


if __name__ == "__main__":
    unittest.main()
