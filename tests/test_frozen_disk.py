"""Drops that are brought about: a frozen disk, a recorder that stands still, a machine that has no time. Nothing is lost that
need not be, and each packet that is missing is counted at the place where it was lost.

Runs as root, in a network namespace of its own; skipped elsewhere."""
import collections
import concurrent.futures
import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import sys
import time
import unittest

import crash_support
import live_support
import siprec_client
import support
import test_live
import test_serve

RTP_FRAME = 214  # bytes, of callgen's load: 160 samples of G.711
SSRC = slice(50, 54)
PAYLOAD = slice(54, RTP_FRAME)
FROZEN_SECONDS = 10


def setUpModule():
    test_live.setUpModule()


def is_rtp(frame):
    return len(frame) == RTP_FRAME


def ssrc_of(frame):
    return frame[SSRC].hex()


def line_of(frame):
    """The telephone line: of caller and callee the addresses differ in the first two bytes."""
    return min(frame[27:30], frame[31:34])[1:]


def rtp_by_stream(packets):
    return collections.Counter(ssrc_of(frame) for _, frame in packets if is_rtp(frame))


def begun_together(packets, apart=0.02):
    """The calls of a load begin evenly over the length of one; here one right after the other."""
    begins, moved = {}, []
    for moment, frame in packets:
        begin = begins.setdefault(line_of(frame), (moment, len(begins) * apart))
        moved.append((moment - begin[0] + begin[1], frame))
    return sorted(moved, key=lambda packet: packet[0])


def dropped_by_link():
    """Packets that the pair of devices itself lost: they never came to where we listen."""
    text = pathlib.Path("/proc/self/net/dev").read_text()
    figures = {name.strip(): values.split() for name, _, values in (line.partition(":") for line in text.splitlines()[2:])}
    return int(figures[live_support.NEAR][11]) + int(figures[live_support.FAR][3])


def available_memory():
    found = re.search(r"^MemAvailable: +([0-9]+) kB$", pathlib.Path("/proc/meminfo").read_text(), re.M)
    return int(found.group(1)) * 1024


def lost_by_place(server):
    return {place: server.metric(f'earwitness_rtp_lost_total{{place="{place}"}}') for place in ("before", "capture", "recorder")}


def run(*arguments):
    return subprocess.run(arguments, check=True, capture_output=True, text=True).stdout


class FreezableDisk:
    """A file system of its own in a file: `root`. Whatever happens it is thawed and unmounted."""

    def __init__(self, test, folder):
        for program in ("mkfs.ext4", "fsfreeze", "mount", "umount"):
            if shutil.which(program) is None:
                raise unittest.SkipTest(f"{program} is not installed")
        image = os.path.join(folder, "disk.img")
        self.root = os.path.join(folder, "disk")
        os.mkdir(self.root)
        with open(image, "wb") as file:
            file.truncate(4 * 1024 ** 3)  # sparse
        try:
            run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=1,lazy_journal_init=1", image)
            run("mount", "-o", "loop", image, self.root)
        except subprocess.CalledProcessError as error:
            raise unittest.SkipTest(f"no loop device: {error.stderr}") from error
        test.addCleanup(subprocess.run, ["umount", "--lazy", self.root], check=False)
        self.thawing = None
        test.addCleanup(self.thaw)

    def freeze(self, seconds):
        """For so long, even if this process dies meanwhile."""
        try:
            run("fsfreeze", "-f", self.root)
        except subprocess.CalledProcessError as error:
            raise unittest.SkipTest(f"fsfreeze: {error.stderr}") from error
        self.thawing = subprocess.Popen(["sh", "-c", f"sleep {seconds}; fsfreeze -u '{self.root}'"], start_new_session=True)

    def is_frozen(self):
        return self.thawing is not None and self.thawing.poll() is None

    def thaw(self):
        subprocess.run(["fsfreeze", "-u", self.root], capture_output=True, check=False)
        if self.thawing is not None:
            self.thawing.kill()
            self.thawing.wait()


