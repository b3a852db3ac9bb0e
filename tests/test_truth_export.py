"""Capture files that we export, read by tshark, against the captures that they came from: frame by frame."""
import collections
import re
import unittest

import support

Frame = collections.namedtuple("Frame", "at source destination vlans dscp payload")

CHECKS = ("-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE")


def frames(path):
    """Every UDP datagram (reassembled), and every TCP segment with a payload with its sequence number."""
    rows = support.tshark_fields(path, "udp.payload || tcp.payload", "frame.time_epoch", "ip.src", "ipv6.src", "ip.dst", "ipv6.dst",
                                 "vlan.id", "ip.dsfield.dscp", "ipv6.tclass.dscp", "udp.srcport", "udp.dstport", "udp.payload",
                                 "tcp.srcport", "tcp.dstport", "tcp.payload", "tcp.seq_raw", occurrence="a")
    udp, tcp = [], []
    for at, s4, s6, d4, d6, vlans, dscp4, dscp6, usport, udport, upayload, tsport, tdport, tpayload, number in rows:
        frame = Frame(at, support.endpoint(s4, s6, usport or tsport), support.endpoint(d4, d6, udport or tdport), vlans,
                      dscp4 or dscp6, bytes.fromhex(upayload or tpayload))
        if upayload:
            udp.append(frame)
        else:
            tcp.append((frame, int(number)))
    return udp, tcp


def udp_frames(path):
    return frames(path)[0]


Message = collections.namedtuple("Message", "times source destination bytes")


def tcp_messages(segments_seen):
    """SIP messages of TCP streams, each with the times of the segments of its direction."""
    directions = collections.defaultdict(dict)
    times = collections.defaultdict(set)
    for frame, sequence in segments_seen:
        directions[frame.source, frame.destination].setdefault(sequence, frame.payload)
        times[frame.source, frame.destination].add(frame.at)
    messages = []
    for (source, destination), segments in directions.items():
        stream, next_sequence = b"", None
        for sequence in sorted(segments):
            payload = segments[sequence]
            overlap = 0 if next_sequence is None else next_sequence - sequence
            stream += payload[overlap:] if overlap >= 0 else payload
            next_sequence = max(next_sequence or 0, sequence + len(payload))
        for message in sip_messages(stream):
            messages.append(Message(times[source, destination], source, destination, message))
    return messages


def sip_messages(stream):
    """RFC 3261 section 18.3: Content-Length divides a stream."""
    messages = []
    stream = stream.lstrip(b"\r\n")
    while b"\r\n\r\n" in stream:
        head = stream.index(b"\r\n\r\n") + 4
        length = re.search(rb"^(?:content-length|l)\s*:\s*(\d+)", stream[:head], re.IGNORECASE | re.MULTILINE)
        end = head + int(length.group(1))
        messages.append(stream[:end])
        stream = stream[end:].lstrip(b"\r\n")
    return messages


def is_sip(frame):
    return support.sip_call_id(frame.payload) is not None


def rtp(frame):
    return support.rtp_of(support.Datagram(frame.at, frame.source, frame.destination, frame.payload))


def stored_rtp(call, original, moved=()):
    """The original's packets that belong to the call's streams: on a stream's own path (or where it moved), each number once."""
    expected = []
    for stream in call["streams"]:
        paths = {(stream["source"], stream["destination"]), *moved}
        seen = set()
        for frame in original:
            packet = rtp(frame)
            if packet and packet.ssrc == stream["ssrc"] and (frame.source, frame.destination) in paths:
                if packet.sequence not in seen:
                    expected.append(frame)
                seen.add(packet.sequence)
    return expected


def differences(ours, expected):
    """What one list has and the other has not, shortened; unittest would spend minutes on telling it nicely."""
    ours, expected = collections.Counter(ours), collections.Counter(expected)
    return [f"{what}: {sum(some.values())}, such as {str(next(iter(some)))[:300]}"
            for what, some in (("too many", ours - expected), ("missing", expected - ours)) if some]


def section_comment(content):
    """The text before the first packet: options of the section header block."""
    return content[:int.from_bytes(content[4:8], "little")]


