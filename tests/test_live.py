"""`earwitness serve --capture`: what an interface sees becomes calls and recordings while it happens.

Runs as root, in a network namespace of its own; skipped elsewhere."""
import json
import os
import pathlib
import re
import signal
import struct
import subprocess
import sys
import time
import unittest
import wave

import crash_support
import live_support
import support
import test_serve

TRUTHS = ("pcmu", "hold", "tcp", "fragments", "b2bua", "dtmf4733", "srtp", "loss")
LINGER_SECONDS = 5  # after its end a call waits for late packets, then it is stored
NO_NETWORK = None


def setUpModule():
    global NO_NETWORK
    NO_NETWORK = live_support.own_network()
    live_support.skip_without_network(NO_NETWORK)


def microseconds(text):
    return support.microseconds(text) if text else None


def between(call, first, second):
    return (microseconds(call[second]) - microseconds(call[first])) / 1e6


def payloads(path, ports):
    """UDP payloads from and to these ports, in order, of a capture file."""
    return [bytes.fromhex(payload) for payload, source, target in
            support.tshark_fields(path, "udp", "udp.payload", "udp.srcport", "udp.dstport") if payload and {source, target} & ports]


class LiveServer(test_serve.Server):
    """A server that captures FAR. Its calls are read by commands, when it has stopped."""

    def __init__(self, data, *arguments, recording="all", settings="", **more):
        with open(data.config, "a") as file:
            file.write(f'[recording]\ndefault = "{recording}"\n' if recording else "")
            file.write(settings)
        super().__init__(data, "--capture", live_support.FAR, *arguments, **more)
        test_serve.wait_for(lambda: "Recording live" in self.log_text() and "Capturing" in self.log_text(), 60, "recording")

    def stop(self, seconds=180):
        return super().stop(seconds)

    def metric(self, name):
        """The sum over the labels; 0 if there is none."""
        status, _, body = self.ask("GET", "/metrics")
        assert status == 200, status
        return sum(float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", body.decode(), re.M))


class LiveTest(unittest.TestCase):
    def setUp(self):
        self.scratch = crash_support.scratch()
        self.addCleanup(self.scratch.cleanup)
        self.data = crash_support.Data(os.path.join(self.scratch.name, "node"))

    def add_account(self):
        done = subprocess.run([crash_support.EARWITNESS, "user", "add", "root", "--role", "administrator", "--role", "listener", "--role", "auditor",
                               "--password-stdin", "--data", self.data.data, "--config", self.data.config],
                              input=test_serve.PASSWORD + "\n", text=True, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def calls(self):
        return [self.data.json("show", call) for call in self.data.call_ids()]

    def wait_for_calls(self, server, count, seconds=60):
        """Until the recorder has closed so many calls."""
        def enough():
            text = server.log_text()
            return server.metric("earwitness_calls_running") == 0 and server.metric("earwitness_calls_total") >= count and text
        test_serve.wait_for(enough, seconds, f"{count} calls")

    def compare_all(self, truths):
        """Each call with its truth, by the test's own `compare`; there are no others, and all is as it was stored."""
        found = {tuple(sorted(call["external_ids"]["sip_call_id"])): call for call in self.calls()}
        for name, (truth, files) in truths.items():
            for call in truth["calls"]:
                with self.subTest(name):
                    self.compare(found.pop(tuple(sorted(call["sip_call_ids"]))), call, files)
        self.assertEqual(found, {})
        self.assertEqual(self.data.run("verify").returncode, 0)

    def compare_recording(self, ours, truth):
        """The one that there is, after who spoke and the streams have been compared."""
        for key in ("caller_number", "caller_name", "called_number", "tech_result", "hangup_by"):
            self.assertEqual(ours[key], truth[key], key)
        self.assertEqual(len(ours["streams"]), len(truth["streams"]))
        for expected in truth["streams"]:
            stream = support.stream_of(ours, expected["ssrc"])
            for key in ("participant", "source", "destination", "codec", "packets", "lost", "duplicated", "reordered"):
                self.assertEqual(stream[key], expected[key], f"{expected['ssrc']} {key}")
        recording, = ours["recordings"]
        self.assertEqual(recording["state"], "recorded")
        return recording


class TruthTest(LiveTest):
    def test_calls_are_those_that_were_made(self):
        truths = {name: support.truth_of(name) for name in TRUTHS}
        with LiveServer(self.data) as server:
            for _, files in truths.values():
                for file in files:
                    live_support.send(live_support.packets_of(file))
            expected = sum(len(truth["calls"]) for truth, _ in truths.values())
            self.wait_for_calls(server, expected)
            self.assertEqual(server.metric("earwitness_capture_dropped_total"), 0)
            self.assertEqual(server.stop(), 0)
        self.compare_all(truths)

    def compare(self, ours, truth, files):
        self.assertEqual(ours["source"], "passive")
        for first, second in (("start_at", "answer_at"), ("start_at", "end_at")):
            self.assertAlmostEqual(between(ours, first, second), between(truth, first, second), delta=1.0, msg=second)
        recording = self.compare_recording(ours, truth)
        self.assertEqual(recording["witness"], f"live: {live_support.FAR}")
        if any("srtp" in file.name or "b2bua" in file.name for file in files):
            return  # stored decrypted, and without the second sight of what a relay sends on
        exported = pathlib.Path(self.scratch.name) / "call.pcapng"
        self.assertEqual(self.data.run("export", ours["call_id"], "--format", "pcapng", "-o", str(exported)).returncode, 0)
        ports = {stream["source"].rpartition(":")[2] for stream in truth["streams"]}
        sent = [payload for file in files for payload in payloads(file, ports)]
        self.assertEqual(payloads(exported, ports), sent)


class PolicyTest(LiveTest):
    def test_nothing_of_the_media_is_stored_while_recording_is_off(self):
        truth, files = support.truth_of("pcmu")
        with LiveServer(self.data, recording="none") as server:
            live_support.send(live_support.packets_of(files[0]))
            self.wait_for_calls(server, 1)
            self.assertEqual(server.stop(), 0)
        call, = self.calls()
        self.assertEqual(call["caller_number"], truth["calls"][0]["caller_number"])
        self.assertEqual(call["recordings"][0]["state"], "not_recorded_by_policy")
        self.assertEqual([part for part in self.parts() if part != "log"], [])

    def parts(self):
        for path in self.data.objects():
            with open(path, "rb") as file:
                yield crash_support.read_part.read_header(file.read())["kind"]

    def test_the_panel_switches_it_while_calls_go_on(self):
        self.add_account()
        _, files = support.truth_of("hold")
        packets = live_support.packets_of(files[0])
        with LiveServer(self.data, recording=None) as server:
            server.sign_in()
            self.assertIn("nobody has said yet", server.log_text())
            live_support.send(live_support.packets_of(support.truth_of("pcmu")[1][0]))
            half = [packet for packet in packets if packet[0] < packets[-1][0] / 2]
            live_support.send(half)
            server.api("PUT", "/settings/recording", json.dumps({"default": "all", "legal_ground": "consent"}))
            test_serve.wait_for(lambda: "Recording was switched" in server.log_text(), 20, "the switch")
            rest = [(moment - half[-1][0], frame) for moment, frame in packets[len(half):]]
            live_support.send(rest)
            self.wait_for_calls(server, 2)
            self.assertEqual(server.stop(), 0)
        states = sorted(call["recordings"][0]["state"] for call in self.calls())
        self.assertEqual(states, ["not_recorded_by_policy", "recorded_partial"])
        switched = [call for call in self.calls() if call["recordings"][0]["state"] == "recorded_partial"][0]
        self.assertIn("rec_start", [event["kind"] for event in switched["events"]])


class ListeningTest(LiveTest):
    """Whoever may hears a call while it goes on; what is heard is what is stored."""

    def sound(self, server, grant, after):
        """(state, position of the first sample, samples of both voices) from `after` on."""
        headers = {"Cookie": server.cookie, "X-CSRF-Token": server.token}
        status, answered, body = server.ask("GET", grant["url"] + (f"?after={after}" if after is not None else ""), headers=headers)
        self.assertEqual(status, 200, body)
        return answered["X-Live"], int(answered["X-Sample-Position"]), struct.unpack(f"<{len(body) // 2}h", body)

    def test_a_running_call_is_heard_within_a_second(self):
        self.add_account()
        _, files = support.truth_of("pcmu")
        packets = live_support.packets_of(files[0])
        with LiveServer(self.data) as server:
            server.sign_in()
            sending = live_support.Sending(packets)
            self.addCleanup(sending.stop)
            call = test_serve.wait_for(lambda: [each for each in server.api("GET", "/live")["calls"] if each["state"] == "recording"], 10, "a call")[0]
            self.assertTrue(call["can_pause"])
            asked = time.monotonic()
            grant = server.api("POST", f"/live/{call['call_id']}/listen")
            heard, position, first_after = [], None, None
            while sending.thread.is_alive():
                state, begin, samples = self.sound(server, grant, position)
                if samples and first_after is None:
                    first_after = time.monotonic() - asked
                if position is not None:
                    self.assertEqual(begin, position)
                heard += samples
                position = begin + len(samples) // 2
                self.assertEqual(state, "recording")
                time.sleep(0.2)
            levels = server.api("GET", f"/live/levels?calls={call['call_id']}")["calls"]
            self.assertEqual({voice["participant"] for voice in levels[0]["voices"]}, {"caller", "callee"})
            self.assertIsNotNone(first_after)
            self.assertLess(first_after, 1.0)
            print(f"first sound after {first_after * 1e3:.0f} ms", file=sys.stderr)
            self.wait_for_calls(server, 1)
            test_serve.wait_for(lambda: self.sound(server, grant, position)[0] == "ended", 20, "the end")
            kinds = [entry["kind"] for entry in server.api("GET", "/audit?limit=50")["entries"]]
            self.assertIn("live.listened", kinds)
            self.assertIn("live.levels_viewed", kinds)
            self.assertEqual(server.stop(), 0)
        self.assert_is_part_of(heard, self.exported(self.calls()[0]["call_id"]))

    def exported(self, call):
        path = pathlib.Path(self.scratch.name) / "call.wav"
        self.assertEqual(self.data.run("export", call, "-o", str(path)).returncode, 0)
        with wave.open(str(path)) as file:
            self.assertEqual((file.getframerate(), file.getnchannels()), (8000, 2))
            return struct.unpack(f"<{file.getnframes() * 2}h", file.readframes(file.getnframes()))

    def assert_is_part_of(self, heard, stored):
        """Both voices of what was heard stand in what is stored, sample for sample, for two seconds at least."""
        for voice in (0, 1):
            mine, whole = struct.pack(f"<{len(heard) // 2}h", *heard[voice::2]), struct.pack(f"<{len(stored) // 2}h", *stored[voice::2])
            length, longest = 2 * 160, 0  # a packet
            for begin in range(0, len(mine) - length, length):
                piece = mine[begin:begin + length]
                if len(set(piece)) > 8:
                    longest += whole.find(piece) >= 0
            self.assertGreater(longest, 100, f"voice {voice}: {longest} packets of {len(mine) // length}")


@support.needs_callgen
class KilledRecorder(LiveTest):
    def load(self, calls, seconds):
        path = pathlib.Path(self.scratch.name) / "load.pcap"
        subprocess.run([crash_support.CALLGEN, "load", "--out", str(path), "--calls", str(calls), "--packets", str(calls * seconds * 100),
                        "--seconds-per-call", str(seconds)], check=True, stdout=subprocess.DEVNULL)
        return live_support.packets_of(path)

    def test_kill_9_costs_a_second_at_most(self):
        rounds = crash_support.count(2, 20)
        acknowledged = os.path.join(self.scratch.name, "ack")
        with LiveServer(self.data, ack_log=acknowledged) as server:
            sending = live_support.Sending(self.load(10, 10 + 6 * rounds))
            kills = []
            for number in range(rounds):
                time.sleep(5)
                recorder = server.children()["recorder"]
                kills.append(time.time_ns())
                os.kill(recorder, signal.SIGKILL)
                test_serve.wait_for(lambda number=number: server.log_text().count("Recording live") == number + 2, 60, "a new recorder")
            sending.stop()
            self.assertEqual(server.stop(), 0)
        self.data.call_ids()  # brings home what is still in a journal
        stored = self.data.stored_frames()
        last = {}
        for part, frame, at in crash_support.read_ack_log(acknowledged):
            self.assertGreater(stored.get(part, 0), frame, f"frame {frame} of part {part} was acknowledged")
            last[part] = at
        for kill in kills:
            newest = max(at for at in last.values() if at <= kill)
            self.assertLess(kill - newest, 1_000_000_000)
        self.assertEqual(self.data.run("verify").returncode, 0)
        interrupted = [call for call in self.calls() if call["end_reason"] == "recorder_stopped"]
        self.assertGreater(len(interrupted), rounds)
        wav = os.path.join(self.scratch.name, "call.wav")
        for call in interrupted[:20]:
            if call["recordings"][0]["state"] in ("recorded", "recorded_partial"):
                self.assertEqual(self.data.run("export", call["call_id"], "-o", wav).returncode, 0)

    def test_what_waits_in_the_ring_is_taken_by_the_next_recorder(self):
        packets = self.load(2, 8)
        with LiveServer(self.data, settings="[capture]\nring_mb = 256\n") as server:
            sending = live_support.Sending(packets)
            time.sleep(3)
            recorder = server.children()["recorder"]
            os.kill(recorder, signal.SIGSTOP)
            time.sleep(0.5)
            os.kill(recorder, signal.SIGKILL)
            sending.thread.join()
            test_serve.wait_for(lambda: server.metric("earwitness_calls_running") == 0, 60, "the end of the calls")
            self.assertEqual(server.metric("earwitness_capture_dropped_total"), 0)
            self.assertEqual(server.stop(), 0)
        stored = sum(stream["packets"] for call in self.calls() for stream in call["streams"])
        rtp = sum(len(frame) == 214 for _, frame in packets)
        # Lost is what the killed recorder had taken and not yet acknowledged: less than a second of two calls.
        self.assertGreater(stored, rtp - 2 * 100)


class DropsTest(LiveTest):
    @support.needs_callgen
    def test_what_the_kernel_drops_is_counted_and_shown(self):
        packets = KilledRecorder.load(self, 4, 6)
        with LiveServer(self.data, settings="[capture]\nring_mb = 1\n") as server:
            recorder = server.children()["recorder"]
            sending = live_support.Sending(packets)
            time.sleep(2)
            stopped = time.time()
            os.kill(recorder, signal.SIGSTOP)
            time.sleep(2)
            os.kill(recorder, signal.SIGCONT)
            continued = time.time()
            sending.thread.join()
            dropped = test_serve.wait_for(lambda: server.metric("earwitness_capture_dropped_total"), 20, "drops")
            self.wait_for_calls(server, 4)
            dropped = server.metric("earwitness_capture_dropped_total")
            self.assertEqual(server.metric("earwitness_capture_packets_total") + dropped, len(packets))
            test_serve.wait_for(lambda: "packets_dropped" in server.log_text(), 10, "the alarm")
            self.assertEqual(server.stop(), 0)
        # Nothing was lost but by the kernel, and each stream says so, and when.
        for call in self.calls():
            for stream in call["streams"]:
                self.assertEqual((stream["lost_at_capture"], stream["lost_in_recorder"]), (stream["lost"], 0))
                self.assertEqual(sum(loss["at_capture"] for loss in stream["losses"]), stream["lost"])
                for loss in stream["losses"]:
                    self.assertLess(stopped - 0.2, microseconds(loss["to"]) / 1e6)
                    self.assertLess(microseconds(loss["from"]) / 1e6, continued + 0.5)
            recording, = call["recordings"]
            sent = sum(stream["packets"] + stream["lost"] for stream in call["streams"])
            kept = sum(stream["packets"] for stream in call["streams"])
            self.assertAlmostEqual(recording["evidence"]["score"], kept / sent, delta=0.01)
        # Each call that was on then has it on its time axis.
        for call in self.calls():
            gaps = [event for event in call["events"] if event["kind"] == "gap"]
            self.assertEqual(bool(gaps), any(stream["lost"] for stream in call["streams"]) or bool(gaps))
        self.assertTrue(any(event["kind"] == "gap" for call in self.calls() for event in call["events"]))
        self.assertEqual(sum(stream["lost"] for call in self.calls() for stream in call["streams"]) > 0, dropped > 0)


class LossBeforeUs(LiveTest):
    @support.needs_callgen
    def test_what_never_came_is_told_from_what_was_dropped(self):
        """Every 50th packet of RTP is missing on the wire."""
        packets, missing = [], 0
        for number, packet in enumerate(KilledRecorder.load(self, 2, 5)):
            is_missing = len(packet[1]) == 214 and 50 < number < 900 and number % 50 == 0
            missing += is_missing
            if not is_missing:
                packets.append(packet)
        with LiveServer(self.data) as server:
            live_support.Sending(packets).thread.join()
            self.wait_for_calls(server, 2)
            self.assertEqual(server.metric('earwitness_rtp_lost_total{place="before"}'), missing)
            self.assertEqual(server.stop(), 0)
        streams = [stream for call in self.calls() for stream in call["streams"]]
        self.assertGreater(missing, 10)
        self.assertEqual(sum(stream["lost"] for stream in streams), missing)
        self.assertEqual(sum(loss["before"] for stream in streams for loss in stream["losses"]), missing)
        self.assertEqual(sum(stream["lost_at_capture"] + stream["lost_in_recorder"] for stream in streams), 0)


class Rated(LiveTest):
    def test_calls_beyond_the_rating_are_logged_and_cost_the_others_nothing(self):
        pathlib.Path(self.data.data).mkdir(exist_ok=True)
        (pathlib.Path(self.data.data) / "rating.json").write_text('{"calls": 1, "is_limit": true, "at_ns": 0}')
        first, second = (live_support.packets_of(support.truth_of(name)[1][0]) for name in ("hold", "pcmu"))
        with LiveServer(self.data) as server:
            running = live_support.Sending(first)
            test_serve.wait_for(lambda: server.metric("earwitness_calls_recorded") == 1, 20, "the first call")
            live_support.send(second, speed=4.0)
            running.thread.join()
            self.assertEqual(server.metric("earwitness_calls_rated"), 1)
            self.wait_for_calls(server, 2)
            self.assertEqual(server.metric("earwitness_calls_refused_total"), 1)
            self.assertEqual(server.metric("earwitness_calls_recorded"), 0)
            live_support.send(live_support.packets_of(support.truth_of("dtmf4733")[1][0]))  # there is room again
            self.wait_for_calls(server, 3)
            self.assertEqual(server.stop(), 0)
        calls = {support.microseconds(call["start_at"]): call for call in self.calls()}
        states = [calls[start]["recordings"][0]["state"] for start in sorted(calls)]
        self.assertEqual(states, ["recorded", "not_recorded_failed", "recorded"])
        refused = calls[sorted(calls)[1]]
        self.assertIn("overload", refused["recordings"][0]["state_detail"])
        self.assertEqual(refused["tech_result"], support.truth_of("pcmu")[0]["calls"][0]["tech_result"])
        self.assertIn("rec_refused", [event["kind"] for event in refused["events"]])
        self.assertEqual([stream["lost"] for stream in calls[sorted(calls)[0]]["streams"]],
                         [stream["lost"] for stream in support.truth_of("hold")[0]["calls"][0]["streams"]])
        self.assertEqual(self.data.run("verify").returncode, 0)


class AbsentInterface(LiveTest):
    def test_it_is_an_alarm_and_captured_when_it_comes(self):
        with test_serve.Server(self.data, "--capture", "ew-late") as server:
            test_serve.wait_for(server.is_healthy, 60, "health")
            status, _, body = test_serve.wait_for(lambda: (answer := server.ask("GET", "/readyz")) and answer[0] == 503 and answer, 20, "alarm")
            self.assertIn(b"ew-late", body, status)
            subprocess.run("ip link add ew-late type veth peer name ew-late2 && ip link set ew-late up && ip link set ew-late2 up",
                           shell=True, check=True)
            test_serve.wait_for(lambda: "Capturing" in server.log_text(), 20, "capture")
            test_serve.wait_for(lambda: server.ask("GET", "/readyz")[0] == 200, 20, "readiness")
            self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
