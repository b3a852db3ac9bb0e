"""Real captures, recorded between softphones and collected from public projects, against what is known of them."""
import json
import re
import struct
import unittest

import support

CORPUS = support.SHARED / "corpus"
CALLS = support.SHARED / "calls"

TOLERANCE_US = 20_000


class TruthPage:
    """A file of ../shared/calls/*.truth.md: the SIP time line and tshark's table of RTP streams."""

    LINE = re.compile(r"^(\d+\.\d+) (\S+) -> (\S+)  (?:SIP/2\.0 (\d{3}) .*|([A-Z]+) .*)\[(.*)\]$")
    STREAM = re.compile(r"^\s*([\d.]+)\s+([\d.]+)\s+([\d.]+) (\d+)\s+([\d.]+) (\d+) 0x([0-9A-F]{8})\s+(.*?)\s+(\d+)\s+(\d+) \(")

    def __init__(self, path):
        self.messages, self.streams = [], []  # (us, source, destination, method or code, Call-ID); dict
        for line in path.read_text().splitlines():
            if found := self.LINE.match(line):
                at, source, destination, code, method, call_id = found.groups()
                self.messages.append((round(float(at) * 1e6), source, destination, code or method, call_id))
            elif found := self.STREAM.match(line):
                start, end, source, sport, destination, dport, ssrc, _, packets, lost = found.groups()
                self.streams.append({"ssrc": ssrc.lower(), "source": f"{source}:{sport}", "destination": f"{destination}:{dport}",
                                     "packets": int(packets), "lost": int(lost), "from": float(start), "to": float(end)})

    def call_ids(self):
        """Of calls: in the order of their INVITEs."""
        return list(dict.fromkeys(call_id for _, _, _, what, call_id in self.messages if what == "INVITE"))

    def first(self, call_id, what, after=0):
        """The earliest hop of a message; None where there is none."""
        return next((at for at, _, _, word, known in self.messages if known == call_id and word == what and at >= after), None)

    def caller_address(self, call_id):
        return next(source for _, source, _, what, known in self.messages if known == call_id and what == "INVITE")


def first_packet_us(path):
    """Arrival of the first packet of a classic pcap file with microseconds: what tshark's relative times count from."""
    seconds, micros = struct.unpack_from("<II", path.read_bytes()[:32], 24)
    return seconds * 1_000_000 + micros


# What each scenario's first line says, call by call: caller, called, result, who ended it, the index of the parent.
SCENARIOS = {
    "blindxfer": [("alice", "bob", "answered", "callee", None), ("alice", "carol", "answered", "caller", 0)],
    "cancel487": [("alice", "bob", "cancelled", "caller", None)],
    "dtmf4733": [("alice", "bob", "answered", "caller", None)],
    "g722": [("alice", "bob", "answered", "caller", None)],
    "hold": [("alice", "bob", "answered", "caller", None)],
    "opus": [("alice", "bob", "answered", "caller", None)],
    "pcma": [("alice", "bob", "answered", "caller", None)],
    "pcmu": [("alice", "bob", "answered", "caller", None)],
    "srtp": [("alice", "bob", "answered", "caller", None)],
    "tcp": [("alice", "bob", "answered", "caller", None)],
}


