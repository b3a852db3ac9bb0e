"""Recording sessions (SIPREC) imported as captures by the real program: those of real clients, and one made here."""
import json
import re
import struct
import unittest

import support
from siprec_pcap import frame

CAPTURES = support.SHARED / "siprec" / "captures"
SSRC_PARTICIPANT = {"a11ce001": "caller", "b0b00002": "callee"}


class RecorderPage:
    """NAME.streams.jsonl and NAME.messages.txt: what the recorder at the other end saw."""

    def __init__(self, name):
        self.pcap = next(path for path in CAPTURES.glob(f"{name}*.pcap"))
        self.streams = [json.loads(line) for line in (CAPTURES / f"{name}.streams.jsonl").read_text().splitlines()]
        text = (CAPTURES / f"{name}.messages.txt").read_text()
        # Of each INVITE: its Call-ID, and the participants' numbers in order.
        self.parties = {}
        for message in text.split("\n===== ")[0:]:
            call_id = re.search(r"^Call-ID: (\S+)$", message, re.MULTILINE)
            if call_id and "<participant " in message:
                self.parties[call_id.group(1)] = re.findall(r'aor="sip:([^@"]+)@', message)


@support.needs_shared
class ClientsCaptures(unittest.TestCase):
    """../shared/siprec/captures: OpenSIPS with rtpengine and rtpproxy."""

    @classmethod
    def setUpClass(cls):
        names = sorted(path.name.removesuffix(".streams.jsonl") for path in CAPTURES.glob("*.streams.jsonl"))
        cls.pages = {name: RecorderPage(name) for name in names}
        cls.calls = dict(zip(names, support.in_parallel(lambda name: support.import_alone(cls.pages[name].pcap), names)))

    def each(self, check):
        """check(page, {Call-ID of the recording session: our call})."""
        self.assertGreaterEqual(len(self.pages), 5)
        for name, page in self.pages.items():
            with self.subTest(name):
                calls = {leg["sip_call_id"]: call for call in self.calls[name] for leg in call["legs"] if leg["role"] == "recording"}
                check(page, calls)

    def test_one_call_per_session(self):
        def check(page, calls):
            self.assertEqual(sorted(calls), sorted({stream["callid"] for stream in page.streams}))
            self.assertEqual({call["source"] for call in calls.values()}, {"siprec"})
        self.each(check)

    def test_parties_are_those_of_the_metadata(self):
        def check(page, calls):
            for call_id, call in calls.items():
                self.assertEqual([call["caller_number"], call["called_number"]], page.parties[call_id])
                self.assertEqual(call["tech_result"], "answered")
                self.assertEqual(call["end_reason"], "bye")
        self.each(check)

    def test_streams_and_labels(self):
        def check(page, calls):
            for call_id, call in calls.items():
                truth = {next(iter(stream["ssrcs"])): stream for stream in page.streams if stream["callid"] == call_id}
                self.assertEqual(sorted(stream["ssrc"] for stream in call["streams"]), sorted(truth))
                for stream in call["streams"]:
                    expected = truth[stream["ssrc"]]
                    self.assertEqual((stream["label"], stream["packets"], stream["lost"]), (expected["label"], expected["packets"], 0))
                    self.assertEqual(stream["destination"].rsplit(":", 1)[1], str(expected["port"]))
                    if stream["ssrc"] in SSRC_PARTICIPANT:
                        self.assertEqual(stream["participant"], SSRC_PARTICIPANT[stream["ssrc"]])
                self.assertEqual({stream["participant"] for stream in call["streams"]}, {"caller", "callee"})
        self.each(check)

    def test_encrypted_media_is_opened(self):
        call, = self.calls["opensips-srtp-leg"]
        self.assertEqual([(stream["encrypted"], stream["opened"], stream["auth_failures"]) for stream in call["streams"]], [(True, True, 0)] * 2)

    def test_vendors_ids(self):
        for call in self.calls["opensips-tcp-pcmu-ext"]:
            ids = call["external_ids"]
            self.assertEqual(ids["callcenterid"], ["17"])
            self.assertEqual(ids["group"], ["callcenter"])
            self.assertTrue(ids["x-call-tag"][0].startswith("h3-"))
            self.assertIn(ids["sip_session"][0], ids["sip_call_id"])
        # A group's name that all calls have makes them no interaction.
        self.assertEqual(len({call["interaction_id"] for call in self.calls["opensips-tcp-pcmu-ext"]}), 3)


