"""What the crash, fault, mutation and long-call tests share: the real programs, data directories, and what of them is public.

EARWITNESS and CALLGEN name the programs (default: the dev preset's). EW_LONG=1 asks for the full counts; EW_LONG_STATE names a
folder in which a long run keeps what it has done, so that an interrupted one goes on. EW_SEED chooses the random places.
"""
import hashlib
import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import read_part  # noqa: E402

EARWITNESS = os.environ.get("EARWITNESS", str(ROOT / "build/dev/earwitness"))
CALLGEN = os.environ.get("CALLGEN", str(ROOT / "build/dev/tools/callgen/callgen"))
IS_LONG = os.environ.get("EW_LONG") == "1"
SEED = int(os.environ.get("EW_SEED", "1"))
TIMEOUT = 300  # seconds after which a command counts as hanging


def count(quick, long):
    return long if IS_LONG else quick


class Progress:
    """How much of a counted test is done. A long run remembers it and goes on there; a quick one begins at 0."""

    def __init__(self, name):
        self.totals = {}
        self.done = 0
        self.path = None
        folder = os.environ.get("EW_LONG_STATE")
        if IS_LONG and folder:
            self.path = pathlib.Path(folder) / (name + ".json")
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.exists():
                saved = json.loads(self.path.read_text())
                self.done, self.totals = saved["done"], saved["totals"]
        self.name = name

    def add(self, **totals):
        for name, value in totals.items():
            self.totals[name] = self.totals.get(name, 0) + value

    def step(self):
        self.done += 1
        if self.path:
            temporary = self.path.with_suffix(".tmp")
            temporary.write_text(json.dumps({"done": self.done, "totals": self.totals}))
            temporary.replace(self.path)

    def print(self):
        print(f"{self.name}: {self.done} rounds, " + ", ".join(f"{value} {name.replace('_', ' ')}" for name, value in self.totals.items()),
              file=sys.stderr)

    def random(self):
        """The same places for the same seed and round, also in a run that goes on."""
        return random.Random(f"{SEED} {self.name} {self.done}")


def scratch():
    """A folder for the test, on the disk where temporary files lie."""
    return tempfile.TemporaryDirectory(prefix="earwitness-test-")


def make_load(folder, calls, packets, name="load.pcap"):
    path = os.path.join(folder, name)
    subprocess.run([CALLGEN, "load", "--out", path, "--calls", str(calls), "--packets", str(packets)], check=True, stdout=subprocess.DEVNULL)
    return path


def make_long(folder, short_calls, hours=24):
    path = os.path.join(folder, "long.pcap")
    subprocess.run([CALLGEN, "long", "--out", path, "--short-calls", str(short_calls), "--hours", str(hours)], check=True,
                   stdout=subprocess.DEVNULL)
    return path


def sample_captures(names):
    return [str(ROOT / "tests/captures" / name) for name in names]


# Tests run beside each other, and port 5060 is there once.
NO_SIP = "[sip]\nlisten = []\n"


class Data:
    """A data directory with its keys beside it, in a folder of their own."""

    def __init__(self, folder):
        self.folder = str(folder)
        os.makedirs(self.folder, exist_ok=True)
        self.data = os.path.join(self.folder, "data")
        self.keys = os.path.join(self.folder, "keys")
        self.config = os.path.join(self.folder, "config.toml")
        with open(self.config, "w") as file:
            file.write(f'[storage]\nkeys = "{self.keys}"\n{NO_SIP}')

    def path(self, *names):
        return os.path.join(self.data, *names)

    def arguments(self, command, *arguments):
        return [EARWITNESS, command, "--data", self.data, "--config", self.config, *arguments]

    @staticmethod
    def environment(fault=None, ack_log=None):
        environment = dict(os.environ)
        environment.pop("EARWITNESS_FAULT", None)
        environment.pop("EARWITNESS_ACK_LOG", None)
        if fault:
            environment["EARWITNESS_FAULT"] = fault
        if ack_log:
            environment["EARWITNESS_ACK_LOG"] = ack_log
        return environment

    def run(self, command, *arguments, fault=None, ack_log=None, timeout=TIMEOUT):
        return subprocess.run(self.arguments(command, *arguments), env=self.environment(fault, ack_log), timeout=timeout,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")

    def start(self, command, *arguments, ack_log=None):
        return subprocess.Popen(self.arguments(command, *arguments), env=self.environment(None, ack_log), stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)

    def json(self, command, *arguments):
        result = self.run(command, *arguments, "--json")
        if result.returncode != 0:
            raise AssertionError(f"{command}: exit {result.returncode}: {result.stderr}")
        return json.loads(result.stdout)

    def copy_to(self, folder):
        """A copy, byte for byte; the one that is there goes."""
        other = Data(folder)
        for source, target in ((self.data, other.data), (self.keys, other.keys)):
            shutil.rmtree(target, ignore_errors=True)
            if os.path.exists(source):
                shutil.copytree(source, target)
        return other

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def objects(self):
        """Paths of all objects."""
        return sorted(os.path.join(folder, name) for folder, _, names in os.walk(self.path("vault", "objects")) for name in names
                      if name.endswith(".OBJ"))

    def stored_frames(self):
        """Part id -> number of frames, as the clear headers and footers say."""
        frames = {}
        for path in self.objects():
            with open(path, "rb") as file:
                data = file.read()
            header = read_part.read_header(data)
            frames[header["part"]] = len(read_part.read_footer(data[header["length"]:])["index"])
        return frames

    def public_calls(self):
        """What `calls` says of all calls: text, since every letter counts."""
        result = self.run("calls", "--json", "--limit", "10000")
        if result.returncode != 0:
            raise AssertionError(f"calls: exit {result.returncode}: {result.stderr}")
        return result.stdout

    def call_ids(self):
        return [call["call_id"] for call in json.loads(self.public_calls())]

    def public_call(self, call, formats=("wav", "pcapng")):
        """What `show` and `export` say of one call: {name: text or SHA-256}."""
        shown = self.run("show", call, "--json")
        public = {"show": shown.stdout if shown.returncode == 0 else shown.stderr}
        for name in formats:
            path = os.path.join(self.folder, "export." + name)
            done = self.run("export", call, "--format", name, "-o", path)
            if done.returncode != 0:
                public[name] = done.stderr.replace(self.folder, "")
                continue
            with open(path, "rb") as file:
                public[name] = hashlib.sha256(file.read()).hexdigest()
            os.remove(path)
        return public


def read_ack_log(path):
    """(part, frame, time of its last record) of each acknowledged frame; a torn last line acknowledges nothing."""
    if not os.path.exists(path):
        return []
    with open(path) as file:
        lines = file.read().split("\n")[:-1]
    return [(part, int(frame), int(at)) for part, frame, at in (line.split() for line in lines)]


def capture_times(path):
    """Times (ns) of the first and last packet of a little-endian pcap."""
    with open(path, "rb") as file:
        data = file.read()
    unit = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1}[struct.unpack_from("<I", data)[0]]
    at, first, last = 24, None, None
    while at + 16 <= len(data):
        seconds, fraction, length = struct.unpack_from("<III", data, at)
        last = seconds * 10 ** 9 + fraction * unit
        first = last if first is None else first
        at += 16 + length
    return first, last
