"""The number of lanes, a repeat, another capture of the same call, hops and relays: what is stored stays the same."""
import hashlib
import pathlib
import struct
import tempfile
import unittest

import support

LANES = (1, 2, 7)


def everything(node):
    """All that the program says of its calls, and every export of each, as digests by name."""
    said = {"calls": node.calls_text()}
    for call in node.calls():
        call_id = call["call_id"]
        said[f"{call_id} show"] = node.show_text(call_id)
        for kind in ("wav", "pcapng", "json"):
            done = node.export(call_id, kind)
            said[f"{call_id} {kind}"] = hashlib.sha256(done.out).hexdigest() if done.code == 0 else done.err
    return said


def objects(node):
    """The vault's objects, by content."""
    return {path.relative_to(node.data): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in (node.data / "vault").rglob("*.OBJ")}


def records(capture):
    """Head and (record head, packet) of a classic pcap file of this machine's byte order with microseconds."""
    content = capture.read_bytes()
    if content[:4] != bytes.fromhex("d4c3b2a1"):
        raise AssertionError(f"{capture} is another format")
    packets, at = [], 24
    while at < len(content):
        head = struct.unpack_from("<IIII", content, at)
        packets.append((head, content[at + 16:at + 16 + head[2]]))
        at += 16 + head[2]
    return content[:24], packets


def written_anew(capture, path, first=0, count=None):
    """The same packets in a file with other bytes: nanoseconds instead of microseconds; or some of the packets."""
    head, packets = records(capture)
    with path.open("wb") as file:
        file.write(bytes.fromhex("4d3cb2a1") + head[4:])
        for (seconds, micros, kept, length), packet in packets[first:None if count is None else first + count]:
            file.write(struct.pack("<IIII", seconds, micros * 1000, kept, length) + packet)
    return path