SDP = "v=0\r\no=SRC 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n" + "".join(
    f"m=audio {port} RTP/AVP 8\r\na=label:{label}\r\na=sendonly\r\n" for port, label in ((20000, "left"), (20002, "right")))
METADATA = """<?xml version="1.0" encoding="UTF-8"?>
<recording xmlns="urn:ietf:params:xml:ns:recording:1"><datamode>complete</datamode>
<session session_id="hVpd7YQgRW2nD22h7q60JQ=="><vendor:ucid xmlns:vendor="urn:vendor">00FA080001000758A20EFA</vendor:ucid></session>
<participant participant_id="srfBElmCRp2QB23b7Mpk0w=="><nameID aor="sip:4100@pbx.example"><name>Emma Miller</name></nameID></participant>
<participant participant_id="zSfPoSvdSDCmU3A3TRDxAw=="><nameID aor="tel:+442071838750"><name>Jon Barr</name></nameID></participant>
<stream stream_id="UAAMm5GRQKSCMVvLyl4rFw==" session_id="hVpd7YQgRW2nD22h7q60JQ=="><label>left</label></stream>
<stream stream_id="i1Pz3to5hGk8fuXl+PbwCw==" session_id="hVpd7YQgRW2nD22h7q60JQ=="><label>right</label></stream>
<participantstreamassoc participant_id="srfBElmCRp2QB23b7Mpk0w=="><send>i1Pz3to5hGk8fuXl+PbwCw==</send></participantstreamassoc>
<participantstreamassoc participant_id="zSfPoSvdSDCmU3A3TRDxAw=="><send>UAAMm5GRQKSCMVvLyl4rFw==</send></participantstreamassoc>
</recording>"""
CLIENT, RECORDER = ("192.0.2.10", 5060), ("192.0.2.20", 5060)


def sip(start, cseq, headers="", body=b"", tag=";tag=srs"):
    head = (f"{start}\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK{cseq.replace(' ', '')}\r\nFrom: <sip:src@192.0.2.10>;tag=src\r\n"
            f"To: <sip:srs@192.0.2.20>{tag}\r\nCall-ID: own-recording@192.0.2.10\r\nCSeq: {cseq}\r\n{headers}Content-Length: {len(body)}\r\n\r\n")
    return head.encode() + body


