"""Drops that are brought about: a frozen disk, a recorder that stands still, a machine that has no time. Nothing is lost that
need not be, and each packet that is missing is counted at the place where it was lost.

Runs as root, in a network namespace of its own; skipped elsewhere."""
import collections
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import unittest

import crash_support
import live_support
import support
import test_live

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
            self.assertEqual(recording["evidence"]["score"], 1)
            self.assertNotIn("gap", [event["kind"] for event in call["events"]])
            for stream in call["streams"]:
                self.assertEqual((stream["packets"], stream["lost"]), (expected.pop(stream["ssrc"]), 0), stream["ssrc"])
        self.assertEqual(expected, {})
        verified = self.data.run("verify")
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        self.assert_payloads_are_stored(calls[len(calls) // 2]["call_id"], packets)

    def assert_payloads_are_stored(self, call, packets):
        exported = pathlib.Path(self.scratch.name) / "call.pcapng"
        self.assertEqual(self.data.run("export", call, "--format", "pcapng", "-o", str(exported)).returncode, 0)
        stored = [packet for packet in support.rtp_packets(exported)]
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
        calls, rounds = crash_support.count(60, 200), 3
        packets = self.load(calls, 8, rounds)
        with test_live.LiveServer(self.data) as server:
            sending = live_support.Sending(packets)
            self.addCleanup(sending.stop)
            time.sleep(6)
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


class BusyMachine(DropsTest):
    def hog(self):
        hogs = [subprocess.Popen(["nice", "-n", "-20", sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count())]
        for hog in hogs:
            self.addCleanup(hog.wait)
            self.addCleanup(hog.kill)
        return hogs

    def test_what_is_lost_was_counted_where_it_was_lost(self):
        """Others take all processors, and go before the recorder. Its ring bears that; were it not so, the counts would say it."""
        calls = crash_support.count(40, 200)
        packets = begun_together(self.load(calls, 20))
        with test_live.LiveServer(self.data) as server:
            recorder = server.children()["recorder"]
            link = dropped_by_link()
            sending = UrgentSending(packets)
            self.addCleanup(sending.stop)
            time.sleep(4)
            waited = waited_for_processor(recorder)
            hogs = self.hog()
            time.sleep(12)
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
        if dropped + link == 0:
            self.assert_all_is_stored(packets)
        streams = self.streams()
        self.assertEqual(sum(stream["packets"] + stream["lost"] for stream in streams), rtp_by_stream(packets).total())
        self.assertEqual(sum(stream["lost_at_capture"] for stream in streams), dropped)


if __name__ == "__main__":
    unittest.main()
