#!/usr/bin/env python3
"""An administrator without a browser, in a container that holds nothing but the program and the libraries it is linked with: configuration
file, `user add`, `serve`; then a capture comes in by the REST interface and its calls are there.

Run as root: EARWITNESS=build/release/earwitness python3 tests/test_container.py
"""
import json
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time
import unittest

import support
from server_support import PASSWORD, Client, free_port, import_file

USER = 990
HEALTHY_WITHIN = 30


def libraries(program):
    """The paths of all that the dynamic linker loads for it."""
    listed = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=True).stdout
    return re.findall(r"(/\S+) \(0x", listed)


class Container:
    """A root of its own, with processes of its own, as an ordinary user; no shell, no /tmp, and of /dev what every container has of it that is used."""

    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="earwitness-root-"))
        self.port = free_port()
        self.root.chmod(0o755)
        for library in libraries(support.BINARY):
            self.put(library, library)
        self.put(support.BINARY, "/usr/bin/earwitness")
        for folder in ("proc", "data", "keys", "etc/earwitness"):
            (self.root / folder).mkdir(parents=True)
        (self.root / "dev").mkdir()
        os.mknod(self.root / "dev/null", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        (self.root / "dev/null").chmod(0o666)
        for folder in ("data", "keys"):
            os.chown(self.root / folder, USER, USER)
        (self.root / "etc/earwitness/earwitness.toml").write_text(
            f'[storage]\ndata = "/data"\nkeys = "/keys"\n[server]\nhttp = "127.0.0.1:{self.port}"\n'
            '[sip]\nlisten = []\n[recording]\ndefault = "all"\nlegal_ground = "consent by announcement"\n')
        self.server = None

    def put(self, source, path):
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(os.path.realpath(source), target)
        target.chmod(0o755)

    def command(self, *arguments):
        return ["unshare", "--mount", "--pid", "--ipc", "--uts", "--fork", f"--root={self.root}", "--mount-proc", f"--setgid={USER}",
                f"--setuid={USER}", "/usr/bin/earwitness", *arguments]

    def run(self, *arguments, stdin=None):
        return subprocess.run(self.command(*arguments), input=stdin, capture_output=True, text=True, timeout=120, check=False)

    def serve(self):
        self.log = open(self.root / "log", "ab")
        self.server = subprocess.Popen(self.command("serve"), stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        client = Client(self.port)
        end = time.monotonic() + HEALTHY_WITHIN
        while time.monotonic() < end:
            try:
                if client.request("GET", "/healthz").status == 200:
                    return client
            except OSError:
                time.sleep(0.05)
        raise AssertionError((self.root / "log").read_text())

    def signal_first(self, number):
        """To the container's first process; the others die with it."""
        first = pathlib.Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text().split()[0]
        os.kill(int(first), number)

    def take_proc_away(self):
        first = pathlib.Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text().split()[0]
        # Its root is the container's; the command comes from outside, by a descriptor that it keeps.
        subprocess.run(["nsenter", "-t", first, "--mount", "umount", "-l", str(self.root / "proc")], check=True)

    def stop(self):
        """As `docker stop` does."""
        self.signal_first(signal.SIGTERM)
        return self.server.wait(60)

    def remove(self):
        if self.server and self.server.poll() is None:
            self.signal_first(signal.SIGKILL)
            self.server.wait()
        if self.server:
            self.log.close()
        shutil.rmtree(self.root, ignore_errors=True)


@unittest.skipUnless(os.geteuid() == 0, "only root may make such a container")
@unittest.skipUnless(shutil.which("unshare"), "unshare is not installed")
class WithoutABrowser(unittest.TestCase):
    def test_configured_served_recorded(self):
        container = Container()
        self.addCleanup(container.remove)
        probe = container.run("--version")
        if probe.returncode != 0 and "unshare" in probe.stderr:
            self.skipTest(f"no namespaces here: {probe.stderr.strip()}")
        added = container.run("user", "add", "root", "--role", "administrator", "--role", "listener", "--password-stdin", stdin=PASSWORD + "\n")
        self.assertEqual(added.returncode, 0, added.stderr)
        client = container.serve()
        self.assertEqual(client.sign_in("root").status, 201)
        # What the configuration says the first run does not ask; the recovery key is all that is left of it.
        self.assertEqual(client.api("GET", "/setup").json["state"], "recovery_key")
        self.assertTrue(client.api("POST", "/setup/recovery-key").json["recovery_key"])
        job = import_file(client, support.SAMPLE / "sample.pcapng")
        self.assertEqual(job["state"], "done", job)
        calls = client.api("GET", "/calls?recording_state=recorded").json["calls"]
        self.assertGreater(len(calls), 3)
        call = max(calls, key=lambda one: one["talk_sec"])
        granted = client.api("POST", f"/calls/{call['call_id']}/playback", {})
        self.assertEqual(granted.status, 201, granted)
        container.take_proc_away()  # a media worker starts from what the program kept open
        sound = client.request("GET", granted.json["url"]).body
        self.assertEqual(sound[:4], b"RIFF")
        self.assertGreater(len(set(sound[44:])), 50, "it is no silence")
        state = client.api("GET", "/status").json
        self.assertNotIn("running_as_root", json.dumps(state))
        self.assertEqual(container.stop(), 0, (container.root / "log").read_text())
        verified = container.run("verify")
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        listed = container.run("calls", "--json")
        self.assertEqual(len(json.loads(listed.stdout)), job["result"]["calls"])


if __name__ == "__main__":
    unittest.main()
