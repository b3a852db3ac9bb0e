#!/usr/bin/env python3
"""A call of two softphones through a proxy with a media relay is captured while a recording client sends copies of it: one call with two recordings.

Run as root: EARWITNESS=build/release/earwitness python3 tests/test_softphones.py
"""
import json
import socket
import time
import unittest

import live_support
import softphones
import support
from support import wait_for
from test_siprec_server import SiprecServer

NO_NETWORK = None


def setUpModule():
    global NO_NETWORK
    missing = softphones.missing()
    NO_NETWORK = f"not installed: {missing}" if missing else live_support.own_network()
    live_support.skip_without_network(NO_NETWORK)
    softphones.make_addresses()


class Softphones(unittest.TestCase):
    def setUp(self):
        self.server = SiprecServer(rest='[capture]\ninterfaces = ["lo"]\n')
        self.addCleanup(self.server.__exit__)
        self.server.start()
        wait_for(lambda: "Capturing" in self.server.log.read_text(), 30, "capturing")
        self.client = self.server.client("root")
        self.phones = softphones.Telephony(self.server.folder / "telephony")
        self.addCleanup(self.phones.__exit__)

    def running(self):
        return self.client.api("GET", "/live").json["calls"]

    def stored(self, recordings):
        """The one call that there is, when it is at rest."""
        def found():
            calls = [json.loads(self.server.command("show", call["call_id"], "--json").stdout)
                     for call in json.loads(self.server.command("calls", "--json").stdout or "[]")]
            return calls if sum(len(call["recordings"]) for call in calls) == recordings else None
        call, = wait_for(found, 60, f"{recordings} recordings")
        return call

    def test_a_captured_call_is_played(self):
        caller = self.phones.call(5)
        row, = wait_for(self.running, 10, "the running call")
        self.assertEqual((row["caller_number"], row["called_number"], row["source"]), (*softphones.NUMBERS, "passive"))
        self.assertEqual(caller.wait(30), 0)
        call = self.stored(1)
        self.assertEqual((call["tech_result"], call["hangup_by"], call["recording_state"]), ("answered", "caller", "recorded"))
        for stream in call["streams"]:
            self.assertGreater(stream["packets"], 200)
            self.assertEqual(stream["lost"], 0)
        sound = self.server.sound(call)
        for number, channel in enumerate(sound.channels, 1):
            self.assertAlmostEqual(pitch(channel[8_000:16_000]), 200 * number, delta=15)

    def test_a_captured_call_is_paused(self):
        caller = self.phones.call(9)
        row = wait_for(lambda: next((call for call in self.running() if call["state"] == "recording"), None), 10, "the running call")
        self.assertTrue(row["can_pause"], row)
        time.sleep(1)
        for act, state in (("pause", "paused"), ("resume", "recording")):
            self.assertEqual(self.client.api("POST", f"/live/{row['call_id']}/{act}", {"reason": "a card number"}).status, 204)
            wait_for(lambda: self.running()[0]["state"] == state, 5, state)  # pylint: disable=cell-var-from-loop
            time.sleep(2)
        self.assertEqual(self.client.api("POST", f"/live/{row['call_id']}/stop", {"reason": "asked for"}).status, 204)
        wait_for(lambda: self.running()[0]["state"] == "not_recorded", 5, "the end of its recording")
        self.assertEqual(self.client.api("POST", f"/live/{row['call_id']}/resume", {"reason": "too late"}).status, 409)
        self.assertEqual(caller.wait(30), 0)
        call = self.stored(1)
        self.assertEqual([event["kind"] for event in call["events"] if event["kind"].startswith("rec_")], ["rec_pause", "rec_resume", "rec_stop"])
        paused, resumed, stopped = (support.microseconds(event["at"]) for event in call["events"] if event["kind"].startswith("rec_"))
        for stream in call["streams"]:
            self.assertEqual(stream["lost"], 0)
            self.assertLess(stream["packets"], 350)
        sound = self.server.sound(call)
        began = min(support.microseconds(stream["first_at"]) for stream in call["streams"])
        for number, channel in enumerate(sound.channels, 1):
            def heard(since, until):
                first, last = (int((at - began) / 1e6 * 8_000) + margin for at, margin in ((since, 800), (until, -800)))
                return channel[first:last]  # pylint: disable=cell-var-from-loop
            self.assertEqual(set(heard(paused, resumed)), {0})
            self.assertAlmostEqual(pitch(heard(resumed, stopped)), 200 * number, delta=15)
            self.assertLess(len(channel) / 8_000, (stopped - began) / 1e6 + 0.1)

    def test_a_pause_holds_for_a_session_that_comes_later(self):
        caller = self.phones.call(6)
        row = wait_for(lambda: next((call for call in self.running() if call["state"] == "recording"), None), 10, "the running call")
        self.assertEqual(self.client.api("POST", f"/live/{row['call_id']}/pause", {"reason": "a card number"}).status, 204)
        copier = softphones.Copier()
        self.addCleanup(copier.stop)
        with self.server.sip_client() as recording_client:
            session = recording_client.session(caller=(softphones.NUMBERS[0], "Anna"), callee=(softphones.NUMBERS[1], "Boris"))
            self.assertEqual(session.invite().status, 200)
            copier.start(session.lines)
            self.assertEqual(caller.wait(30), 0)
            copier.stop()
            session.bye()
        self.assertGreater(min(copier.copied), 50)
        call = self.stored(2)
        later, = (each for each in call["recordings"] if each["witness"] != "live: lo")
        self.assertEqual((later["media_bytes"], later["streams"]), (0, []), call)

    def test_with_a_recording_client_it_is_one_call_with_two_recordings(self):
        caller = self.phones.call(9)
        self.phones.wait_until_heard()
        copier = softphones.Copier()
        self.addCleanup(copier.stop)
        with self.server.sip_client() as recording_client:
            session = recording_client.session(caller=(softphones.NUMBERS[0], "Anna"), callee=(softphones.NUMBERS[1], "Boris"))
            self.assertEqual(session.invite().status, 200)
            copier.start(session.lines)
            time.sleep(2)
            row, = wait_for(self.running, 10, "the running call")
            self.assertEqual((row["caller_number"], row["called_number"], row["state"]), (*softphones.NUMBERS, "recording"))
            self.assertTrue(row["can_pause"], row)
            self.assertEqual(caller.wait(30), 0)
            time.sleep(0.3)
            copier.stop()
            self.assertEqual(session.bye().status, 200)
        call = self.stored(2)
        self.assertIn(session.session_id, json.dumps(call["external_ids"]))
        self.assertIn("second_witness", [event["kind"] for event in call["events"]])
        self.assertEqual((call["tech_result"], call["hangup_by"], call["called_name"]), ("answered", "caller", "Boris"))
        compared = self.client.api("GET", f"/calls/{call['call_id']}/comparison").json
        for participant, copied in zip(("caller", "callee"), copier.copied):
            each, = (stream for stream in compared["streams"] if stream["participant"] == participant)
            self.assertGreater(copied, 200)
            self.assertEqual((each["same"], each["only_second"]), (copied, 0), compared)
        self.assertEqual(self.server.command("verify").returncode, 0)


