"""What is heard: WAV files of the real program against an independent decoder, and against what the truth files say was spoken."""
import collections
import math
import unittest

import support

PACKET = 160  # samples at 8,000 Hz
SILENT_RMS = 60  # idle noise of A-law is 8; the quietest word is ten times louder
SPEECH_RMS = 500


def wav_of(node, call):
    done = node.export(call["call_id"], "wav")
    if done.code != 0:
        raise AssertionError(done.err)
    path = node.folder / "sound.wav"
    path.write_bytes(done.out)
    return support.read_wav(path)


def sounds_of(*files):
    """Our calls of these files with their WAVs (none for a call without audio that this version renders)."""
    with support.Node() as node:
        node.import_captures(*files)
        return [(call, wav_of(node, call) if is_heard(call) else None) for call in node.calls()]


def is_heard(call):
    return any(stream["codec"] in ("PCMU", "PCMA", "G722") for stream in call["streams"])


def nanoseconds(text):
    seconds, fraction = text.split(".")
    return int(seconds) * 10**9 + int(fraction.ljust(9, "0")[:9])


def rms(samples):
    return math.sqrt(sum(sample * sample for sample in samples) / len(samples)) if len(samples) else 0.0


def tone_share(samples, rate, hertz):
    """The part of the sound's energy that lies at one frequency, by Goertzel's algorithm: 1 for a pure tone."""
    coefficient = 2 * math.cos(2 * math.pi * hertz / rate)
    before, last = 0.0, 0.0
    for sample in samples:
        before, last = last, sample + coefficient * last - before
    energy = sum(sample * sample for sample in samples)
    return 2 * (last * last + before * before - coefficient * last * before) / (len(samples) * energy) if energy else 0.0


def start_of(call, stream, rate):
    """Where a stream begins in its WAV, by the times that the program shows (to the microsecond: within a sample)."""
    first = min(support.microseconds(other["first_at"]) for other in call["streams"])
    return round((support.microseconds(stream["first_at"]) - first) * rate / 1e6)


def channel_of(stream):
    return {"caller": 0, "callee": 1}[stream["participant"]]


def decode_g711(packets, first_arrival):
    """Channel samples of one G.711 stream as any decoder would make them: payloads in order of sequence, each once, by
    timestamp from the first one. A dictionary of the start and the samples of each packet."""
    base = packets[0]
    by_sequence = {}
    for packet in packets:  # in order of arrival; the first of equal ones counts
        by_sequence.setdefault(((packet.sequence - base.sequence + 0x8000) & 0xffff) - 0x8000, packet)
    ordered = [by_sequence[number] for number in sorted(by_sequence)]
    start = ((nanoseconds(packets[0].at) - first_arrival) * 8000 + 5 * 10**8) // 10**9
    placed = {}
    for packet in ordered:
        if packet.payload_type in support.G711:
            offset = (packet.timestamp - ordered[0].timestamp) & 0xffffffff
            placed[start + offset] = [support.G711[packet.payload_type][octet] for octet in packet.payload]
    return placed


def expected_channels(call, packets):
    """Caller and callee as independently decoded from the capture."""
    streams = [(stream, [packet for packet in packets if packet.ssrc == stream["ssrc"] and
                         (packet.source, packet.destination) == (stream["source"], stream["destination"])])
               for stream in call["streams"]]
    first_arrival = min(nanoseconds(own[0].at) for _, own in streams)
    channels = [{}, {}]
    for stream, own in streams:
        channels[channel_of(stream)].update(decode_g711(own, first_arrival))
    length = max(start + len(samples) for placed in channels for start, samples in placed.items())
    whole = []
    for placed in channels:
        whole.append([0] * length)
        for start, samples in placed.items():
            whole[-1][start:start + len(samples)] = samples
    return whole