@support.needs_callgen
class DropsTest(test_live.LiveTest):
    def load(self, calls, seconds, rounds=1):
        path = pathlib.Path(self.scratch.name) / "load.pcap"
        packets_per_call = round((seconds - 0.2) * 50) * 2 + 6
        run(crash_support.CALLGEN, "load", "--out", path, "--calls", str(calls), "--packets", str(calls * rounds * packets_per_call),
            "--seconds-per-call", str(seconds))
        return live_support.packets_of(path)

    def streams(self):
        return [stream for call in self.calls() for stream in call["streams"]]

    def assert_nothing_was_lost(self, server):
        self.assertEqual(server.metric("earwitness_capture_dropped_total"), 0)
        self.assertEqual(server.metric("earwitness_rtp_lost_total"), 0)

    def assert_all_is_stored(self, packets):
        """Each stream has as many packets as were sent of it, and none that is missing; and so has the vault."""
        expected = rtp_by_stream(packets)
        calls = self.calls()
        for call in calls:
            self.assertEqual(call["end_reason"], "bye", call["call_id"])
            self.assertEqual(len(call["streams"]), 2)
            recording, = call["recordings"]
            self.assertEqual(recording["state"], "recorded")
            self.assertNotIn("gap", [event["kind"] for event in call["events"]])
            for stream in call["streams"]:
                self.assertEqual((stream["packets"], stream["lost"]), (expected.pop(stream["ssrc"]), 0), stream["ssrc"])
        self.assertEqual(expected, {})
        verified = self.data.run("verify")
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        self.assert_payloads_are_stored(calls[len(calls) // 2]["call_id"], packets)
        self.assertEqual({call["recordings"][0]["evidence"]["score"] for call in calls}, {1})

    def assert_payloads_are_stored(self, call, packets):
        exported = pathlib.Path(self.scratch.name) / "call.pcapng"
        self.assertEqual(self.data.run("export", call, "--format", "pcapng", "-o", str(exported)).returncode, 0)
        stored = support.rtp_packets(exported)
        ssrcs = {packet.ssrc for packet in stored}
        self.assertEqual(len(ssrcs), 2)
        sent = [frame[PAYLOAD] for _, frame in packets if is_rtp(frame) and ssrc_of(frame) in ssrcs]
        self.assertEqual([packet.payload for packet in stored], sent)


class FrozenDisk(DropsTest):
    """Data, keys of parts and journal lie on a disk that does not answer for ten seconds."""

    def setUp(self):
        super().setUp()
        self.disk = FreezableDisk(self, self.scratch.name)
        self.data.data = os.path.join(self.disk.root, "data")

    def packets_read_in_freeze(self, server):
        """What the recorder said that it has read, at each look, while the disk was frozen."""
        looks = []
        while self.disk.is_frozen():
            answer = server.ask("GET", "/metrics", timeout=2)
            if answer and answer[0] == 200 and self.disk.is_frozen():
                looks.append(server.metric("earwitness_capture_packets_total"))
            time.sleep(0.5)
        return looks

    def test_nothing_is_lost_while_the_disk_is_frozen(self):
        """Calls begin, go on and end before, in and after the freeze."""
        calls, rounds = crash_support.count(50, 200), 2
        packets = self.load(calls, 6, rounds)
        with test_live.LiveServer(self.data) as server:
            sending = live_support.Sending(packets)
            self.addCleanup(sending.stop)
            time.sleep(3)
            self.disk.freeze(FROZEN_SECONDS)
            looks = self.packets_read_in_freeze(server)
            self.assertTrue(sending.thread.is_alive(), "the calls were over before the disk was back")
            sending.thread.join()
            self.wait_for_calls(server, calls * rounds)
            self.assertEqual(server.metric("earwitness_capture_packets_total"), len(packets))
            self.assert_nothing_was_lost(server)
            self.assertEqual(server.stop(), 0)
            self.assertEqual(server.log_text().count("Recording live"), 1, "the recorder went on")
        print(f"frozen: {len(packets)} packets, read at {looks}", file=sys.stderr)
        self.assertGreater(looks[-1] - looks[0], len(packets) / 10, "the recorder went on reading")
        self.assert_all_is_stored(packets)

    def serve_recording_clients(self):
        """The address of a recording server (SIPREC) that the node runs too."""
        port = test_serve.free_port()
        config = pathlib.Path(self.data.config)
        config.write_text(config.read_text().replace("listen = []", f'listen = ["127.0.0.1:{port}"]\nmedia_ports = "20000-20399"'))
        return "127.0.0.1", port

    def test_recording_sessions_that_begin_and_end_meanwhile_hold_nobody_up(self):
        """Nothing is promised to their clients that is not stored; all others go on."""
        address = self.serve_recording_clients()
        packets = begun_together(self.load(20, 17))
        with test_live.LiveServer(self.data) as server, siprec_client.Client(address, patience=30) as client:
            test_serve.wait_for(lambda: client.options().status == 200, 30, "the recording server")
            through, ending, beginning = (client.session() for _ in range(3))
            for session in (through, ending):
                self.assertEqual(session.invite().status, 200)
            with concurrent.futures.ThreadPoolExecutor() as pool:
                sending = live_support.Sending(packets)
                self.addCleanup(sending.stop)
                talk = pool.submit(through.send, os.urandom(14 * 8000), os.urandom(14 * 8000))
                ending.send(os.urandom(3 * 8000), os.urandom(3 * 8000))
                self.disk.freeze(FROZEN_SECONDS)
                time.sleep(0.5)
                ended, begun = pool.submit(ending.bye), pool.submit(beginning.invite)
                self.assertEqual((ended.result().status, begun.result().status), (200, 503))
                talk.result()
            self.assertEqual(through.bye().status, 200)
            sending.thread.join()
            # The one that was refused is the next test's matter.
            test_serve.wait_for(lambda: server.metric("earwitness_calls_running") <= 1, 30, "the end of the calls")
            self.assert_nothing_was_lost(server)
            self.assertEqual(server.stop(), 0)
        stored = collections.Counter({stream["ssrc"]: stream["packets"] for stream in self.streams()})
        told = {f"{line.ssrc:08x}": line.sent for session in (through, ending) for line in session.lines}
        self.assertEqual(stored, rtp_by_stream(packets) + collections.Counter(told))

    def test_a_session_that_was_refused_for_the_disk_is_over(self):
        address = self.serve_recording_clients()
        with test_live.LiveServer(self.data) as server, siprec_client.Client(address, patience=30) as client:
            test_serve.wait_for(lambda: client.options().status == 200, 30, "the recording server")
            self.disk.freeze(4)
            self.assertEqual(client.session().invite().status, 503)
            self.disk.thawing.wait()
            accepted = client.session()
            self.assertEqual(accepted.invite().status, 200)
            accepted.send(os.urandom(8000), os.urandom(8000))
            self.assertEqual(accepted.bye().status, 200)
            self.wait_for_calls(server, 1, 20)
            self.assertEqual(server.stop(), 0)

    @unittest.skipUnless(crash_support.IS_LONG, "takes a gigabyte of memory: with ./test --long only")
    def test_what_memory_cannot_hold_was_lost_in_the_recorder(self):
        """More than 512 MB come while the disk is away. The rest is given up, and is neither the kernel's fault nor the network's,
        as is what never came."""
        if available_memory() < 2 * 1024 ** 3:
            self.skipTest("too little memory")
        for name in (live_support.NEAR, live_support.FAR):
            run("ip", "link", "set", name, "mtu", "24000")
            self.addCleanup(run, "ip", "link", "set", name, "mtu", "1500")
        calls, freeze_at, seconds = 40, 2.5, 8
        whole = begun_together(self.load(calls, 16))  # till long after the thaw: a disk needs time for what waited
        never_came = [number for number, (moment, frame) in enumerate(whole)
                      if is_rtp(frame) and number % 101 == 0 and (1 < moment < freeze_at - 0.5 or freeze_at + 3 < moment < freeze_at + 7)]
        gone = set(never_came)
        sent = LargePackets([packet for number, packet in enumerate(whole) if number not in gone], freeze_at, freeze_at + seconds)
        with test_live.LiveServer(self.data) as server:
            link = dropped_by_link()
            sending = live_support.Sending(sent)
            self.addCleanup(sending.stop)
            time.sleep(freeze_at)
            frozen = time.time()
            self.disk.freeze(seconds)
            self.disk.thawing.wait()
            thawed = time.time()
            sending.thread.join()
            self.wait_for_calls(server, calls)
            self.assertEqual(dropped_by_link(), link)
            given_up = server.metric("earwitness_capture_dropped_total")
            lost = lost_by_place(server)
            self.assertEqual(server.metric('earwitness_capture_dropped_total{place="journal",source="all"}'), given_up)
            self.assertEqual(server.metric("earwitness_capture_packets_total"), len(sent))
            self.assertEqual(server.stop(), 0)
        print(f"too long: {given_up:.0f} given up, {len(never_came)} never came", file=sys.stderr)
        self.assertGreater(given_up, 1000)
        self.assertEqual(lost, {"before": len(never_came), "capture": 0, "recorder": given_up})
        streams = self.streams()
        self.assertEqual({stream["ssrc"]: stream["packets"] + stream["lost"] for stream in streams}, dict(rtp_by_stream(whole)))
        self.assertEqual(sum(stream["lost_in_recorder"] for stream in streams), given_up)
        for stream in streams:
            for loss in stream["losses"]:
                if loss["in_recorder"]:
                    self.assertLess(frozen, test_live.microseconds(loss["from"]) / 1e6)
                    self.assertLess(test_live.microseconds(loss["to"]) / 1e6, thawed + 10, "the disk has caught up")
        verified = self.data.run("verify")
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)


class LargePackets:
    """The same, with packets of RTP made larger between two moments, as they are asked for."""

    MORE = 20 * 1024

    def __init__(self, packets, begin, end):
        self.packets, self.begin, self.end = packets, begin, end
        self.padding = os.urandom(self.MORE)

    def __len__(self):
        return len(self.packets)

    def __iter__(self):
        for moment, frame in self.packets:
            is_large = is_rtp(frame) and self.begin < moment < self.end
            yield moment, self.enlarged(frame) if is_large else frame

    def enlarged(self, frame):
        head = bytearray(frame)
        struct.pack_into(">H", head, 16, RTP_FRAME - 14 + self.MORE)  # of IP
        struct.pack_into(">HH", head, 38, RTP_FRAME - 34 + self.MORE, 0)  # of UDP, without a checksum
        struct.pack_into(">H", head, 24, 0)
        total = sum(struct.unpack_from(">10H", head, 14))
        total = (total & 0xffff) + (total >> 16)
        struct.pack_into(">H", head, 24, ~((total & 0xffff) + (total >> 16)) & 0xffff)
        return bytes(head) + self.padding


class StoppedRecorder(DropsTest):
    def test_each_missing_packet_is_counted_at_its_place(self):
        """In one run the kernel drops, since nobody reads its ring, and packets never come: before, in and after that."""
        calls, begin, end = 20, 5.0, 10.0
        sent, never_came = [], collections.Counter()
        meanwhile = 0
        whole = begun_together(self.load(calls, 16))
        for number, packet in enumerate(whole):
            moment, frame = packet
            clearly_off = 2 < moment < begin - 1 or end + 1.5 < moment < 15
            if is_rtp(frame) and ((clearly_off and number % 97 == 0) or (begin + 0.5 < moment < end - 0.5 and number % 101 == 0)):
                never_came[ssrc_of(frame)] += clearly_off
                meanwhile += not clearly_off
            else:
                sent.append(packet)
        with test_live.LiveServer(self.data, settings="[capture]\nring_mb = 1\n") as server:
            recorder = server.children()["recorder"]
            link = dropped_by_link()
            sending = live_support.Sending(sent)
            self.addCleanup(sending.stop)
            time.sleep(begin)
            stopped = time.time()
            os.kill(recorder, signal.SIGSTOP)
            time.sleep(end - begin)
            os.kill(recorder, signal.SIGCONT)
            continued = time.time()
            sending.thread.join()
            self.wait_for_calls(server, calls)
            self.assertEqual(dropped_by_link(), link)
            dropped = server.metric("earwitness_capture_dropped_total")
            lost = lost_by_place(server)
            self.assertEqual(server.metric("earwitness_capture_packets_total") + dropped, len(sent))
            self.assertEqual(server.metric(f'earwitness_capture_dropped_total{{place="kernel",source="{live_support.FAR}"}}'), dropped)
            self.assertEqual(server.stop(), 0)
        print(f"stopped: {dropped:.0f} dropped by the kernel, {never_came.total()} and {meanwhile} never came", file=sys.stderr)
        self.assertGreater(dropped, 1000)
        self.assertGreater(min(never_came.total(), meanwhile), 50)
        self.assertEqual(lost, {"before": never_came.total() + meanwhile, "capture": dropped, "recorder": 0})
        self.assert_streams_agree(rtp_by_stream(whole), never_came, dropped, (stopped - 0.5, continued + 1))

    def assert_streams_agree(self, expected, never_came, dropped, near_stop):
        """What the kernel dropped nobody can tell by stream from what did not come at that moment: that adds up over all. What
        did not come at another time each stream knows."""
        at_capture = 0
        streams = self.streams()
        self.assertEqual({stream["ssrc"]: stream["packets"] + stream["lost"] for stream in streams}, dict(expected))
        for stream in streams:
            self.assertEqual(stream["lost_in_recorder"], 0)
            at_capture += stream["lost_at_capture"]
            before_elsewhere = 0
            for loss in stream["losses"]:
                self.assertEqual(loss["in_recorder"], 0)
                began, ended = (test_live.microseconds(loss[name]) / 1e6 for name in ("from", "to"))
                if ended < near_stop[0] or began > near_stop[1]:
                    self.assertEqual(loss["at_capture"], 0, stream["ssrc"])
                    before_elsewhere += loss["before"]
            self.assertEqual(before_elsewhere, never_came[stream["ssrc"]], stream["ssrc"])
        self.assertEqual(at_capture, dropped)


class UrgentSending(live_support.Sending):
    """Keeps its pace on a machine that has no time."""

    def _work(self, packets, speed):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))  # of this thread
        super()._work(packets, speed)


