"""Recording clients for load and attack (tools/srcload) against a real server, and whether what it keeps is what they sent."""
import collections
import json
import os
import pathlib
import re
import struct
import subprocess
import time
import unittest

import server_support
import support

SRCLOAD = os.environ.get("SRCLOAD", str(support.ROOT / "build/dev/tools/srcload/srcload"))
SAMPLES = support.SHARED / "siprec" / "samples"
MASK = (1 << 64) - 1
# The tests of recording clients use ports from 20000 on.
FIRST_MEDIA_PORT, LAST_MEDIA_PORT = 10_000, 19_999
CLIENT_MEDIA_PORTS = iter(range(61_000 + os.getpid() % 400 * 8, 65_500, 4))
ATTACKER = "127.66.0.2"


def has_client():
    return os.access(SRCLOAD, os.X_OK)


class Client:
    """One run of srcload."""

    def __init__(self, kind, *arguments, prefix=()):
        command = [*prefix, SRCLOAD, kind, *(str(part) for part in arguments)]
        if kind == "calls" and "--media-port" not in command:
            command += ["--media-port", str(next(CLIENT_MEDIA_PORTS))]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def done(self, timeout=3600):
        """What it says of itself."""
        try:
            out, err = self.process.communicate(timeout=timeout)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
        if self.process.returncode != 0:
            raise AssertionError(f"srcload: exit {self.process.returncode}: {err}")
        return json.loads(out)


def play(kind, *arguments, prefix=()):
    return Client(kind, *arguments, prefix=prefix).done()


class OtherHost:
    """A network namespace that reaches this machine over a pair of Ethernet devices, as another host would."""

    ours, theirs = "10.88.0.1", "10.88.0.2"

    def __init__(self):
        self.name = f"ew-other-{os.getpid()}"
        self.prefix = ("ip", "netns", "exec", self.name)

    def __enter__(self):
        near, far = f"ewn{os.getpid()}", f"ewf{os.getpid()}"
        inside = f"-n {self.name}"
        for arguments in (f"netns add {self.name}", f"link add {near} type veth peer name {far} netns {self.name}", f"addr add {self.ours}/24 dev {near}",
                          f"link set {near} up", f"{inside} addr add {self.theirs}/24 dev {far}", f"{inside} link set {far} up", f"{inside} link set lo up"):
            done = subprocess.run(["ip", *arguments.split()], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                self.__exit__()
                raise unittest.SkipTest(f"no second host: ip {arguments}: {done.stderr.strip()}")
        return self

    def __exit__(self, *_):
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True, check=False)