class ExactSound(unittest.TestCase):
    """Sample for sample."""

    # G.711 that is neither paused nor moved; what is lost leaves its time.
    OWN = ("pcma", "pcmu", "loss", "reorder", "duplicates", "codec_change", "ssrc_change", "dtmf4733", "early_media", "ipv6",
           "vlan_qinq", "rtpengine_relay", "b2bua", "raw_swapped", "attended_transfer", "rtp_only")
    REAL = ("pcma", "pcmu", "tcp", "blindxfer")

    def compare(self, path):
        packets = support.rtp_packets(path)
        heard = 0
        for call, sound in sounds_of(path):
            if not call["streams"]:
                continue
            self.assertEqual(sound.rate, 8000)
            self.assertEqual(len(sound.channels), 2)
            for ours, expected, side in zip(sound.channels, expected_channels(call, packets), ("caller", "callee")):
                self.assertEqual(len(ours), len(expected), side)
                differs = next((i for i, pair in enumerate(zip(ours, expected)) if pair[0] != pair[1]), None)
                self.assertIsNone(differs, f"{side}: first difference at this sample")
            heard += 1
        self.assertGreater(heard, 0)

    @support.needs_program("tshark")
    def test_own_captures(self):
        paths = [path for name in self.OWN for path in support.truth_of(name)[1]]
        for path in paths:
            with self.subTest(path.name):
                self.compare(path)

    @support.needs_shared
    @support.needs_program("tshark")
    def test_real_calls(self):
        for name in self.REAL:
            with self.subTest(name):
                self.compare(support.SHARED / "calls" / f"{name}.pcap")


class OwnSounds(unittest.TestCase):
    """Tones and gaps of tests/captures, where their truth files say."""

    @classmethod
    def setUpClass(cls):
        names = support.truth_names()
        cls.truth = {name: support.truth_of(name) for name in names}
        cls.sounds = dict(zip(names, support.in_parallel(lambda name: sounds_of(*cls.truth[name][1]), names)))

    def streams(self, codecs=("PCMA", "PCMU", "G722")):
        for name, sounds in self.sounds.items():
            calls = self.truth[name][0]["calls"]
            self.assertEqual(len(sounds), len(calls), name)
            for (call, sound), truth in zip(sounds, calls):
                for stream in truth["streams"]:
                    if stream["codec"] in codecs:
                        yield f"{name} {stream['ssrc']}", stream, support.stream_of(call, stream["ssrc"]), call, sound

    def test_tones_are_on_their_channel(self):
        heard = collections.Counter()
        for name, truth, ours, call, sound in self.streams():
            scale = sound.rate // 8000
            piece = 1600  # 200 ms, from 300 ms after the start, that no gap interrupts
            at = 2400
            while any(gap["from_sample"] < at + piece and at < gap["from_sample"] + gap["count"] for gap in truth["gaps"]):
                at += PACKET
            begin = start_of(call, ours, sound.rate) + at * scale
            samples = sound.channels[channel_of(truth)][begin:begin + piece * scale]
            with self.subTest(name):
                self.assertEqual(len(samples), piece * scale)
                self.assertGreater(tone_share(samples, sound.rate, truth["tone_hz"]), 0.8)
            heard[truth["codec"]] += 1
        self.assertEqual(set(heard), {"PCMA", "PCMU", "G722"})

    def test_gaps_are_zeros_and_nothing_else_is(self):
        gaps = 0
        for name, truth, ours, call, sound in self.streams(codecs=("PCMA", "PCMU")):
            if any(gap["why"] == "paused" for gap in truth["gaps"]):
                continue  # a pause lies by arrival: test_pauses_last_as_long_as_they_lasted
            channel = sound.channels[channel_of(truth)]
            start = start_of(call, ours, sound.rate)
            silent = set()
            for gap in truth["gaps"]:
                # The times shown are exact to a microsecond, so the start is to a sample.
                inside = range(start + gap["from_sample"] + 1, start + gap["from_sample"] + gap["count"] - 1)
                self.assertEqual(set(channel[inside.start:inside.stop]), {0}, (name, gap))
                silent.update(range(inside.start - 2, inside.stop + 2))
                gaps += 1
            end = start + round((support.microseconds(ours["last_at"]) - support.microseconds(ours["first_at"])) * 8 / 1000)
            zeros = 0
            for i in range(start + 2, min(end, len(channel))):
                zeros = zeros + 1 if channel[i] == 0 and i not in silent else 0
                self.assertLess(zeros, 20, f"{name}: silence at sample {i}")
        self.assertGreater(gaps, 10)

    def test_length_is_within_one_packet(self):
        for name in ("pcma", "pcmu", "loss", "reorder", "duplicates", "dtmf4733", "hold", "hold_zero", "g722", "srtp"):
            with self.subTest(name):
                (call, sound), = self.sounds[name]
                first = min(support.microseconds(stream["first_at"]) for stream in call["streams"])
                last = max(support.microseconds(stream["last_at"]) for stream in call["streams"])
                expected = (last - first) / 1e6 + 0.020
                self.assertLessEqual(abs(len(sound.channels[0]) / sound.rate - expected), 0.020)

    def test_pauses_last_as_long_as_they_lasted(self):
        pauses = 0
        for name, truth, ours, call, sound in self.streams():
            for gap in truth["gaps"]:
                if gap["why"] != "paused":
                    continue
                at = start_of(call, ours, sound.rate) + gap["from_sample"]
                channel = sound.channels[channel_of(truth)]
                after = at + gap["count"]
                with self.subTest(name):
                    self.assertEqual(set(channel[at + PACKET:after - PACKET]), {0})
                    self.assertGreater(rms(channel[at - 2 * PACKET:at]), SPEECH_RMS)
                    self.assertGreater(rms(channel[after + PACKET:after + 3 * PACKET]), SPEECH_RMS)
                pauses += 1
        self.assertGreaterEqual(pauses, 4)