def waited_for_processor(pid):
    """Seconds that the threads of a process were ready and not run."""
    return sum(int(path.read_text().split()[1]) for path in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


@unittest.skipUnless(crash_support.IS_LONG, "takes all processors, from other tests too: with ./test --long only")
class BusyMachine(DropsTest):
    """Others take all processors, and go before the recorder."""

    def hog(self):
        hogs = [subprocess.Popen(["nice", "-n", "-20", sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count())]
        for hog in hogs:
            self.addCleanup(hog.wait)
            self.addCleanup(hog.kill)
        return hogs

    def test_nothing_is_lost_or_all_of_it_was_lost_at_the_capture_point(self):
        self.record_beside_hogs("")

    def test_what_a_small_ring_does_not_bear_was_lost_at_the_capture_point(self):
        self.record_beside_hogs("[capture]\nring_mb = 1\n")

    def record_beside_hogs(self, settings):
        calls = crash_support.count(40, 200)
        packets = begun_together(self.load(calls, 15))
        with test_live.LiveServer(self.data, settings=settings) as server:
            recorder = server.children()["recorder"]
            link = dropped_by_link()
            sending = UrgentSending(packets)
            self.addCleanup(sending.stop)
            time.sleep(2.5)
            waited = waited_for_processor(recorder)
            hogs = self.hog()
            time.sleep(10)
            waited = waited_for_processor(recorder) - waited
            for hog in hogs:
                hog.kill()
            sending.thread.join()
            self.wait_for_calls(server, calls)
            link = dropped_by_link() - link
            dropped = server.metric("earwitness_capture_dropped_total")
            lost = lost_by_place(server)
            self.assertEqual(server.metric("earwitness_capture_packets_total") + dropped + link, len(packets))
            self.assertEqual(server.stop(), 0)
        print(f"busy: waited {waited:.1f} s for a processor, {dropped:.0f} dropped by the kernel, {link} by the link", file=sys.stderr)
        self.assertGreater(waited, 1)
        self.assertEqual(lost, {"before": link, "capture": dropped, "recorder": 0})
        streams = self.streams()
        self.assertEqual({stream["ssrc"]: stream["packets"] + stream["lost"] for stream in streams}, dict(rtp_by_stream(packets)))
        self.assertEqual(sum(stream["lost_at_capture"] for stream in streams), dropped)
        if dropped + link == 0:
            self.assert_all_is_stored(packets)


if __name__ == "__main__":
    unittest.main()
