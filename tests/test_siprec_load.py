"""Many recording clients at once, and hostile ones, against `earwitness serve`: what is sent is recorded packet by packet, and nothing else is.

The counts are small; EW_LONG=1 asks for those of the goals. bench/siprec_load.py measures."""
import io
import json
import os
import pathlib
import random
import signal
import tempfile
import time
import unittest
import wave

import siprec_truth as truth
import support
from crash_support import SEED, Progress, count

ALLOWED_GROWTH_BYTES = 128 << 20  # of the recorder under attack; a leak of a session for each message is more


@unittest.skipUnless(truth.has_client(), f"{truth.SRCLOAD} is absent (set SRCLOAD)")
class LoadTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="earwitness-load-")
        self.addCleanup(scratch.cleanup)
        self.told = pathlib.Path(scratch.name) / "truth.jsonl"

    def calls(self, server, **options):
        """A run of recording sessions that goes on while something else is done."""
        arguments = [part for name, value in options.items() for part in ("--" + name.replace("_", "-"), value)]
        return truth.Client("calls", "--to", server.to, "--truth", self.told, *arguments)

    def all_answered(self, played, calls):
        self.assertEqual((played["answered"], played["troubles"]), (calls, {}))
        self.assertEqual(played["not_sent"], 0)

    def all_recorded(self, server, exported):
        """Every call by its counts, some or all packet by packet."""
        server.settle()
        verdict = truth.compare(server, self.told, exported)
        self.assertEqual(verdict.faults[:20], [])
        self.assertGreater(verdict.sent, 0)
        self.assertEqual(server.verified(), "")
        return verdict


class GoodClients(LoadTest):
    def test_what_many_send_is_what_is_kept(self):
        calls = count(80, 1_000)
        for transport in ("udp", "tcp"):
            with self.subTest(transport), truth.Recorder() as server:
                played = self.calls(server, calls=calls, rate=count(40, 100), hold=count(4, 60), change="refresh",
                                    transport=transport, connections=count(3, 20)).done()
                self.all_answered(played, calls)
                verdict = self.all_recorded(server, exported=count(20, 100))
                self.assertEqual(verdict.stored, verdict.sent)

    def test_first_packets_after_the_answer_are_kept(self):
        """REQUIREMENTS J04. They leave before the ACK."""
        calls = count(400, 10_000)
        with truth.Recorder() as server:
            played = self.calls(server, calls=calls, rate=count(80, 60), hold=0.2).done()
            self.all_answered(played, calls)
            verdict = self.all_recorded(server, exported=count(40, 400))
            self.assertEqual(verdict.stored, verdict.sent)

    def test_nothing_of_a_pause_is_kept_and_all_around_it(self):
        calls = count(20, 200)
        for change in ("inactive", "zero"):
            with self.subTest(change), truth.Recorder() as server:
                played = self.calls(server, calls=calls, rate=20, hold=3, change=change).done()
                self.all_answered(played, calls)
                verdict = self.all_recorded(server, exported=calls)
                self.assertLess(verdict.stored, verdict.sent)
                call = server.calls()[truth.truths(self.told)[0]["call_id"]]
                path = server.folder / "call.wav"
                self.assertEqual(server.command("export", call["call_id"], "--format", "wav", "-o", str(path)).returncode, 0)
                with wave.open(io.BytesIO(path.read_bytes())) as sound:
                    self.assertAlmostEqual(sound.getnframes() / sound.getframerate(), 3, delta=0.2)

    def test_many_set_ups_in_a_second(self):
        calls = count(750, 3_000)
        # A session has four ports, which rest for 30 s after it.
        with truth.Recorder(media_ports=(truth.FIRST_MEDIA_PORT, count(truth.LAST_MEDIA_PORT, 59_999))) as server:
            played = self.calls(server, calls=calls, rate=250, hold=2, media="no").done()
            self.all_answered(played, calls)
            server.settle()
            self.assertEqual(set(call["call_id"] for call in truth.truths(self.told)) - set(server.calls()), set())