class Recorder(server_support.Server):
    """A server that records all that its one peer sends, and what its recorder process uses."""

    def __init__(self, peer="127.0.0.1", sip="", rest="", media_ports=(FIRST_MEDIA_PORT, LAST_MEDIA_PORT), folder=None,
                 address="127.0.0.1"):
        self.sip_port = server_support.free_port()
        self.media_ports = media_ports
        super().__init__(f'[sip]\nlisten = ["{address}:{self.sip_port}"]\nmedia_ports = "{media_ports[0]}-{media_ports[1]}"\n{sip}'
                         f'[[sip.peer]]\nname = "load"\nnetworks = ["{peer}"]\nallow_plain_keys = true\n'
                         f'[recording]\ndefault = "all"\n{rest}', **({"folder": folder} if folder else {}))
        self.address, self.to = address, f"{address}:{self.sip_port}"

    def start(self):
        super().start()
        end = time.monotonic() + server_support.STARTUP_SECONDS
        while not self.is_ready():
            assert time.monotonic() < end, "no recording client is served:\n" + self.log.read_text()
        return self

    def is_ready(self):
        """It answers 503 until it knows what to record. One short session is in the log therefore."""
        probe = play("calls", "--to", self.to, "--from", self.address, "--calls", 1, "--hold", 0.1, "--media", "no", "--seed", 999)
        return probe["answered"] == 1

    @property
    def recorder(self):
        """The process that answers and records."""
        for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                name, rest = re.fullmatch(r"\d+ \((.*)\) (.*)\n?", path.read_text(), re.DOTALL).groups()
            except (OSError, AttributeError):
                continue
            if name == "ew-recorder" and int(rest.split()[1]) == self.process.pid:
                return int(path.parent.name)
        raise AssertionError("no recorder runs:\n" + self.log.read_text())

    def cpu_seconds(self):
        """By thread: {name: seconds of user and kernel}."""
        used = collections.Counter()
        for path in pathlib.Path(f"/proc/{self.recorder}/task").glob("*/stat"):
            name, rest = re.fullmatch(r"\d+ \((.*)\) (.*)\n?", path.read_text(), re.DOTALL).groups()
            fields = rest.split()
            used[name] += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return used

    def memory_bytes(self, what="VmRSS"):
        status = pathlib.Path(f"/proc/{self.recorder}/status").read_text()
        return int(re.search(rf"^{what}:\s+(\d+) kB", status, re.MULTILINE).group(1)) * 1024

    def metric(self, name, *labels):
        text = server_support.Client(self.port).request("GET", "/metrics").body.decode()
        found = re.findall(rf"^{name}(?:{{([^}}]*)}})? (\S+)$", text, re.MULTILINE)
        return sum(float(value) for its, value in found if all(label in its for label in labels))

    def wait_for_calls(self, seconds=120):
        """Until no call runs."""
        end = time.monotonic() + seconds
        while self.metric("earwitness_calls_running") > 0 and time.monotonic() < end:
            time.sleep(0.2)

    def settle(self):
        """Until all that was recorded is at rest: the server is stopped then."""
        self.wait_for_calls()
        assert self.stop() == 0, self.log.read_text()[-3000:]

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(300)
        return self.process.returncode

    def calls(self):
        """{Call-ID of the recording session, and id of the communication session: call}, page by page. A hostile client may take another's Call-ID."""
        found, after = {}, []
        while True:
            done = self.command("calls", "--json", "--limit", "1000", *after)
            assert done.returncode == 0, done.stderr
            page = json.loads(done.stdout)
            for call in page:
                for kind in ("sip_call_id", "session"):
                    for value in call["external_ids"].get(kind, []):
                        found[value] = call
            if len(page) < 1000:
                return found
            after = ["--after", f"{page[-1]['start_at']}/{page[-1]['call_id']}"]

    def export(self, call_id):
        path = self.folder / f"{call_id}.pcapng"
        done = self.command("export", call_id, "--format", "pcapng", "-o", str(path))
        assert done.returncode == 0, done.stderr
        content = path.read_bytes()
        path.unlink()
        return content

    def verified(self):
        """What `verify` has to say, where it is not content."""
        done = self.command("verify")
        return "" if done.returncode == 0 else done.stdout + done.stderr


# ---- the truth ----

def truths(path):
    return [json.loads(line) for line in pathlib.Path(path).read_text().splitlines()]


def payload(session, stream, index):
    """As tools/srcload/payload.h makes it."""
    state = (session << 40 ^ stream << 32 ^ index) & MASK
    words = []
    for _ in range(20):
        state = (state + 0x9e3779b97f4a7c15) & MASK
        word = state
        word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9 & MASK
        word = (word ^ word >> 27) * 0x94d049bb133111eb & MASK
        words.append(word ^ word >> 31)
    return struct.pack("<20Q", *words)


def rtp_of(capture):
    """(SSRC, sequence, payload) of each RTP packet of a little-endian pcapng file of Ethernet, in order."""
    at = 0
    while at + 12 <= len(capture):
        kind, size = struct.unpack_from("<II", capture, at)
        if kind == 6:
            kept, = struct.unpack_from("<I", capture, at + 20)
            frame = capture[at + 28:at + 28 + kept]
            udp = 14 + (frame[14] & 15) * 4
            rtp = frame[udp + 8:]
            if frame[12:14] == b"\x08\x00" and frame[23] == 17 and len(rtp) >= 12 and rtp[0] == 0x80 and not 192 <= rtp[1] <= 223:
                yield rtp[8:12].hex(), int.from_bytes(rtp[2:4], "big"), rtp[12:]
        at += size


