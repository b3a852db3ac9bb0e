#!/usr/bin/env python3
"""Commands beside a server: they go through DATA/control.sock and do what they do without one.

Run: EARWITNESS=build/release/earwitness CALLGEN=… python3 tests/test_control.py
"""
import contextlib
import json
import os
import pathlib
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
import unittest

import crash_support
import server_support
import support
from server_support import PASSWORD, Server, wait_for_job
from support import wait_for

SAMPLE = support.SAMPLE / "sample.pcapng"
TRANSFER = support.CAPTURES / "attended_transfer.pcap"


def children(server):
    """{name: pid} of the server's processes."""
    found = {}
    for child in pathlib.Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split():
        with contextlib.suppress(FileNotFoundError, IndexError):
            found[pathlib.Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")[1].decode()] = int(child)
    return found


class Beside(unittest.TestCase):
    def setUp(self):
        self.server = Server('[recording]\ndefault = "all"\n')
        self.addCleanup(self.server.__exit__)

    def do(self, *arguments, **more):
        done = self.server.command(*arguments, **more)
        self.assertEqual(done.returncode, 0, f"{arguments}: {done.stdout}{done.stderr}")
        return done.stdout

    def begin(self, *arguments):
        return subprocess.Popen([support.BINARY, *arguments, "--config", str(self.server.config)], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def slow_import(self):
        """A capture that takes 90 seconds when it is read as fast as it was made."""
        load = crash_support.make_load(self.server.folder, 10, 9000)
        return self.begin("import", load, "--realtime")

    def verified(self):
        return self.do("verify")


class Commands(Beside):
    def test_they_say_and_write_the_same(self):
        self.do("import", str(SAMPLE))
        call = json.loads(self.do("calls", "--json", "--recording", "recorded"))[0]["call_id"]
        reads = (("calls",), ("calls", "--json"), ("calls", "--number", "4100"), ("show", call), ("key", "list"), ("user", "list"))
        exports = (("wav", "a.wav"), ("pcapng", "a.pcapng"), ("json", "a.json"))
        said = [self.do(*command) for command in reads]
        files = {}
        for format_, name in exports:
            path = self.server.folder / name
            said.append(self.do("export", call, "--format", format_, "-o", str(path)))
            files[name] = path.read_bytes()
            path.unlink()
        self.server.start()
        self.assertEqual([self.do(*command) for command in reads] +
                         [self.do("export", call, "--format", format_, "-o", str(self.server.folder / name)) for format_, name in exports],
                         said)
        for name, content in files.items():
            # A pcapng and a JSON say when they were written; a recording is the same to the bit.
            if name.endswith(".wav"):
                self.assertEqual((self.server.folder / name).read_bytes(), content)
            self.assertEqual(len((self.server.folder / name).read_bytes()), len(content))
        piped = subprocess.run([support.BINARY, "export", call, "-o", "-", "--config", str(self.server.config)], capture_output=True,
                               timeout=60, check=True).stdout
        self.assertEqual(piped, files["a.wav"])
        self.assertEqual([p.name for p in self.server.folder.iterdir() if p.name.endswith(".part")], [])

    def test_errors_and_their_exit_codes(self):
        self.server.start()
        for arguments, code, text in ((("show", "0000"), 1, "no call"), (("calls", "--from", "yesterday"), 2, "--from"),
                                      (("import", "/nowhere.pcap"), 1, "/nowhere.pcap: No such file"),
                                      (("import", str(self.server.config)), 1, "earwitness.toml"),
                                      (("export", "0000", "--format", "mp9", "-o", "x"), 2, "--format"),
                                      (("export", "0000", "-o", "/nowhere/x.wav"), 1, "/nowhere/x.wav")):
            with self.subTest(arguments):
                done = self.server.command(*arguments)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(text, done.stderr)
                self.assertEqual(done.stdout, "")
        self.assertFalse(os.path.exists("x.part"))

    def test_imports_users_keys_and_the_call_log(self):
        self.server.start()
        report = json.loads(self.do("import", "--json", str(SAMPLE), str(TRANSFER)))
        self.assertGreater(report["calls"], 6)
        self.assertEqual([file["path"] for file in report["files"]], [str(SAMPLE), str(TRANSFER)])
        self.assertIn("imported before, nothing to add", self.do("import", str(SAMPLE)))
        self.assertIn("anna can sign in now", self.do("user", "add", "anna", "--role", "listener", "--password-stdin",
                                                      stdin=PASSWORD + "\n"))
        anna = self.server.client("anna")
        listed = json.loads(self.do("calls", "--json"))
        self.assertEqual({call["call_id"] for call in anna.api("GET", "/calls?limit=200").json["calls"]},
                         {call["call_id"] for call in listed})
        self.assertIn("version 2 is current", self.do("key", "rotate"))
        self.assertIn(f"{len(listed)} calls", self.do("reindex"))
        self.assertEqual(json.loads(self.do("calls", "--json")), listed)
        self.assertIn("everything is as it was stored", self.verified())
        self.assertEqual(self.server.stop(), 0)
        self.assertEqual(json.loads(self.do("calls", "--json")), listed)
        self.assertIn("everything is as it was stored", self.verified())

    def test_verify_beside_an_import(self):
        """Nothing is a finding because it is on its way."""
        self.server.add_user("root", "administrator")
        self.server.start()
        root = self.server.client("root")
        load = pathlib.Path(crash_support.make_load(self.server.folder, 3000, 20)).read_bytes()
        job = root.api("POST", "/imports?name=load.pcap", load, headers={"Content-Type": "application/octet-stream"}).json
        beside, state = 0, "running"
        while state in ("waiting", "running"):
            self.assertIn("everything is as it was stored", self.verified())
            state = root.api("GET", f"/jobs/{job['job_id']}").json["state"]
            beside += state == "running"
        self.assertEqual(state, "done")
        self.assertGreater(beside, 0, "the import was over before the first verification")

    def test_verify_reads_the_journals_that_are_being_written(self):
        self.server.start()
        importing = self.slow_import()
        self.addCleanup(importing.communicate)
        self.addCleanup(importing.kill)
        journals = self.server.data / "journal"

        def written():
            return [path for path in journals.glob("*/*/*") if path.read_bytes()[4096:4200].strip(b"\0")]
        journal = wait_for(written, 20, "a journal with frames")[0]
        self.assertIn("everything is as it was stored", self.verified())
        with open(journal, "r+b") as file:
            file.seek(200)
            byte = file.read(1)
            file.seek(200)
            file.write(bytes([byte[0] ^ 1]))
            file.flush()
            found = self.server.command("verify")
            file.seek(200)
            file.write(byte)
        self.assertEqual(found.returncode, 1, found.stdout)
        self.assertIn(f"journal: {journal}", found.stdout)
        self.assertIn("everything is as it was stored", self.verified())
        self.assertIsNone(importing.poll(), "it was written all the time")


class Persons(Beside):
    def test_who_goes_away_stops_the_command(self):
        self.server.start()
        importing = self.slow_import()
        wait_for(lambda: "import.started" in self.server.log.read_text() or list((self.server.data / "journal").glob("*/*/*")), 20,
                 "the import runs")
        importing.terminate()  # as Ctrl-C does, which a shell may have made its children ignore
        importing.wait(10)
        importing.stdout.close()
        importing.stderr.close()
        # The next import waits for the end of the one before.
        began = time.monotonic()
        self.do("import", str(SAMPLE))
        self.assertLess(time.monotonic() - began, 30)
        self.assertIn("everything is as it was stored", self.verified())

    def test_the_servers_end_ends_the_command(self):
        self.server.start()
        importing = self.slow_import()
        wait_for(lambda: list((self.server.data / "journal").glob("*/*/*")), 20, "the import runs")
        self.assertEqual(self.server.stop(), 0)
        out, err = importing.communicate(timeout=10)
        self.assertEqual((importing.returncode, out), (1, ""), err)
        self.assertIn("the import was stopped", err)
        self.assertIn("everything is as it was stored", self.verified())

    def test_a_killed_keeper_ends_the_command_and_the_next_one_works(self):
        self.server.start()
        importing = self.slow_import()
        wait_for(lambda: list((self.server.data / "journal").glob("*/*/*")), 20, "the import runs")
        os.kill(children(self.server)["keeper-process"], signal.SIGKILL)
        out, err = importing.communicate(timeout=20)
        self.assertEqual((importing.returncode, out), (1, ""), err)
        self.assertIn("the server", err)
        self.do("import", str(SAMPLE))
        self.assertIn("everything is as it was stored", self.verified())

    def test_nobody_reading_the_output_keeps_nothing_waiting(self):
        self.do("import", str(SAMPLE))
        self.server.start()
        call = json.loads(self.do("calls", "--json", "--recording", "recorded"))[0]["call_id"]
        unread, write = os.pipe()
        stuck = [subprocess.Popen([support.BINARY, "export", call, "-o", "-", "--config", str(self.server.config)], stdout=write,
                                  stderr=subprocess.DEVNULL) for _ in range(3)]
        os.close(write)
        time.sleep(0.5)
        self.do("calls")
        began = time.monotonic()
        self.assertEqual(self.server.stop(), 0)
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual([process.wait(5) for process in stuck], [1, 1, 1])
        os.close(unread)

    def test_the_socket_is_the_owners_and_goes_with_the_server(self):
        self.server.start()
        path = self.server.data / "control.sock"
        status = path.stat()
        self.assertTrue(stat.S_ISSOCK(status.st_mode))
        self.assertEqual(stat.S_IMODE(status.st_mode), 0o600)
        self.server.process.kill()
        self.server.process.wait()
        self.assertTrue(path.exists(), "nobody was there to remove it")
        wait_for(lambda: self.server.command("calls").returncode == 0, 10, "a command without the server")
        self.server.start()
        self.do("calls")
        self.assertEqual(self.server.stop(), 0)
        self.assertFalse(path.exists())

    @unittest.skipUnless(os.geteuid() == 0, "only root can be two users")
    def test_root_reads_and_writes_where_the_server_may_not(self):
        nobody = pwd.getpwnam("nobody")
        folder = pathlib.Path(tempfile.mkdtemp(prefix="earwitness-root-"))
        self.addCleanup(shutil.rmtree, folder, True)
        secret = folder / "secret.pcapng"
        shutil.copy(SAMPLE, secret)
        secret.chmod(0o600)
        self.server.folder.chmod(0o755)
        for name in ("data", "keys"):
            (self.server.folder / name).mkdir()
            shutil.chown(self.server.folder / name, "nobody")
        with open(self.server.config, "a") as file:
            file.write('[server]\n' if "[server]" not in self.server.config.read_text() else "")
        text = self.server.config.read_text().replace("[server]\n", '[server]\nuser = "nobody"\n')
        self.server.config.write_text(text)
        self.server.config.chmod(0o644)
        self.server.start()
        self.assertEqual((self.server.data / "control.sock").stat().st_uid, nobody.pw_uid)
        self.do("import", str(secret))
        call = json.loads(self.do("calls", "--json", "--recording", "recorded"))[0]["call_id"]
        self.do("export", call, "-o", str(folder / "out.wav"))
        self.assertEqual((folder / "out.wav").stat().st_uid, 0)
        self.assertGreater((folder / "out.wav").stat().st_size, 10_000)

        def become_daemon():
            os.setgroups([])
            os.setgid(1)
            os.setuid(1)
        stranger = subprocess.run([support.BINARY, "calls", "--config", str(self.server.config)], preexec_fn=become_daemon,
                                  capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(stranger.returncode, 1)
        self.assertNotIn(call[:13], stranger.stdout)


if __name__ == "__main__":
    unittest.main()