class HostileNetworks(LoadTest):
    def sprayed(self, server, prefix=(), *options):  # pylint: disable=keyword-arg-before-vararg
        """REQUIREMENTS F01. Ten times the rate of the calls, on every port of theirs."""
        calls = count(20, 100)
        with server:
            good = self.calls(server, calls=calls, rate=50, hold=count(6, 30), **{"from": server.address})
            sprayed = truth.play("spray", "--to", server.address, "--ports", f"{server.media_ports[0]}-{server.media_ports[0] + 4 * calls - 1}",
                                 "--rate", 10 * 100 * calls, "--seconds", count(4, 25), *options, prefix=prefix)
            self.all_answered(good.done(), calls)
            refused = server.metric("earwitness_media_refused_total", 'reason="foreign"')
            self.assertGreater(refused, sprayed["packets"] / 4)
            self.assertLessEqual(refused, sprayed["packets"])
            verdict = self.all_recorded(server, exported=calls)
            self.assertEqual(verdict.stored, verdict.sent)
            self.assertIn("Packets from a foreign source were refused", server.log.read_text())

    def test_foreign_media_is_in_no_recording(self):
        self.sprayed(truth.Recorder())

    def test_foreign_media_of_another_host_is_in_no_recording(self):
        with truth.OtherHost() as other:
            self.sprayed(truth.Recorder(peer=other.ours, address=other.ours), other.prefix, "--from", other.theirs)

    def test_forged_srtp_changes_nothing(self):
        """From the right address, with the right SSRC and the next numbers; the tag is wrong."""
        calls, forged = 10, count(5, 25)
        with truth.Recorder() as server:
            played = self.calls(server, calls=calls, rate=50, hold=count(4, 40), media="srtp", forged=forged).done()
            self.all_answered(played, calls)
            self.assertEqual(played["forged"], forged * played["packets"])
            self.assertGreaterEqual(played["forged"], count(1, 1_000_000))
            verdict = self.all_recorded(server, exported=calls)
            self.assertEqual(verdict.stored, verdict.sent)

    def test_malformed_messages_cost_no_call(self):
        """REQUIREMENTS F22: mutations of what clients send, from the peer itself."""
        calls, messages = count(10, 100), count(6_000, 90_000)
        samples = ("--samples", truth.SAMPLES) if truth.SAMPLES.is_dir() else ()
        with truth.Recorder() as server:
            before = server.memory_bytes()
            good = self.calls(server, calls=calls, rate=50, hold=count(12, 130))
            attack = ("--to", server.to, *samples, "--seed", 22)
            broken = truth.play("mutate", *attack, "--messages", messages, "--rate", count(1_500, 1_000))
            self.assertEqual(broken["messages"], messages)
            streams = truth.play("mutate", *attack, "--messages", messages // 9, "--first", messages, "--rate", 500, "--transport", "tcp")
            self.assertEqual(streams["messages"], messages // 9)
            self.assertGreater(server.metric("earwitness_sip_malformed_total"), messages / 4)
            self.assertLess(server.memory_bytes("VmHWM") - before, ALLOWED_GROWTH_BYTES + calls * (1 << 20))
            self.all_answered(good.done(), calls)
            server.stop()
            verdict = truth.compare(server, self.told, calls)
            self.assertEqual(verdict.faults[:20], [])
            self.assertEqual(verdict.stored, verdict.sent)
            self.assertNotIn("is started again", server.log.read_text())
            self.assertEqual(server.verified(), "")

    def test_a_flood_costs_no_call(self):
        """REQUIREMENTS F16: 20,000 messages a second of a stranger."""
        calls, seconds = count(20, 100), count(4, 60)
        with truth.Recorder() as server:
            before = server.memory_bytes()
            good = self.calls(server, calls=calls, rate=10, hold=count(4, 55))
            flood = truth.play("flood", "--to", server.to, "--from", truth.ATTACKER, "--rate", 20_000, "--seconds", seconds)
            self.assertEqual(flood["messages"], 20_000 * seconds)
            self.assertLess(server.memory_bytes("VmHWM") - before, ALLOWED_GROWTH_BYTES)
            self.all_answered(good.done(), calls)
            verdict = self.all_recorded(server, exported=calls)
            self.assertEqual(verdict.stored, verdict.sent)


class KilledRecorder(LoadTest):
    """REQUIREMENTS A42, H01: kill -9 of the recorder at a random moment, with many calls going on."""

    TAIL = 1.0  # seconds

    def test_a_second_at_most_and_the_call_goes_on(self):
        calls, progress, longest = count(60, 200), Progress("killed recorders"), 0.0
        with truth.Recorder(media_ports=(truth.FIRST_MEDIA_PORT, 59_999)) as server:
            for number in range(progress.done, count(2, 100)):
                random_moment = random.Random(SEED * 1_000 + number).uniform(0, 2.2)
                with self.subTest(number):
                    longest = max(longest, self.kill_once(server, calls, 1 + number, random_moment))
                    progress.add(calls=calls)
                progress.step()
            progress.print()
            print(f"the longest tail that was lost: {longest * 1_000:.0f} ms")
            self.assertEqual(server.stop(), 0)
            self.assertEqual(server.verified(), "")

    def kill_once(self, server, calls, seed, moment):
        """The longest tail that was lost. The sessions come again, as they do of a client that finds its dialogs gone."""
        running = self.calls(server, calls=calls, rate=200, hold=8, seed=seed)
        # On a busy machine the clients take their time to begin.
        support.wait_for(lambda: server.metric("earwitness_siprec_sessions") == calls, 5, "all calls")
        time.sleep(moment)
        killed = time.time()
        os.kill(server.recorder, signal.SIGKILL)
        played = running.done()
        self.assertEqual((played["answered"], played["troubles"]), (calls, {"refused later": calls}), "lost dialogs are answered with 481")
        lost = {each["session_id"]: each for each in truth.truths(self.told)}
        again = self.calls(server, calls=calls, rate=200, hold=0.5, seed=seed).done()
        self.all_answered(again, calls)
        back = {each["session_id"]: each for each in truth.truths(self.told)}
        server.wait_for_calls()
        longest = 0.0
        found = support.wait_for(lambda: self.both_recordings(server, lost), 120, "both recordings of each call")
        for session_id, call in found.items():
            first, second = call["recordings"]
            for number, sent in enumerate(lost[session_id]["streams"]):
                stream, = (each for each in first["streams"] if each["ssrc"] == sent["ssrc"])
                self.assertEqual((stream["lost"], stream["duplicated"]), (0, 0), "what is there is whole")
                longest = max(longest, killed - support.microseconds(stream["last_at"]) / 1e6)
                self.assertEqual([each["packets"] for each in second["streams"] if each["ssrc"] == sent["ssrc"]], [back[session_id]["streams"][number]["packets"]])
            self.assertEqual([event["kind"] for event in call["events"]].count("gap"), 1)
        self.assertLess(longest, self.TAIL)
        some = found[next(iter(found))]
        sound = server.folder / "killed.wav"
        done = server.command("export", some["call_id"], "--recording", some["recordings"][0]["recording_id"], "--format", "wav", "-o", str(sound))
        self.assertEqual(done.returncode, 0, done.stderr)
        with wave.open(str(sound)) as heard:
            self.assertGreater(heard.getnframes(), 0)
        return longest

    def both_recordings(self, server, sessions):
        """{session id: call}, when each has both and is over."""
        found = {}
        for call in server.calls().values():
            for session_id in call["external_ids"].get("session", []):
                if session_id in sessions:
                    found[session_id] = call
        if len(found) < len(sessions) or any(len(call["recordings"]) != 2 or not call["ended"] for call in found.values()):
            return None
        return {session_id: json.loads(server.command("show", call["call_id"], "--json").stdout) for session_id, call in found.items()}


if __name__ == "__main__":
    unittest.main()