class BehindAProxy(unittest.TestCase):
    """SIP that no interface can read comes by HEP of a real proxy, and joins with the media of the wire."""

    def test_a_call_of_hep_and_wire_is_played(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = SiprecServer(rest=f'[capture]\ninterfaces = ["lo"]\n[hep]\nlisten = ["127.0.0.1:{port}"]\nkey = "{softphones.KEY}"\n')
        self.addCleanup(server.__exit__)
        server.start()
        wait_for(lambda: "Capturing" in server.log.read_text(), 30, "capturing")
        client = server.client("root")
        phones = softphones.Telephony(server.folder / "telephony", hep_port=port)
        self.addCleanup(phones.__exit__)
        caller = phones.call(5)
        row, = wait_for(lambda: client.api("GET", "/live").json["calls"], 10, "the running call")
        self.assertEqual((row["caller_number"], row["called_number"], row["source"]), (*softphones.NUMBERS, "hep"))
        self.assertEqual(caller.wait(30), 0)

        def found():
            calls = json.loads(server.command("calls", "--json").stdout or "[]")
            return [json.loads(server.command("show", call["call_id"], "--json").stdout) for call in calls]
        call, = wait_for(found, 60, "the stored call")
        self.assertEqual((call["tech_result"], call["hangup_by"], call["recording_state"]), ("answered", "caller", "recorded"))
        self.assertEqual(call["source_detail"], f"hep 127.0.0.1 ({softphones.AGENT})")
        self.assertEqual([stream["lost"] for stream in call["streams"]], [0, 0])
        sound = server.sound(call)
        for number, channel in enumerate(sound.channels, 1):
            self.assertAlmostEqual(pitch(channel[8_000:16_000]), 200 * number, delta=15)


def pitch(samples):
    """Of a tone, in hertz, by how often it rises through zero in a second."""
    rises = sum(1 for before, after in zip(samples, samples[1:]) if before < 0 <= after)
    return rises * 8_000 / len(samples)


if __name__ == "__main__":
    unittest.main()