def expected_packets(truth, stream):
    """(numbers of packets that must be there, those that may)."""
    every = range(stream["packets"])
    pause = truth.get("pause")
    if not pause:
        return set(every), set(every)
    must = {*range(pause["asked"]), *range(pause["over"], stream["packets"])}
    return must, set(every) - set(range(pause["begun"], pause["resume_asked"]))


def content_faults(truth, capture):
    """What is otherwise than it was sent, in a call's export."""
    faults, found = [], collections.defaultdict(list)
    for ssrc, sequence, content in rtp_of(capture):
        found[ssrc].append((sequence, content))
    for number, stream in enumerate(truth["streams"]):
        must, may = expected_packets(truth, stream)
        seen = set()
        for sequence, content in found.pop(stream["ssrc"], []):
            index = (sequence - stream["first_sequence"]) & 0xffff
            if index in seen or index not in may or content != payload(truth["session"], number, index):
                faults.append(f"{truth['call_id']} stream {number}: packet {index} is not the one that was sent")
            seen.add(index)
        if must - seen:
            faults.append(f"{truth['call_id']} stream {number}: {len(must - seen)} of {stream['packets']} are missing, the first is "
                          f"{min(must - seen)}, the last {max(must - seen)}")
    faults += [f"{truth['call_id']}: foreign source {ssrc}" for ssrc in found]
    return faults


def count_faults(truth, call):
    """The same by what is said of the call: packets of each stream, and who spoke."""
    if not truth["session_id"]:  # a session that has no call yet
        return [f"{truth['call_id']}: a call of nobody"] if call else []
    if call is None:
        return [f"{truth['call_id']}: no such call"]
    faults = []
    if [call["caller_number"], call["called_number"]] != [truth["caller"], truth["callee"]]:
        faults.append(f"{truth['call_id']}: parties {call['caller_number']}, {call['called_number']}")
    streams = {stream["ssrc"]: stream for stream in call["streams"]}
    for number, sent in enumerate(truth["streams"]):
        must, may = expected_packets(truth, sent)
        kept = streams.pop(sent["ssrc"], None)
        if kept is None:
            faults.append(f"{truth['call_id']} stream {number}: none of {len(must)} packets")
        elif not len(must) <= kept["packets"] <= len(may) or kept["duplicated"]:
            faults.append(f"{truth['call_id']} stream {number}: {kept['packets']} packets of {len(must)}, {kept['duplicated']} twice")
        elif kept["participant"] != ("caller", "callee")[number]:
            faults.append(f"{truth['call_id']} stream {number}: of {kept['participant']}")
    faults += [f"{truth['call_id']}: foreign source {ssrc}" for ssrc in streams]
    return faults


Verdict = collections.namedtuple("Verdict", "calls sent stored faults")


def compare(server, truth_path, exported=0):
    """All calls of a truth file by what is said of them, and some of them, evenly spread, packet by packet."""
    calls, told = server.calls(), truths(truth_path)
    faults = [fault for truth in told for fault in count_faults(truth, calls.get(truth["session_id"] or truth["call_id"]))]
    step = max(len(told) // exported, 1) if exported else len(told) + 1
    for truth in told[::step]:
        call = calls.get(truth["session_id"])
        if call and truth["streams"]:
            faults += content_faults(truth, server.export(call["call_id"]))
    sent = sum(stream["packets"] for truth in told for stream in truth["streams"])
    stored = sum(stream["packets"] for truth in told for stream in (calls.get(truth["session_id"]) or {"streams": []})["streams"])
    return Verdict(len(told), sent, stored, faults)