@support.needs_program("tshark")
class Frames(unittest.TestCase):
    OWN = ("pcma", "tcp", "tcp_split", "two_hops", "vlan_qinq", "ipv6", "fragments", "fragments_ipv6", "cooked2", "null_link",
           "raw_swapped", "moved_media", "retransmissions", "duplicates", "reorder", "rtpengine_relay", "b2bua", "b2bua_same_ssrc",
           "ringgroup20", "hold", "dtmf4733", "compact_folded", "concurrent_calls", "attended_transfer", "g722", "opus",
           "early_media_no_answer", "busy", "rtp_only", "split")
    REAL = ("pcma", "dtmf4733", "blindxfer", "tcp", "opus", "cancel487")

    def compare(self, files, truth=None):
        read = [frames(path) for path in files]
        original_udp = [frame for udp, _ in read for frame in udp]
        original_tcp = tcp_messages([segment for _, tcp in read for segment in tcp])
        with support.Node() as node:
            node.import_captures(*files)
            for number, call in enumerate(node.calls()):
                path = node.export_to(node.folder / "out.pcapng", call["call_id"], "pcapng")
                self.assertEqual(support.tshark(path, *CHECKS, "-Y", "_ws.malformed || ip.checksum.status == 0 || "
                                                "udp.checksum.status == 0 || tcp.checksum.status == 0"), [])
                exported, segments = frames(path)
                ids = call["external_ids"]["sip_call_id"]

                sip = [frame for frame in exported if is_sip(frame)]
                known = [frame for frame in original_udp if is_sip(frame) and support.sip_call_id(frame.payload) in ids]
                self.assertEqual(differences(sip, known), [])

                messages = tcp_messages(segments)
                expected = [message for message in original_tcp if support.sip_call_id(message.bytes) in ids]
                self.assertEqual(differences([message[1:] for message in messages], [message[1:] for message in expected]), [])
                for message in messages:  # times: those of segments that were captured in its direction
                    (theirs, *_) = [other.times for other in expected if other[1:] == message[1:]]
                    self.assertLessEqual(message.times, theirs)

                moved = [(way["source"], way["destination"]) for stream in truth["calls"][number]["streams"]
                         for way in stream.get("moved", [])] if truth else []
                packets = [frame for frame in exported if rtp(frame)]
                stored = [frame for frame in stored_rtp(call, original_udp, moved)]
                self.assertEqual(differences(packets, stored), [])
                self.assertEqual(len(packets), sum(stream["packets"] for stream in call["streams"]))

                rest = {frame for frame in exported if not rtp(frame) and not is_sip(frame)}
                self.assertEqual(rest - set(original_udp), set(), "RTCP that nobody sent")

    def test_own_captures(self):
        def check(name):
            truth, files = support.truth_of(name)
            self.compare(files, truth)

        for name, failure in zip(self.OWN, support.in_parallel(outcome(check), self.OWN)):
            with self.subTest(name):
                if failure:
                    raise failure

    @support.needs_shared
    def test_real_calls(self):
        check = outcome(lambda name: self.compare([support.SHARED / "calls" / f"{name}.pcap"]))
        for name, failure in zip(self.REAL, support.in_parallel(check, self.REAL)):
            with self.subTest(name):
                if failure:
                    raise failure


def outcome(check):
    """check(item) as a function that gives what it raised, so that several run side by side and all failures are told."""
    def run(item):
        try:
            check(item)
        except (AssertionError, ValueError, LookupError) as failure:
            return failure
        return None
    return run