@support.needs_shared
class SoftphoneCalls(unittest.TestCase):
    """../shared/calls."""

    @classmethod
    def setUpClass(cls):
        names = sorted(SCENARIOS)
        cls.calls = dict(zip(names, support.in_parallel(lambda name: support.import_alone(CALLS / f"{name}.pcap"), names)))
        cls.pages = {name: TruthPage(CALLS / f"{name}.truth.md") for name in names}

    def each(self, check):
        """check(name, page, pairs of a Call-ID of the page and our call)."""
        for name, calls in self.calls.items():
            with self.subTest(name):
                page = self.pages[name]
                self.assertEqual([call["external_ids"]["sip_call_id"] for call in calls], [[known] for known in page.call_ids()])
                check(name, page, list(zip(page.call_ids(), calls)))

    def assert_time(self, ours, truth_us, what):
        if truth_us is None:
            self.assertIsNone(ours, what)
            return
        self.assertIsNotNone(ours, what)
        self.assertLessEqual(abs(support.microseconds(ours) - truth_us), TOLERANCE_US, what)

    def test_every_file_has_its_scenario(self):
        self.assertEqual(sorted(path.stem for path in CALLS.glob("*.pcap")), sorted(SCENARIOS))

    def test_parties_results_and_parents(self):
        def check(name, _page, pairs):
            calls = [call for _, call in pairs]
            found = [(call["caller_number"], call["called_number"], call["tech_result"], call["hangup_by"]) for call in calls]
            self.assertEqual(found, [expected[:4] for expected in SCENARIOS[name]])
            for call, (*_, parent) in zip(calls, SCENARIOS[name]):
                self.assertEqual(call["parent_call_id"], None if parent is None else calls[parent]["call_id"])
                self.assertEqual(call["interaction_id"], calls[0]["interaction_id"])
        self.each(check)

    def test_times(self):
        def check(_name, page, pairs):
            for call_id, call in pairs:
                invite = page.first(call_id, "INVITE")
                answered = call["tech_result"] == "answered"
                self.assert_time(call["start_at"], invite, "start")
                self.assert_time(call["ring_at"], page.first(call_id, "180"), "ring")
                self.assert_time(call["answer_at"], page.first(call_id, "200", invite) if answered else None, "answer")
                self.assert_time(call["end_at"], page.first(call_id, "BYE" if answered else "CANCEL"), "end")
        self.each(check)

    def test_holds(self):
        def check(name, page, pairs):
            for call_id, call in pairs:
                holds = [hold for leg in call["legs"] for hold in leg["holds"]]
                if name != "hold":
                    self.assertEqual(holds, [])
                    continue
                hop = page.caller_address(call_id)
                invites = [at for at, source, _, what, known in page.messages
                           if known == call_id and what == "INVITE" and source == hop]
                _, hold, resume = invites
                self.assertEqual([hold["by"] for hold in holds], ["caller"])
                self.assert_time(holds[0]["from"], hold, "hold from")
                self.assert_time(holds[0]["to"], resume, "hold to")
        self.each(check)

    def test_streams_are_those_of_tshark(self):
        def check(name, page, pairs):
            start = first_packet_us(CALLS / f"{name}.pcap")
            ours = {stream["ssrc"]: stream for _, call in pairs for stream in call["streams"]}
            self.assertEqual(len(ours), sum(len(call["streams"]) for _, call in pairs))
            self.assertEqual(sorted(ours), sorted(stream["ssrc"] for stream in page.streams))
            for truth in page.streams:
                stream = ours[truth["ssrc"]]
                for key in ("source", "destination", "packets", "lost"):
                    self.assertEqual(stream[key], truth[key], key)
                self.assert_time(stream["first_at"], start + round(truth["from"] * 1e6), "first packet")
                self.assert_time(stream["last_at"], start + round(truth["to"] * 1e6), "last packet")
        self.each(check)

    def test_each_stream_has_its_participant(self):
        def check(_name, page, pairs):
            for call_id, call in pairs:
                for stream in call["streams"]:
                    from_caller = stream["source"].rsplit(":", 1)[0] == page.caller_address(call_id)
                    self.assertEqual(stream["participant"], "caller" if from_caller else "callee", stream["ssrc"])
        self.each(check)


def streams_of_tshark(rows):
    """(SSRC, packets) of tshark's table of RTP streams."""
    found = [re.search(r" 0x([0-9A-F]{8}) .*? (\d+) -?\d+ \([-\d.]+%\)", row) for row in rows]
    return sorted([row[1].lower(), int(row[2])] for row in found)