class Sample(unittest.TestCase):
    """The sample that ./run plays: its words are heard when and on which side its truth says."""

    def test_words(self):
        truth, files = support.truth_of("sample", support.SAMPLE)
        words = 0
        for known, (call, sound) in zip(truth["calls"], sounds_of(*files), strict=True):
            for stream in known["streams"]:
                ours = support.stream_of(call, stream["ssrc"])
                start = start_of(call, ours, sound.rate) / sound.rate
                channel = sound.channels[channel_of(stream)]

                def loudness(begin, end):
                    return rms(channel[round((start + begin) * sound.rate):round((start + end) * sound.rate)])

                silent_from = 0.0
                for word in stream.get("words", []):
                    with self.subTest(word["text"]):
                        self.assertGreater(loudness(word["from_s"] + 0.1, word["to_s"] - 0.1), SPEECH_RMS)
                        if word["from_s"] - silent_from > 0.3:
                            self.assertLess(loudness(silent_from + 0.1, word["from_s"] - 0.1), SILENT_RMS)
                    silent_from = word["to_s"]
                    words += 1
        self.assertGreaterEqual(words, 8)


@support.needs_shared
class RealSpeech(unittest.TestCase):
    """../shared/calls: caller left, callee right. Of each speech loop of 14 s, alice speaks 0.5 to 6.0 s, bob 7.5 to 13.1 s, carol
    7.5 to 12.3 s after that phone started sending."""

    SPEAKING = {"alice": (0.5, 6.0), "bob": (7.5, 13.1), "carol": (7.5, 12.3)}
    # Hold stops the phone's loop, so only what is before it (at 5 s) lies where the page says.
    UNTIL = {"hold": 5.0}

    def check(self, name, call, sound):
        sides = {"caller": call["caller_number"], "callee": call["called_number"]}
        rate = sound.rate
        self.assertEqual(len(sound.channels), 2)
        for stream in call["streams"]:
            channel = sound.channels[channel_of(stream)]
            begin = start_of(call, stream, rate)
            length = (len(channel) - begin) / rate
            until = min(self.UNTIL.get(name, 14.0), length)
            speaks, stops = self.SPEAKING[sides[stream["participant"]]]
            for start in range(0, int(until * 10) - 5, 5):  # half seconds
                block = channel[begin + start * rate // 10:begin + (start + 5) * rate // 10]
                at = start / 10
                if speaks + 0.1 <= at and at + 0.5 <= stops - 0.2:
                    self.assertGreater(rms(block), SILENT_RMS, f"{stream['participant']} is silent at {at} s")
                elif at + 0.5 <= speaks - 0.1 or stops + 0.2 <= at:
                    self.assertLess(rms(block), SILENT_RMS, f"{stream['participant']} is heard at {at} s")
            if length > speaks + 2 and until > speaks:
                loud = channel[begin + round((speaks + 0.1) * rate):begin + round(min(stops, until) * rate)]
                self.assertGreater(rms(loud), SPEECH_RMS, stream["participant"])

    def test_speakers_are_on_their_side(self):
        for name in ("blindxfer", "dtmf4733", "g722", "hold", "pcma", "pcmu", "srtp", "tcp"):
            with self.subTest(name):
                sounds = sounds_of(support.SHARED / "calls" / f"{name}.pcap")
                for call, sound in sounds:
                    self.assertEqual(sound.rate, 16000 if name == "g722" else 8000)
                    self.check(name, call, sound)

    def test_opus_is_stored_and_said_to_come(self):
        with support.Node() as node:
            node.import_captures(support.SHARED / "calls/opus.pcap")
            (call,) = node.calls()
            self.assertEqual({stream["participant"]: (stream["codec"].lower(), stream["packets"]) for stream in call["streams"]},
                             {"caller": ("opus", 805), "callee": ("opus", 807)})
            self.assertIn("opus", node.export(call["call_id"], "wav").err)


if __name__ == "__main__":
    unittest.main()
