#!/usr/bin/env python3
"""Every call of the file system fails once and for ever: an import succeeds or says clearly that it did not, and can be repeated."""
import os
import time
import unittest

import crash_support as support

KINDS = ["eio", "enospc", "erofs", "short"]
DISORDERS = [kind + persistence for kind in KINDS for persistence in ("", ":ever")]
# Longest time for one faulty import: it may wait some times for the journal's next try, but it must end.
TIMEOUT = 60


class Faults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = support.scratch()
        cls.folder = cls.scratch.name
        cls.captures = support.sample_captures(["blindxfer.pcap", "hold.pcap"])
        cls.reference = support.Data(os.path.join(cls.folder, "reference"))
        done = cls.reference.run("import", *cls.captures)
        assert done.returncode == 0, done.stderr
        cls.expected = cls.reference.public_calls()
        cls.expected_call = {call: cls.reference.public_call(call) for call in cls.reference.call_ids()}

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def check_recovered(self, data, random):
        """Without faults: opening works, a repeat completes the import, and nothing shows that there ever was a fault."""
        done = data.run("import", *self.captures)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.check_whole(data)
        call = random.choice(sorted(self.expected_call))
        self.assertEqual(data.public_call(call), self.expected_call[call])

    def check_whole(self, data):
        verified = data.run("verify")
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        self.assertEqual(data.public_calls(), self.expected)

    def calls_made(self, prepare):
        """File system calls of one import into what `prepare` makes."""
        data = prepare(os.path.join(self.folder, "counted"))
        path = os.path.join(self.folder, "count")
        done = data.run("import", *self.captures, fault="count:" + path)
        self.assertEqual(done.returncode, 0, done.stderr)
        data.remove()
        with open(path) as file:
            return int(file.read())

    def fail_every_site(self, name, prepare, quick):
        """`prepare` makes the directory that the faulty import finds."""
        progress = support.Progress("faults-" + name)
        # The number of calls differs a little from run to run, since threads share work; the end is tried too.
        sites = self.calls_made(prepare) + 10
        rounds = support.count(quick, sites * len(DISORDERS))
        while progress.done < rounds:
            if support.IS_LONG:
                site, disorder = divmod(progress.done, len(DISORDERS))
            else:
                site, disorder = progress.done * sites // rounds, progress.done % len(DISORDERS)
            fault = f"call:{site}:{DISORDERS[disorder]}"
            with self.subTest(fault=fault):
                self.fail_one(prepare(os.path.join(self.folder, "faulty")), fault, progress)
            progress.step()
        progress.add(sites=sites - progress.totals.get("sites", 0))
        progress.print()

    def fail_one(self, data, fault, progress):
        done = data.run("import", *self.captures, fault=fault, timeout=TIMEOUT)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        if done.returncode == 1:
            self.assertRegex(done.stderr, r"earwitness: .*(Input/output error|No space left on device|Read-only file system)")
            progress.add(failed_with_a_message=1)
        else:
            self.check_whole(data)
            progress.add(succeeded_all_the_same=1)
        self.check_recovered(data, progress.random())
        data.remove()

    def test_every_site_of_a_first_import(self):
        self.fail_every_site("first", support.Data, 48)

    def test_every_site_of_recovery_and_repeat(self):
        killed = support.Data(os.path.join(self.folder, "killed"))
        ack_log = os.path.join(self.folder, "acknowledged")
        importing = killed.start("import", "--realtime", *self.captures, ack_log=ack_log)
        while importing.poll() is None and len(support.read_ack_log(ack_log)) < 8:
            time.sleep(0.01)
        importing.kill()
        self.assertNotEqual(importing.wait(), 0)
        self.fail_every_site("recovery", lambda folder: killed.copy_to(folder), 16)

    def test_slow_syncs(self):
        for milliseconds in (5, 20, 100):
            with self.subTest(milliseconds=milliseconds):
                data = support.Data(os.path.join(self.folder, "slow"))
                done = data.run("import", *self.captures, fault=f"sync-ms:{milliseconds}")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.check_whole(data)
                data.remove()


if __name__ == "__main__":
    unittest.main()