@support.needs_shared
class Corpus(unittest.TestCase):
    """../shared/corpus: calls (Call-IDs with an INVITE) and signalled streams as tshark counts them in GROUND_TRUTH.json, or as
    corpus_explanations.json says and explains."""

    FOLDERS = ("pcap", "encap", "rtp", "rtpproxy")

    @classmethod
    def setUpClass(cls):
        cls.truth = json.loads((CORPUS / "GROUND_TRUTH.json").read_text())
        cls.explained = json.loads((support.ROOT / "tests/corpus_explanations.json").read_text())
        cls.files = sorted(str(path.relative_to(CORPUS)) for folder in cls.FOLDERS for path in (CORPUS / folder).rglob("*")
                           if path.is_file())
        cls.results = dict(zip(cls.files, support.in_parallel(cls.result_of, cls.files)))

    @staticmethod
    def result_of(name):
        with support.Node() as node:
            done = node.run("import", CORPUS / name)  # a hang is an error here
            return done, node.calls() if done.code == 0 else []

    def known_to_tshark(self, name):
        dialogs = self.truth[name].get("dialogs", [])
        return {"calls": sum("INVITE" in dialog["requests"] for dialog in dialogs),
                "streams": streams_of_tshark(self.truth[name]["rtp"])}

    def test_no_crash_and_a_clear_word(self):
        for name, (done, calls) in self.results.items():
            with self.subTest(name):
                if name not in self.truth:  # no capture: rtpproxy's own format, settings, expected output
                    self.assertEqual(done.code, 1)
                    self.assertIn(b"expected a pcap or pcapng file", done.err)
                    continue
                self.assertEqual(done.code, 0, done.err)
                self.assertIn(b"calls" if calls else b"No calls inside", done.out)
                self.assertIn(b" packets", done.out)

    def test_every_capture_of_the_truth_is_there(self):
        self.assertEqual(set(self.truth) - set(self.files), set())

    def test_calls_and_streams(self):
        for name in sorted(self.truth):
            with self.subTest(name):
                _, calls = self.results[name]
                ours = {"calls": len(calls),
                        "streams": sorted([stream["ssrc"], stream["packets"]] for call in calls for stream in call["streams"])}
                known = self.known_to_tshark(name)
                if name not in self.explained:
                    self.assertEqual(ours, known)
                    continue
                explained = self.explained[name]
                self.assertEqual(ours, {"calls": explained["calls"], "streams": sorted(explained["streams"])})
                self.assertNotEqual(ours, known, "equal to tshark's: the explanation is not needed any more")
                self.assertTrue(explained["why"].strip().endswith("."))

    def test_no_explanation_without_its_file(self):
        self.assertEqual(set(self.explained) - set(self.truth), set())


@support.needs_shared
class Damaged(unittest.TestCase):
    def test_a_truncated_capture_is_read_up_to_the_last_whole_packet(self):
        with support.Node() as node:
            whole = (CALLS / "pcma.pcap").read_bytes()
            cut = node.folder / "cut.pcap"
            cut.write_bytes(whole[:len(whole) // 2 + 7])
            done = node.run("import", cut)
            self.assertEqual(done.code, 0, done.err)
            self.assertIn(b"truncated", done.out)
            (call,) = node.calls()
            self.assertEqual(call["caller_number"], "alice")
            self.assertEqual(call["end_reason"], "capture_ended")

    def test_a_missing_file_is_named(self):
        with support.Node() as node:
            done = node.run("import", node.folder / "absent.pcap")
            self.assertEqual(done.code, 1)
            self.assertIn(b"absent.pcap", done.err)

    def test_usage_errors_are_told_apart(self):
        with support.Node() as node:
            self.assertEqual(node.run("import").code, 2)
            self.assertEqual(node.run("import", "--lanes", "0", CALLS / "pcma.pcap").code, 2)


if __name__ == "__main__":
    unittest.main()
