"""What the end-to-end tests share: the real program with a data directory of its own, captures and truth files, and independent
tools (tshark, editcap) that say what is in a file without our code."""
import array
import collections
import concurrent.futures
import datetime
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest
import wave

ROOT = pathlib.Path(__file__).resolve().parent.parent
CAPTURES = ROOT / "tests" / "captures"
SAMPLE = ROOT / "sample"
SHARED = ROOT.parent / "shared"
BINARY = os.environ.get("EARWITNESS", str(ROOT / "build/dev/earwitness"))
CALLGEN = os.environ.get("CALLGEN", str(ROOT / "build/dev/tools/callgen/callgen"))

# Where data directories lie: in memory if there is such a place. What these tests compare does not depend on the disk.
SCRATCH = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

# No command on these small files takes a second; one that takes this long hangs.
TIMEOUT_SECONDS = 120

Done = collections.namedtuple("Done", "code out err")


def needs_shared(test):
    return unittest.skipUnless(SHARED.is_dir(), "../shared is absent")(test)


def needs_program(name):
    return unittest.skipUnless(shutil.which(name), f"{name} is not installed")


def needs_callgen(test):
    return unittest.skipUnless(os.access(CALLGEN, os.X_OK), f"{CALLGEN} is absent (set CALLGEN)")(test)


def command(*arguments, timeout=TIMEOUT_SECONDS):
    """Runs a program; a hang is subprocess.TimeoutExpired, a crash a negative code."""
    done = subprocess.run([str(part) for part in arguments], capture_output=True, timeout=timeout, check=False)
    return Done(done.returncode, done.stdout, done.stderr)


class Node:
    """A data directory with its keys and configuration in a temporary folder, and the program working on it."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="earwitness-truth-", dir=SCRATCH))
        self.data, self.keys, self.config = self.folder / "data", self.folder / "keys", self.folder / "earwitness.toml"
        self.config.write_text(f'[storage]\nkeys = "{self.keys}"\n')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def run(self, name, *arguments):
        """Whatever comes of it."""
        return command(BINARY, name, "--data", self.data, "--config", self.config, *arguments)

    def do(self, name, *arguments):
        """What must succeed; gives standard output."""
        done = self.run(name, *arguments)
        if done.code != 0:
            raise AssertionError(f"earwitness {name} {arguments}: exit {done.code}: {done.err.decode(errors='replace')}")
        return done.out

    def import_captures(self, *files, lanes=1):
        return json.loads(self.do("import", "--json", "--lanes", lanes, *files))

    def calls_text(self):
        return self.do("calls", "--json", "--limit", 10000).decode()

    def calls(self):
        """All calls, the oldest first."""
        return sorted(json.loads(self.calls_text()), key=lambda call: (call["start_at"], call["call_id"]))

    def show_text(self, call_id):
        return self.do("show", "--json", call_id).decode()

    def show(self, call_id):
        return json.loads(self.show_text(call_id))

    def export(self, call_id, kind, *options):
        """Exit code, the file's bytes (none where it failed), and what was said."""
        path = self.folder / f"{call_id}.{kind}"
        done = self.run("export", call_id, "--format", kind, "-o", path, *options)
        content = path.read_bytes() if path.exists() else None
        path.unlink(missing_ok=True)
        return Done(done.code, content, (done.out if done.code == 0 else done.err).decode(errors="replace"))

    def export_to(self, path, call_id, kind):
        self.do("export", call_id, "--format", kind, "-o", path)
        return path


def import_alone(*files):
    """The calls of these files, in a data directory of their own: as shown, the oldest first."""
    with Node() as node:
        node.import_captures(*files)
        return [node.show(call["call_id"]) for call in node.calls()]


