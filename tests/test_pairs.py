#!/usr/bin/env python3
"""One communication session that two recorders got is one call with two recordings, compared (REQUIREMENTS A43); calls that belong together by
transfer or by group are related.

Run: EARWITNESS=build/release/earwitness python3 tests/test_pairs.py
"""
import random
import time
import unittest

import siprec_client
import support
from server_support import Server, import_file
from siprec_pcap import RecordingSession, metadata, write
from test_siprec_server import SiprecServer


class Imported(unittest.TestCase):
    """What a server's interface says of captures that were imported into it one by one."""

    def setUp(self):
        self.server = Server('[recording]\ndefault = "all"\n')
        self.addCleanup(self.server.__exit__)
        self.server.add_user("both", "administrator", "listener")
        self.server.start()
        self.client = self.server.client("both")

    def take(self, *files):
        for path in files:
            job = import_file(self.client, path)
            self.assertEqual(job["state"], "done", job)

    def calls(self):
        """All of them with what belongs to them, the oldest first."""
        listed = self.client.api("GET", "/calls?from=1970-01-01T00:00:00Z&limit=200").json["calls"]
        return [self.client.api("GET", f"/calls/{call['call_id']}").json for call in sorted(listed, key=lambda call: (call["start_at"], call["call_id"]))]

    def comparison(self, call):
        answer = self.client.api("GET", f"/calls/{call['call_id']}/comparison")
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def path(self, name):
        return self.server.folder / name


class TwoRecorders(Imported):
    def both(self, **second):
        """The same call at two recorders: another dialog, other addresses and SSRCs, a few milliseconds later."""
        one = RecordingSession("to-first").invite(metadata("call-1")).talk().bye()
        other = RecordingSession("to-second", recorder="192.0.2.21", port=30000, ssrc=0x7000, sequence=4000)
        other.invite(metadata("call-1")).talk(**second).bye()
        return write(self.path("first.pcap"), one), write(self.path("second.pcap"), other, later=3_000)

    def test_are_one_call_with_two_recordings_that_are_equal(self):
        self.take(*self.both())
        detail, = self.calls()
        call = detail["call"]
        self.assertEqual(len(call["recordings"]), 2)
        self.assertEqual((call["caller_number"], call["called_number"]), ("4100", "+442071838750"))
        compared = self.comparison(call)
        self.assertTrue(compared["equal"], compared)
        self.assertEqual([(each["participant"], each["same"]) for each in compared["streams"]], [("caller", 100), ("callee", 100)])
        self.assertAlmostEqual(compared["clock_difference_seconds"], 0.003, places=5)

    def test_what_one_of_them_lost_is_told(self):
        self.take(*self.both(lost={(1, 40), (1, 41), (0, 90)}))
        detail, = self.calls()
        compared = self.comparison(detail["call"])
        self.assertFalse(compared["equal"])
        self.assertEqual([(each["participant"], each["same"], each["only_first"], each["only_second"]) for each in compared["streams"]],
                         [("caller", 99, 1, 0), ("callee", 98, 2, 0)])
        self.assertEqual([(each["participant"], each["kind"], each["packets"]) for each in compared["spans"]],
                         [("callee", "only_first", 2), ("caller", "only_first", 1)])

    def test_another_call_of_the_same_parties_is_another_call(self):
        one = RecordingSession("a").invite(metadata("call-1")).talk().bye()
        other = RecordingSession("b", recorder="192.0.2.21", port=30000, ssrc=0x7000).invite(metadata("call-2")).talk(seed=8).bye()
        self.take(write(self.path("a.pcap"), one), write(self.path("b.pcap"), other, later=3_000))
        self.assertEqual([len(detail["call"]["recordings"]) for detail in self.calls()], [1, 1])

    @support.needs_shared
    @support.needs_program("editcap")
    def test_of_a_real_client(self):
        for pcap in sorted((support.SHARED / "siprec/captures").glob("*.pcap")):
            later = self.path(f"later-{pcap.name}")
            support.command("editcap", "-F", "pcap", "-t", "0.003", pcap, later)
            known = {detail["call"]["call_id"] for detail in self.calls()}
            self.take(pcap, later)
            fresh = [detail["call"] for detail in self.calls() if detail["call"]["call_id"] not in known]
            with self.subTest(pcap=pcap.name):
                self.assertTrue(fresh)
                for call in fresh:
                    self.assertEqual(len(call["recordings"]), 2, call)
                    self.assertTrue(self.comparison(call)["equal"])