class Lanes(unittest.TestCase):
    """Every capture of ours, each imported alone into one data directory, and many calls at a time, by 1, 2 and 7 lanes."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(dir=support.SCRATCH)
        cls.addClassCleanup(cls.folder.cleanup)
        cls.imports = [support.truth_of(name)[1] for name in support.truth_names()]
        if pathlib.Path(support.CALLGEN).exists():
            load = pathlib.Path(cls.folder.name) / "load.pcap"
            made = support.command(support.CALLGEN, "load", "--out", load, "--calls", 20, "--packets", 9600, "--seconds-per-call", 1.5)
            assert made.code == 0, made.err
            cls.imports.append([load])
        cls.nodes = [support.Node() for _ in LANES]
        for node in cls.nodes:
            cls.addClassCleanup(node.__exit__)

        def fill(pair):
            node, lanes = pair
            for files in cls.imports:
                node.import_captures(*files, lanes=lanes)
            return everything(node)

        cls.said = support.in_parallel(fill, list(zip(cls.nodes, LANES)))

    def assert_same(self, ours, expected):
        self.assertEqual(sorted(ours), sorted(expected))
        self.assertEqual([name for name in expected if ours[name] != expected[name]], [])

    def test_rows_and_exports_are_equal(self):
        calls = len(self.nodes[0].calls())
        truth = sum(len(support.truth_of(name)[0]["calls"]) for name in support.truth_names())
        self.assertGreaterEqual(calls, truth)
        if len(self.imports) > len(support.truth_names()):
            self.assertGreaterEqual(calls, truth + 60)
        for said in self.said[1:]:
            self.assert_same(said, self.said[0])

    def test_a_repeat_adds_nothing(self):
        node = self.nodes[0]
        before = objects(node)
        for files in self.imports[::6] + self.imports[-1:]:
            report = node.import_captures(*files, lanes=2)
            self.assertEqual((report["calls"], report["rtp_stored"]), (0, 0))
            self.assertEqual({file["known"] for file in report["files"]}, {True})
        self.assertEqual(objects(node), before)
        self.assertEqual(node.calls_text(), self.said[0]["calls"])

    def test_reindex_makes_the_same_rows(self):
        node = self.nodes[1]
        shown = [call["call_id"] for call in node.calls()]
        node.do("reindex")
        self.assertEqual(node.calls_text(), self.said[1]["calls"])
        self.assertEqual([call_id for call_id in shown if node.show_text(call_id) != self.said[1][f"{call_id} show"]], [])

    def test_verify_finds_nothing(self):
        self.assertEqual(self.nodes[2].run("verify").code, 0)


class AnotherCapture(unittest.TestCase):
    """The same call, captured twice: one call, two recordings."""

    CAPTURE = support.CAPTURES / "pcma.pcap"

    def test_same_packets_in_another_file(self):
        with support.Node() as node:
            node.import_captures(self.CAPTURE)
            (before,) = node.calls()
            alone = node.export(before["call_id"], "wav").out
            node.import_captures(written_anew(self.CAPTURE, node.folder / "again.pcap"))
            (call,) = node.calls()
            for key in ("call_id", "start_at", "answer_at", "end_at", "tech_result", "caller_number", "called_number", "external_ids"):
                self.assertEqual(call[key], before[key], key)
            self.assertEqual([stream["packets"] for stream in call["streams"]], [160, 160])
            recordings = node.show(call["call_id"])["recordings"]
            self.assertEqual(len(recordings), 2)
            for recording in recordings:
                self.assertEqual([stream["packets"] for stream in recording["streams"]], [160, 160])
                done = node.export(call["call_id"], "wav", "--recording", recording["recording_id"])
                self.assertEqual(done.out, alone)
            text = node.calls_text()
            node.do("reindex")
            self.assertEqual(node.calls_text(), text)

    def test_a_part_of_the_call_before_or_after_the_whole(self):
        for whole_first in (True, False):
            with self.subTest(whole_first=whole_first), support.Node() as node:
                part = written_anew(self.CAPTURE, node.folder / "part.pcap", count=150)
                for path in (self.CAPTURE, part) if whole_first else (part, self.CAPTURE):
                    node.import_captures(path)
                (call,) = node.calls()
                self.assertEqual((call["end_reason"], call["hangup_by"], call["end_at"]), ("bye", "callee", "2026-03-02T09:00:04.800000Z"))
                self.assertEqual([stream["packets"] for stream in call["streams"]], [160, 160])
                recordings = node.show(call["call_id"])["recordings"]
                self.assertEqual(sorted(sum(stream["packets"] for stream in recording["streams"]) for recording in recordings), [141, 320])

    def test_two_parts_given_together_are_one_time_line(self):
        with support.Node() as node:
            parts = [written_anew(self.CAPTURE, node.folder / "a.pcap", count=150),
                     written_anew(self.CAPTURE, node.folder / "b.pcap", first=150)]
            node.import_captures(*reversed(parts))
            (call,) = node.calls()
            (recording,) = node.show(call["call_id"])["recordings"]
            self.assertEqual([stream["packets"] for stream in recording["streams"]], [160, 160])
            ours = node.export(call["call_id"], "wav").out
        with support.Node() as node:
            node.import_captures(self.CAPTURE)
            self.assertEqual(node.export(node.calls()[0]["call_id"], "wav").out, ours)


class OneCallOneStream(unittest.TestCase):
    """A ring group, a B2BUA, a relay: one call, and what each speaker said is stored once."""

    def test_one_stored_stream_per_speaker(self):
        legs = {"ringgroup20": 1, "ringgroup_b2bua": 2, "b2bua": 2, "b2bua_same_ssrc": 2, "rtpengine_relay": 1, "two_hops": 1,
                "spiral": 1, "serial_fork": 1}
        for name, least_legs in legs.items():
            with self.subTest(name), support.Node() as node:
                truth, files = support.truth_of(name)
                report = node.import_captures(*files)
                (call,) = node.calls()
                (known,) = truth["calls"]
                self.assertEqual(sorted(stream["participant"] for stream in call["streams"]), ["callee", "caller"])
                self.assertGreaterEqual(len(call["legs"]), least_legs)
                self.assertEqual(sorted(call["external_ids"]["sip_call_id"]), sorted(known["sip_call_ids"]))
                packets = sum(stream["packets"] for stream in known["streams"])
                self.assertEqual(sum(stream["packets"] for stream in call["streams"]), packets)
                self.assertEqual(report["rtp_stored"], packets)
                copies = sum(stream["packets"] * len(stream.get("copies", [])) for stream in known["streams"])
                self.assertEqual(report["rtp_copies"], copies)

    def test_twenty_phones_are_one_leg_or_branches_of_it(self):
        (call,) = support.import_alone(support.CAPTURES / "ringgroup20.pcap")
        self.assertEqual(sum(leg["branches"] for leg in call["legs"]), 20)


if __name__ == "__main__":
    unittest.main()