def in_parallel(work, items):
    """work(item) for each, on as many threads as there are processors: the program runs beside us."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, items))


def truth_names():
    return sorted(path.name.removesuffix(".truth.json") for path in CAPTURES.glob("*.truth.json"))


def truth_of(name, folder=CAPTURES):
    truth = json.loads((folder / f"{name}.truth.json").read_text())
    return truth, [folder / capture for capture in truth["captures"]]


def microseconds(text):
    """Since 1970, of a time as the program prints it."""
    moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=datetime.timezone.utc)
    return (moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(microseconds=1)


def stream_of(call, ssrc):
    found = [stream for stream in call["streams"] if stream["ssrc"] == ssrc]
    if len(found) != 1:
        raise AssertionError(f"{len(found)} streams {ssrc} in call {call['call_id']}")
    return found[0]


# ---- tshark: what an independent reader sees ----

def tshark(path, *arguments):
    done = command("tshark", "-n", "-r", path, *arguments)
    if done.code != 0:
        raise AssertionError(f"tshark {path}: {done.err.decode(errors='replace')}")
    return done.out.decode(errors="replace").splitlines()


def tshark_fields(path, where, *names, options=(), occurrence="f"):
    """A list of the fields of each frame; of a field that occurs several times the first, or with "a" all."""
    parts = [part for name in names for part in ("-e", name)]
    lines = tshark(path, *options, "-Y", where, "-T", "fields", "-E", f"occurrence={occurrence}", *parts)
    return [line.split("\t") for line in lines]


def endpoint(address4, address6, port):
    return f"[{address6}]:{port}" if address6 else f"{address4}:{port}"


Datagram = collections.namedtuple("Datagram", "at source destination payload")  # at: text, seconds with nine decimals


def datagrams(path):
    """Every UDP datagram, reassembled."""
    rows = tshark_fields(path, "udp", "frame.time_epoch", "ip.src", "ipv6.src", "udp.srcport", "ip.dst", "ipv6.dst", "udp.dstport",
                         "udp.payload")
    return [Datagram(at, endpoint(s4, s6, sport), endpoint(d4, d6, dport), bytes.fromhex(payload))
            for at, s4, s6, sport, d4, d6, dport, payload in rows]


Rtp = collections.namedtuple("Rtp", "at source destination ssrc sequence timestamp payload_type payload")


def rtp_packets(path):
    """Every datagram that reads as RTP, with its payload without extension and padding (RFC 3550 section 5.1)."""
    packets = []
    for datagram in datagrams(path):
        packet = rtp_of(datagram)
        if packet:
            packets.append(packet)
    return packets


def rtp_of(datagram):
    raw = datagram.payload
    if len(raw) < 12 or raw[0] >> 6 != 2 or 192 <= raw[1] <= 223:  # the second byte of RTCP is a packet type of that range
        return None
    head = 12 + 4 * (raw[0] & 15)
    if raw[0] & 0x10:
        head += 4 + 4 * int.from_bytes(raw[head + 2:head + 4], "big")
    end = len(raw) - (raw[-1] if raw[0] & 0x20 else 0)
    if head > end:
        return None
    return Rtp(datagram.at, datagram.source, datagram.destination, raw[8:12].hex(), int.from_bytes(raw[2:4], "big"),
               int.from_bytes(raw[4:8], "big"), raw[1] & 127, raw[head:end])


def sip_call_id(payload):
    """The Call-ID of a SIP message in a datagram or segment; None where there is none."""
    found = re.search(rb"^(?:call-id|i)[ \t]*:[ \t]*([^\r\n]+?)[ \t]*\r?$", payload, re.IGNORECASE | re.MULTILINE)
    return found.group(1).decode(errors="replace") if found else None


# ---- sound ----

Sound = collections.namedtuple("Sound", "rate channels")  # channels: one array of 16-bit samples each


def read_wav(path):
    with wave.open(str(path), "rb") as file:
        if file.getsampwidth() != 2:
            raise AssertionError(f"{file.getsampwidth()} bytes a sample")
        samples = array.array("h", file.readframes(file.getnframes()))
        return Sound(file.getframerate(), [samples[i::file.getnchannels()] for i in range(file.getnchannels())])


def alaw_table():
    """ITU-T G.711 table 1a: 13-bit values of the 256 A-law octets, as 16-bit samples."""
    table = []
    for octet in range(256):
        value = octet ^ 0x55  # even bits are inverted on the line
        exponent, mantissa = (value >> 4) & 7, value & 15
        magnitude = (2 * mantissa + 1) << 3 if exponent == 0 else (2 * mantissa + 33) << (exponent + 2)
        table.append(magnitude if value & 0x80 else -magnitude)
    return table


def ulaw_table():
    """ITU-T G.711 table 2a: 14-bit values of the 256 mu-law octets, as 16-bit samples."""
    table = []
    for octet in range(256):
        value = ~octet & 0xff  # all bits are inverted on the line
        exponent, mantissa = (value >> 4) & 7, value & 15
        magnitude = (((2 * mantissa + 33) << exponent) - 33) << 2
        table.append(-magnitude if value & 0x80 else magnitude)
    return table


G711 = {0: ulaw_table(), 8: alaw_table()}  # by static payload type, RFC 3551


def wait_for(condition, seconds, what):
    """What the condition gives, once that is something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what}: not within {seconds} s")
