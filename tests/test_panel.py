#!/usr/bin/env python3
"""The panel in a real browser against a real server: people's tasks from the first run on (tests/panel).

Run: EARWITNESS=build/release/earwitness python3 tests/test_panel.py
"""
import pathlib
import shutil
import subprocess
import unittest

import support
from server_support import Server, free_port
from siprec_pcap import RecordingSession, metadata, write

FOLDER = pathlib.Path(__file__).resolve().parent / "panel"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CAPTURE = support.CAPTURES / "attended_transfer.pcap"


WEB = support.ROOT / "web"


def pair_of_captures(folder):
    """What two recorders got of one session, in which a call is transferred."""
    paths = []
    for name, own in (("first", {}), ("second", {"recorder": "192.0.2.21", "port": 30000, "ssrc": 0x7000})):
        session = RecordingSession(f"to-{name}", **own)
        session.invite(metadata("call-1")).talk(100).invite(metadata("call-2", ("boris", "clara"))).talk(100, seed=9).bye()
        paths.append(write(folder / f"{name}-recorder.pcap", session))
    return paths


@unittest.skipUnless(shutil.which("npm"), "npm is not installed")
class Source(unittest.TestCase):
    """What needs no browser: types, texts in all languages, units."""

    def run_npm(self, script):
        if not (WEB / "node_modules").is_dir():
            subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=WEB, check=True)
        done = subprocess.run(["npm", "run", "--silent", script], cwd=WEB, capture_output=True, text=True, timeout=600, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_types_and_texts(self):
        self.run_npm("check")

    def test_units(self):
        self.run_npm("test")


@unittest.skipUnless(CHROMIUM, "chromium is not installed")
@unittest.skipUnless(shutil.which("npm"), "npm is not installed")
class Panel(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not (FOLDER / "node_modules").is_dir():
            subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=FOLDER, check=True)

    def test_what_people_do(self):
        with Server(f'[hep]\nlisten = "127.0.0.1:{free_port()}"\n') as server:
            pictures = server.folder / "pictures"
            pair = [part for path in pair_of_captures(server.folder) for part in ("--pair", str(path))]
            done = subprocess.run(
                ["node", "run.mjs", f"http://127.0.0.1:{server.port}", "--secret", server.setup_secret(), "--capture", str(CAPTURE),
                 "--pictures", str(pictures), *pair],
                cwd=FOLDER, capture_output=True, text=True, timeout=900, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr + server.log.read_text())
            self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