class TwoNodes(unittest.TestCase):
    """A client that sends its calls to two recorders at once, as Oracle's does; what one of them stored is brought to the other as pcapng."""

    def test_their_recordings_of_one_call_are_a_pair(self):
        sound = [random.Random(seed).randbytes(siprec_client.OCTETS * 100) for seed in (1, 2)]
        with SiprecServer() as first, SiprecServer() as second:
            with first.sip_client() as to_first, second.sip_client() as to_second:
                one, other = to_first.session(session_id="shared-0123456789=="), to_second.session(session_id="shared-0123456789==")
                for session in (one, other):
                    self.assertEqual(session.invite().status, 200)
                for at in range(0, len(sound[0]), siprec_client.OCTETS):
                    part = [octets[at:at + siprec_client.OCTETS] for octets in sound]
                    one.send(*part, pace=0)
                    other.send(*part)
                    time.sleep(0.005)
                for session in (one, other):
                    session.bye()
                stored = [server.stored(session) for server, session in ((first, one), (second, other))]
            exported = second.folder / "second.pcapng"
            done = second.command("export", stored[1]["call_id"], "--format", "pcapng", "-o", str(exported))
            self.assertEqual(done.returncode, 0, done.stderr)
            client = first.client("root")
            self.assertEqual(import_file(client, exported)["state"], "done")
            call = client.api("GET", f"/calls/{stored[0]['call_id']}").json["call"]
            self.assertEqual(len(call["recordings"]), 2, call)
            compared = client.api("GET", f"/calls/{call['call_id']}/comparison").json
            self.assertEqual([(each["participant"], each["same"]) for each in compared["streams"]], [("caller", 100), ("callee", 100)], compared)
            self.assertTrue(compared["equal"], compared)
            for server in (first, second):
                self.assertEqual(server.stop(), 0)


class Related(Imported):
    def related(self):
        """Of each call, the oldest first, which calls are related to it, by their places."""
        details = self.calls()
        places = {detail["call"]["call_id"]: place for place, detail in enumerate(details)}
        return [sorted(places[other["call_id"]] for other in detail["related"] if other["call_id"] != detail["call"]["call_id"]) for detail in details]

    def test_a_transfer_follows_from_its_call(self):
        session = RecordingSession().invite(metadata("call-1")).talk(50).invite(metadata("call-2", ("boris", "clara"))).talk(50, seed=9).bye()
        self.take(write(self.path("transfer.pcap"), session))
        first, second = (detail["call"] for detail in self.calls())
        self.assertEqual(second["parent_call_id"], first["call_id"])
        self.assertEqual(self.related(), [[1], [0]])

    def test_calls_of_one_group_belong_together(self):
        group = "group-0123456789abcdef=="
        one = RecordingSession("a").invite(metadata("call-1", group=group)).talk(50).bye()
        two = RecordingSession("b", port=21000, ssrc=0x2000, start=500_000).invite(metadata("call-2", ("boris", "clara"), group=group)).talk(50, seed=9).bye()
        # The consultation was over for a while.
        three = RecordingSession("c", port=22000, ssrc=0x3000, start=60_000_000).invite(metadata("call-3", ("anna", "clara"), group=group)).talk(50, seed=10).bye()
        other = RecordingSession("d", port=23000, ssrc=0x4000, start=61_000_000).invite(metadata("call-4")).talk(50, seed=11).bye()
        self.take(write(self.path("group.pcap"), one, two, three, other))
        self.assertEqual(self.related(), [[1, 2], [0, 2], [0, 1], []])

    def test_a_name_that_all_calls_share_makes_no_group(self):
        one = RecordingSession("a").invite(metadata("call-1", group="callcenter")).talk(50).bye()
        two = RecordingSession("b", port=21000, ssrc=0x2000, start=500_000).invite(metadata("call-2", ("boris", "clara"), group="callcenter")).talk(50, seed=9).bye()
        self.take(write(self.path("group.pcap"), one, two))
        self.assertEqual(self.related(), [[], []])


if __name__ == "__main__":
    unittest.main()