def own_capture(path, metadata=METADATA):
    """One recording session of two parties, two seconds long: label "left" is a steady 0x55, "right" 0x2a."""
    body = (f"--b\r\nContent-Type: application/rs-metadata+xml\r\nContent-Disposition: recording-session\r\n\r\n{metadata}\r\n"
            f"--b\r\nContent-Type: application/sdp\r\n\r\n{SDP}\r\n--b--\r\n").encode()
    answer = ("v=0\r\no=srs 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n" + "".join(
        f"m=audio {port} RTP/AVP 8\r\na=label:{label}\r\na=recvonly\r\n" for port, label in ((42000, "left"), (42002, "right")))).encode()
    invite = sip("INVITE sip:srs@192.0.2.20 SIP/2.0", "1 INVITE", "Require: siprec\r\nContact: <sip:192.0.2.10>;+sip.src\r\n"
                 "Content-Type: multipart/mixed;boundary=b\r\nUser-to-User: 04FACE;encoding=hex\r\n", body, tag="")
    packets = [(0, CLIENT, RECORDER, invite),
               (10_000, RECORDER, CLIENT, sip("SIP/2.0 200 OK", "1 INVITE", "Contact: <sip:192.0.2.20>;+sip.srs\r\nContent-Type: application/sdp\r\n", answer)),
               (12_000, CLIENT, RECORDER, sip("ACK sip:192.0.2.20 SIP/2.0", "1 ACK"))]
    for i in range(100):
        for line, octet in ((0, 0x55), (1, 0x2a)):
            rtp = struct.pack(">BBHII", 0x80, 8, i, 160 * i, 0x1000 + line) + bytes([octet]) * 160
            packets.append((20_000 + 20_000 * i, ("192.0.2.10", 20000 + 2 * line), ("192.0.2.20", 42000 + 2 * line), rtp))
    packets += [(2_100_000, CLIENT, RECORDER, sip("BYE sip:192.0.2.20 SIP/2.0", "2 BYE")),
                (2_101_000, RECORDER, CLIENT, sip("SIP/2.0 200 OK", "2 BYE"))]
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for at, source, destination, payload in packets:
            raw = frame(source, destination, payload)
            file.write(struct.pack("<IIII", 1_772_442_000 + at // 1_000_000, at % 1_000_000, len(raw), len(raw)) + raw)


class OwnCapture(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = support.Node()
        cls.pcap = cls.node.folder / "own.pcap"
        own_capture(cls.pcap)
        cls.node.import_captures(cls.pcap)
        cls.call, = [cls.node.show(call["call_id"]) for call in cls.node.calls()]

    @classmethod
    def tearDownClass(cls):
        cls.node.__exit__()

    def found_by(self, *arguments):
        return [call["call_id"] for call in json.loads(self.node.do("calls", "--json", *arguments))]

    def test_parties_and_tracks(self):
        self.assertEqual((self.call["caller_number"], self.call["caller_name"]), ("4100", "Emma Miller"))
        self.assertEqual((self.call["called_number"], self.call["called_name"]), ("+442071838750", "Jon Barr"))
        tracks = {stream["participant"]: (stream["label"], stream["ssrc"], stream["packets"]) for stream in self.call["streams"]}
        self.assertEqual(tracks, {"caller": ("right", "00001001", 100), "callee": ("left", "00001000", 100)})
        self.assertEqual([event["kind"] for event in self.call["events"] if event["kind"] == "finding"], [])

    def test_is_found_by_every_id(self):
        for name in ("hVpd7YQgRW2nD22h7q60JQ==", "00FA080001000758A20EFA", "04FACE"):
            self.assertEqual(self.found_by("--external-id", name), [self.call["call_id"]], name)
        self.assertEqual(self.found_by("--external-id", "00FA08"), [], "only whole ids")
        self.assertEqual(self.found_by("00fa08"), [self.call["call_id"]], "but a word by its beginning")
        self.assertEqual(self.found_by("--source", "siprec", "--number", "4100"), [self.call["call_id"]])

    def test_sound_of_each_party_is_in_its_place(self):
        path = self.node.export_to(self.node.folder / "own.wav", self.call["call_id"], "wav")
        sound = support.read_wav(path)
        table = support.alaw_table()
        self.assertEqual([channel[8000] for channel in sound.channels], [table[0x2a], table[0x55]])

    def test_a_repeat_adds_nothing(self):
        before = self.node.show_text(self.call["call_id"])
        self.node.import_captures(self.pcap)
        self.assertEqual(self.node.show_text(self.call["call_id"]), before)
        self.node.do("verify")

    def test_reindex_makes_the_same(self):
        before = self.node.show_text(self.call["call_id"])
        self.node.do("reindex")
        self.assertEqual(self.node.show_text(self.call["call_id"]), before)

    def test_another_capture_of_the_same_session_is_the_same_call(self):
        with support.Node() as node:
            own_capture(node.folder / "first.pcap")
            own_capture(node.folder / "second.pcap", METADATA.replace("</recording>", "\n</recording>"))
            node.import_captures(node.folder / "first.pcap")
            node.import_captures(node.folder / "second.pcap")
            call, = node.calls()
            self.assertEqual(len(node.show(call["call_id"])["recordings"]), 2)


if __name__ == "__main__":
    unittest.main()