@support.needs_program("tshark")
class Srtp(unittest.TestCase):
    """SRTP is opened on its way in; its keys are nowhere."""

    def files(self):
        files = [support.CAPTURES / "srtp.pcap", support.CAPTURES / "srtp_gcm.pcap"]
        return files + ([support.SHARED / "calls/srtp.pcap"] if support.SHARED.is_dir() else [])

    def test_packets_are_the_same_but_for_the_encryption(self):
        for path in self.files():
            with self.subTest(path):
                original = [rtp(frame) for frame in udp_frames(path) if rtp(frame)]
                with support.Node() as node:
                    node.import_captures(path)
                    (call,) = node.calls()
                    out = node.export_to(node.folder / "out.pcapng", call["call_id"], "pcapng")
                    opened = [rtp(frame) for frame in udp_frames(out) if rtp(frame)]
                ssrcs = {stream["ssrc"] for stream in call["streams"]}
                heads = [packet._replace(payload=b"") for packet in original if packet.ssrc in ssrcs]
                self.assertEqual(differences((packet._replace(payload=b"") for packet in opened), heads), [])
                self.assertEqual({len(packet.payload) for packet in opened}, {160})  # 20 ms; the tags are gone
                encrypted = {(packet.ssrc, packet.sequence): packet.payload for packet in original}
                for packet in opened[:50]:
                    self.assertNotEqual(packet.payload, encrypted[packet.ssrc, packet.sequence][:160])
                for stream in call["streams"]:
                    self.assertTrue(stream["encrypted"] and stream["opened"])
                    self.assertEqual(stream["auth_failures"], 0)
                    self.assert_is_sound([packet for packet in opened if packet.ssrc == stream["ssrc"]])

    def assert_is_sound(self, packets):
        """Encrypted octets are as random as noise: neighbours of their samples differ by more than their size. Sound is smooth."""
        samples = [support.G711[packet.payload_type][octet] for packet in packets for octet in packet.payload]
        energy = sum(sample * sample for sample in samples)
        change = sum((one - other) ** 2 for one, other in zip(samples, samples[1:]))
        self.assertGreater(energy, 0)
        self.assertLess(change, energy)  # white noise: twice the energy

    def test_the_check_for_sound_fails_on_what_is_encrypted(self):
        path = support.CAPTURES / "srtp.pcap"
        packets = [packet._replace(payload_type=8) for packet in map(rtp, udp_frames(path)) if packet]
        with self.assertRaises(AssertionError):
            self.assert_is_sound(packets)

    def test_keys_are_redacted_and_nowhere_in_the_data_directory(self):
        for path in self.files():
            with self.subTest(path):
                keys = set(re.findall(rb"inline:([A-Za-z0-9+/=]+)", path.read_bytes()))
                self.assertGreaterEqual(len(keys), 2)
                with support.Node() as node:
                    node.import_captures(path)
                    (call,) = node.calls()
                    exported = node.export(call["call_id"], "pcapng").out
                    self.assertIn(b"a=crypto:", exported)
                    comment = section_comment(exported)
                    self.assertIn(b"SRTP was decrypted", comment)
                    self.assertIn(b"Keys in SDP are redacted", comment)
                    places = {"pcapng": exported, "show": node.show_text(call["call_id"]).encode(),
                              "calls": node.calls_text().encode(), "json": node.export(call["call_id"], "json").out}
                    stored = [file for file in node.folder.rglob("*") if file.is_file()]
                    self.assertGreater(len(stored), 5)
                    places.update((str(file), file.read_bytes()) for file in stored)
                    for key in keys:
                        for place, content in places.items():
                            self.assertNotIn(key, content, place)
                            self.assertNotIn(key[:16], content, place)

    def test_messages_are_the_same_but_for_the_keys(self):
        for path in self.files():
            with self.subTest(path):
                with support.Node() as node:
                    node.import_captures(path)
                    (call,) = node.calls()
                    out = node.export_to(node.folder / "out.pcapng", call["call_id"], "pcapng")
                    exported = sorted(frame for frame in udp_frames(out) if is_sip(frame))
                ids = call["external_ids"]["sip_call_id"]
                known = sorted(frame for frame in udp_frames(path) if is_sip(frame) and support.sip_call_id(frame.payload) in ids)
                self.assertEqual([frame[:5] for frame in exported], [frame[:5] for frame in known])
                redacted = 0
                for ours, theirs in zip(exported, known):
                    for line, other in zip(ours.payload.split(b"\r\n"), theirs.payload.split(b"\r\n"), strict=True):
                        if other.startswith(b"a=crypto:"):
                            self.assertNotEqual(line, other)
                            self.assertEqual(line.split(b"inline:")[0], other.split(b"inline:")[0])
                            redacted += 1
                        elif not other.lower().startswith(b"content-length"):
                            self.assertEqual(line, other)
                    (whole,) = sip_messages(ours.payload)
                    self.assertEqual(whole, ours.payload, "Content-Length fits the redacted body")
                self.assertGreaterEqual(redacted, 2)

    def test_plain_calls_claim_nothing(self):
        with support.Node() as node:
            node.import_captures(support.CAPTURES / "pcma.pcap")
            (call,) = node.calls()
            comment = section_comment(node.export(call["call_id"], "pcapng").out)
            self.assertIn(b"Earwitness", comment)
            self.assertNotIn(b"decrypted", comment)
            self.assertNotIn(b"redacted", comment)


if __name__ == "__main__":
    unittest.main()
