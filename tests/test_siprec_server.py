"""`earwitness serve` as a SIPREC recording server: what a client sends is recorded octet by octet, and nothing else is."""
import base64
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest
import uuid

import server_support
import siprec_client
import srtp
import support
from support import wait_for

LINGER_SECONDS = 5  # after its end a call waits for late packets, then it is stored


def octets(seed, seconds):
    """Sound that no other call has."""
    return random.Random(seed).randbytes(int(seconds * 8_000))


class SiprecServer(server_support.Server):
    """A server that records everything and that serves recording clients at a port of its own."""

    next_ports = random.Random().randrange(0, 100)

    def __init__(self, sip="", recording="all", rest="", addresses=("127.0.0.1",)):
        self.sip_port = server_support.free_port()
        # Tests run beside each other: each server has media ports of its own, and what is taken is passed over.
        SiprecServer.next_ports += 1
        first = 20_000 + SiprecServer.next_ports % 100 * 400
        listen = ", ".join(f'"{address}:{self.sip_port}"' for address in addresses)
        super().__init__(f'[sip]\nlisten = [{listen}]\nmedia_ports = "{first}-{first + 399}"\n{sip}'
                         + (f'[recording]\ndefault = "{recording}"\n' if recording else "") + rest)
        self.media_ports = (first, first + 399)

    def start(self):
        super().start()
        self.add_user_once()
        self.wait_until_ready()
        return self

    def add_user_once(self):
        if not getattr(self, "has_user", False):
            self.add_user("root", "administrator", "listener", "auditor")
            self.has_user = True

    def wait_until_ready(self):
        with siprec_client.Client(("127.0.0.1", self.sip_port)) as client:
            def answers():
                client.send(client.request("OPTIONS", "ready", 1, "<sip:src@client>;tag=o", "<sip:srs@recorder>"))
                try:
                    return client.responses.get(timeout=0.3).status == 200
                except Exception:  # pylint: disable=broad-except
                    return False
            wait_for(answers, 30, "the recording server\n" + self.log.read_text())

    def sip_client(self, transport="udp", **more):
        return siprec_client.Client(("127.0.0.1", self.sip_port), transport, **more)

    def metric(self, name, *labels):
        text = server_support.Client(self.port).request("GET", "/metrics").body.decode()
        found = re.findall(rf"^{name}(?:{{([^}}]*)}})? (\S+)$", text, re.MULTILINE)
        return sum(float(value) for its, value in found if all(label in its for label in labels))

    def stored(self, session, seconds=60):
        """The call of a recording session, when its parts are at rest."""
        def found():
            for call in json.loads(self.command("calls", "--json", "--external-id", session.session_id).stdout or "[]"):
                if call["ended"] and call["recording_state"] != "recording":
                    return json.loads(self.command("show", call["call_id"], "--json").stdout)
            return None
        return wait_for(found, seconds, f"the call of {session.call_id}\n{self.log.read_text()[-3000:]}")

    def sound(self, call):
        """Both channels as they are exported, as octets of A-law."""
        path = self.folder / f"{call['call_id']}.wav"
        done = self.command("export", call["call_id"], "--format", "wav", "-o", str(path))
        assert done.returncode == 0, done.stderr
        return support.read_wav(path)


def pcm(octets_sent):
    return [support.G711[8][octet] for octet in octets_sent]


class Recorded(unittest.TestCase):
    """What every session has in common."""

    def check_sound(self, server, call, caller, callee):
        """Sample by sample. Where one speaker's first packet came later, silence goes before it."""
        sound = server.sound(call)
        for channel, sent in zip(sound.channels, (caller, callee)):
            expected = pcm(sent)
            start = self.first_sample(channel, expected)
            self.assertEqual(list(channel[start:start + len(expected)]), expected)
            self.assertTrue(all(sample == 0 for sample in channel[:start]))

    def first_sample(self, channel, expected):
        for start in range(0, 8_000):
            if list(channel[start:start + 64]) == expected[:64]:
                return start
        there = next((start for start, sample in enumerate(channel) if sample), None)
        its = [at // siprec_client.OCTETS for at in range(0, len(expected), siprec_client.OCTETS)
               if there is not None and list(channel[there:there + 64]) == expected[at:at + 64]]
        self.fail(f"the sound that was sent does not begin in the recording's first second: {len(channel)} samples, sound from sample {there} on, "
                  f"which begins with packet {its}")
        return None


class OneCallTest(Recorded):
    @classmethod
    def setUpClass(cls):
        cls.server = SiprecServer(addresses=("127.0.0.1", "[::1]"))
        cls.server.start()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.server.__exit__()

    def record(self, client, **more):
        session = client.session(**more)
        caller, callee = octets(session.call_id, 1.5), octets(session.call_id + "b", 1.5)
        self.assertEqual(session.invite().status, 200)
        session.send(caller, callee)
        self.assertEqual(session.bye().status, 200)
        call = self.server.stored(session)
        self.check_sound(self.server, call, caller, callee)
        return call

    def test_parties_tracks_and_sound_over_udp(self):
        with self.server.sip_client() as client:
            call = self.record(client)
        self.assertEqual((call["caller_number"], call["caller_name"], call["called_number"], call["called_name"]),
                         ("4100", "Emma Miller", "4200", "Jon Barr"))
        self.assertEqual((call["source"], call["source_detail"], call["recording_state"], call["tech_result"], call["end_reason"]),
                         ("siprec", "127.0.0.1", "recorded", "answered", "bye"))
        self.assertEqual({stream["participant"]: (stream["label"], stream["packets"], stream["lost"]) for stream in call["streams"]},
                         {"caller": ("1", 75, 0), "callee": ("2", 75, 0)})
        self.assertEqual([event for event in call["events"] if event["kind"] == "finding"], [])

    def test_over_tcp(self):
        with self.server.sip_client("tcp") as client:
            self.assertEqual(self.record(client)["legs"][0]["transport"], "tcp")

    def test_over_ipv6(self):
        for transport in ("udp", "tcp"):
            with self.subTest(transport), siprec_client.Client(("::1", self.server.sip_port), transport, own="::1") as client:
                call = self.record(client)
                self.assertTrue(call["streams"][0]["source"].startswith("[::1]:"))

    def test_answers_say_what_rfc_7866_wants(self):
        with self.server.sip_client() as client:
            session = client.session()
            response = session.invite()
            self.assertIn("+sip.srs", response["contact"])
            self.assertEqual(response["content-type"], "application/sdp")
            self.assertEqual([(media["direction"], "label:" + line.label in media["attributes"])
                              for media, line in zip(session.answer, session.lines)], [("recvonly", True)] * 2)
            self.assertEqual(session.bye().status, 200)
            self.assertEqual(session.bye().status, 481, "the dialog is over")

    def test_what_is_no_recording_session_is_refused(self):
        with self.server.sip_client() as client:
            plain = client.request("INVITE", "plain", 1, "<sip:a@x>;tag=1", "<sip:b@y>", content=("application/sdp", client.session().sdp()))
            client.send(plain.replace(b";+sip.src", b""))
            self.assertEqual(client.responses.get(timeout=10).status, 403)
            self.assertEqual(client.session().invite().status, 200, "one that is goes on being taken")

    def test_the_figures_of_an_answer(self):
        before = self.server.metric("earwitness_siprec_answer_seconds_count")
        with self.server.sip_client() as client:
            session = client.session()
            session.invite()
            session.bye()
        wait_for(lambda: self.server.metric("earwitness_siprec_answer_seconds_count") > before, 10, "the histogram")


class CalledClient:
    """A recording client that waits to be called (RFC 7866 section 6.2)."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(30)
        self.port = self.socket.getsockname()[1]
        self.told = self.other = None

    def receive(self, *methods):
        """The next message of these methods, or the next response."""
        while True:
            raw, self.other = self.socket.recvfrom(65_536)
            message = siprec_client.Message(raw)
            if message.is_response or message.method in methods:
                return message

    def respond(self, request, status, content=("", b""), tag=""):
        lines = [f"SIP/2.0 {status} Whatever", *(f"Via: {via}" for via in request.all("via")), f"From: {request['from']}", f"To: {request['to']}{tag}",
                 f"Call-ID: {request['call-id']}", f"CSeq: {request['cseq']}", f"Contact: <sip:src@127.0.0.1:{self.port}>;+sip.src", "Server: Called SBC 2.0"]
        if content[0]:
            lines.append(f"Content-Type: {content[0]}")
        self.socket.sendto("\r\n".join([*lines, f"Content-Length: {len(content[1])}", "", ""]).encode() + content[1], self.other)


class CalledTest(Recorded):
    """REQUIREMENTS A04: the recorder begins the session."""

    def setUp(self):
        self.src = CalledClient()
        self.addCleanup(self.src.socket.close)
        self.server = SiprecServer(rest=f'[[sip.peer]]\nname = "called"\nnetworks = ["127.0.0.0/8"]\ncall = "sip:src@127.0.0.1:{self.src.port}"\n')
        self.addCleanup(self.server.__exit__)
        self.server.start()

    def test_what_a_called_client_sends_is_recorded(self):
        invite = self.src.receive("INVITE")
        self.assertEqual((invite["require"], invite.body, invite["content-type"]), ("siprec", b"", ""))
        self.assertIn("+sip.srs", invite["contact"])
        self.assertIn(f"INVITE sip:src@127.0.0.1:{self.src.port} SIP/2.0", invite.start)
        with self.server.sip_client() as helper:
            session = helper.session(caller=("4310", "Called Back"))
            content = session.body(session.sdp())
            self.src.respond(invite, 100)
            self.src.respond(invite, 200, content, ";tag=src")
            ack = self.src.receive("ACK")
            self.assertEqual([(media["direction"], media["port"] > 0) for media in siprec_client.media_of(ack.sdp)], [("recvonly", True)] * 2)
            self.assertIn("a=label:1", ack.sdp)
            session.take_answer(ack)
            caller, callee = octets("called", 1.5), octets("called back", 1.5)
            session.send(caller, callee)
            # Repeated by who has not got the ACK.
            self.src.respond(invite, 200, content, ";tag=src")
            self.assertEqual(self.src.receive("ACK").body, ack.body)
            bye = (f"BYE sip:srs@127.0.0.1:{self.server.sip_port} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{self.src.port};branch=z9hG4bKbye;rport\r\n"
                   f"From: {invite['to']};tag=src\r\nTo: {invite['from']}\r\nCall-ID: {invite['call-id']}\r\nCSeq: 1 BYE\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n")
            self.src.socket.sendto(bye.encode(), self.src.other)
            self.assertEqual(self.src.receive().status, 200)
            call = self.server.stored(session)
        self.check_sound(self.server, call, caller, callee)
        self.assertEqual((call["caller_number"], call["called_name"], call["source_detail"], call["end_reason"]), ("4310", "Jon Barr", "called", "bye"))
        self.assertEqual([event["detail"] for event in call["events"] if event["kind"] == "finding"], [])
        # It has no session now, so it is called again.
        self.assertNotEqual(self.src.receive("INVITE")["call-id"], invite["call-id"])

    def test_a_client_that_does_not_want_to(self):
        invite = self.src.receive("INVITE")
        self.src.respond(invite, 486, tag=";tag=src")
        self.assertEqual(self.src.receive("ACK")["to"], invite["to"] + ";tag=src")
        peer, = (each for each in self.server.client("root").api("GET", "/sources").json["siprec"]["peers"] if each["name"] == "called")
        self.assertEqual(("call_declined", "486"), (peer["errors"][0]["code"], peer["errors"][0]["detail"][:3]))
        self.assertEqual(json.loads(self.server.command("calls", "--json").stdout), [])


class PauseTest(Recorded):
    """What is paused is not stored, and the time line keeps its length."""

    @classmethod
    def setUpClass(cls):
        cls.server = SiprecServer()
        cls.server.start()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.server.__exit__()

    PART = 8_000  # octets: a second

    def record(self, pause, resume, sends=True):
        """Sound, sound that is sent only while it is paused, sound. The three of the caller, and the call."""
        with self.server.sip_client() as client:
            session = client.session(caller=(str(random.randrange(10_000, 99_999)), "Paused"))
            parts = [octets(session.call_id + str(i), self.PART / 8_000) for i in range(3)]
            self.assertEqual(session.invite().status, 200)
            session.send(parts[0], parts[0])
            pause(session)
            if sends:
                session.send(parts[1], parts[1])
            else:
                time.sleep(self.PART / 8_000)
                session.skip(self.PART // siprec_client.OCTETS)
            resume(session)
            session.send(parts[2], parts[2])
            self.assertEqual(session.bye().status, 200)
            return parts, self.server.stored(session)

    def check(self, parts, call, pauses=2):
        """`pauses`: of each line, where the client paused it, or of the call, where we did."""
        sound = self.server.sound(call)
        for channel in sound.channels:
            start = self.first_sample(channel, pcm(parts[0]))
            first, paused, last = (list(channel[start + i * self.PART:start + (i + 1) * self.PART]) for i in range(3))
            self.assertEqual(first, pcm(parts[0]))
            self.assertEqual(last, pcm(parts[2]), "at its place: the pause has kept its length")
            self.assertEqual(paused, [0] * self.PART)
        kinds = [event["kind"] for event in call["events"]]
        self.assertEqual((kinds.count("rec_pause"), kinds.count("rec_resume")), (pauses, pauses), kinds)
        self.assertEqual({(stream["packets"], stream["lost"]) for stream in call["streams"]}, {(100, 0)})

    def test_inactive_and_silence(self):
        parts, call = self.record(lambda session: session.invite("inactive"), lambda session: session.invite("sendonly"), sends=False)
        self.check(parts, call)

    def test_inactive_but_it_goes_on_sending(self):
        parts, call = self.record(lambda session: session.invite("inactive"), lambda session: session.invite("sendonly"))
        self.check(parts, call)

    def test_null_address(self):
        parts, call = self.record(lambda session: session.invite(address="0.0.0.0"), lambda session: session.invite())
        self.check(parts, call)

    def live(self, session):
        """Its row of the live list; nothing when it is not there."""
        rows = self.person.api("GET", "/live").json["calls"]
        return next((row for row in rows if row["caller_number"] == session.caller[0]), None)

    def live_in(self, session, state):
        def found():
            row = self.live(session)
            return row if row and row["state"] == state else None
        return wait_for(found, 15, f"the row to be {state}: {self.live(session)}")

    def test_paused_and_resumed_by_rest(self):
        self.person = self.server.client("root")

        def act(name):
            def do(session):
                row = self.live_in(session, "recording" if name == "pause" else "paused")
                answer = self.person.api("POST", f"/live/{row['call_id']}/{name}", {"reason": "a card number"})
                self.assertEqual(answer.status, 204, answer)
                wanted = "inactive" if name == "pause" else "sendonly"
                wait_for(lambda: session.direction == wanted, 10, "the re-INVITE")
                row = self.live_in(session, "paused" if name == "pause" else "recording") if name == "pause" else None
                if row:
                    self.assertEqual((row["paused_by"], row["can_pause"]), ("operator", True))
                time.sleep(0.1)
            return do
        parts, call = self.record(act("pause"), act("resume"))
        self.check(parts, call, pauses=1)
        kinds = [entry["kind"] for entry in self.person.api("GET", "/audit?kind=recording.").json["entries"]]
        self.assertEqual(kinds[:2], ["recording.resumed", "recording.paused"])

    def test_paused_by_rest_though_the_client_refuses(self):
        self.person = self.server.client("root")

        def pause(session):
            session.refuses = 405
            row = self.live_in(session, "recording")
            self.assertEqual(self.person.api("POST", f"/live/{row['call_id']}/pause", {"reason": "x"}).status, 204)
            wait_for(lambda: [message.method for message in session.requests] == ["INVITE", "ACK"], 10, "the re-INVITE and its end")

        def resume(session):
            self.assertEqual(self.person.api("POST", f"/live/{self.live(session)['call_id']}/resume", {"reason": "x"}).status, 204)
            time.sleep(0.3)
        parts, call = self.record(pause, resume)
        self.check(parts, call, pauses=1)

    def persistent(self, client, *calls):
        """A session that brings several calls, each with two lines (RFC 7866 section 10), and its metadata for some of them."""
        labels = [str(number) for number in range(1, 2 * len(calls) + 1)]
        session = client.session(labels=labels)

        def metadata(*wanted):
            bodies = [siprec_client.metadata(session.session_id[:-2] + f"{place:02}", calls[place], labels[2 * place:2 * place + 2]) for place in wanted]
            inner = [re.search(r"</datamode>(.*)</recording>", body, re.DOTALL).group(1) for body in bodies]
            return re.sub(r"</datamode>.*</recording>", lambda _: "</datamode>" + "".join(inner) + "</recording>", bodies[0], flags=re.DOTALL)
        return session, metadata

    def running(self, number, state=None):
        def found():
            rows = [row for row in self.person.api("GET", "/live").json["calls"] if row["caller_number"] == number]
            return rows[0] if rows and state in (None, rows[0]["state"]) else None
        return wait_for(found, 15, f"{number} {state}")

    def test_one_call_of_a_session_is_paused_and_the_others_go_on(self):
        self.person = self.server.client("root")
        calls = [(("5100", "Ann"), ("5200", "Ben")), (("5300", "Cid"), ("5400", "Dan"))]
        with self.server.sip_client() as client:
            session, metadata = self.persistent(client, *calls)
            self.assertEqual(session.invite(metadata=metadata(0, 1)).status, 200)
            parts = [octets(f"{session.call_id}{i}", 1) for i in range(3)]
            session.send(*[parts[0]] * 4)
            row = self.running("5100", "recording")
            self.assertEqual(self.person.api("POST", f"/live/{row['call_id']}/pause", {"reason": "a card number"}).status, 204)
            session.send(*[parts[1]] * 4)
            self.assertEqual((self.running("5100", "paused")["paused_by"], self.running("5300", "recording")["paused_by"]), ("operator", None))
            self.assertEqual(self.person.api("POST", f"/live/{row['call_id']}/resume", {"reason": "done"}).status, 204)
            session.send(*[parts[2]] * 4)
            self.assertEqual([request.method for request in session.requests], [], "the client is told nothing")
            self.assertEqual(session.bye().status, 200)
            stored = {call["caller_number"]: call for call in self.stored_calls("5100", "5300")}
        self.check(parts, stored["5100"], pauses=1)
        self.check_sound(self.server, stored["5300"], b"".join(parts), b"".join(parts))

    def test_the_next_call_of_a_paused_session_is_recorded(self):
        self.person = self.server.client("root")
        calls = [(("5500", "Eve"), ("5600", "Fay")), (("5700", "Gus"), ("5800", "Hal"))]
        with self.server.sip_client() as client:
            session, metadata = self.persistent(client, *calls)
            self.assertEqual(session.invite(metadata=metadata(0)).status, 200)
            session.send(octets("a", 0.5), octets("b", 0.5))
            row = self.running("5500", "recording")
            self.assertEqual(self.person.api("POST", f"/live/{row['call_id']}/pause", {"reason": "a card number"}).status, 204)
            wait_for(lambda: session.direction == "inactive", 10, "the re-INVITE")
            self.assertEqual(session.ask("UPDATE", session.body(session.sdp(), metadata(1))).status, 200)
            wait_for(lambda: session.direction == "sendonly", 10, "the re-INVITE that resumes")
            said = octets("c", 1), octets("d", 1)
            session.send(None, None, *said)
            self.assertEqual(session.bye().status, 200)
            call, = self.stored_calls("5700")
        self.check_sound(self.server, call, *said)

    def stored_calls(self, *numbers):
        def found():
            calls = [call for call in json.loads(self.server.command("calls", "--json").stdout or "[]") if call["caller_number"] in numbers]
            at_rest = len(calls) == len(numbers) and all(call["ended"] and call["recording_state"] != "recording" for call in calls)
            return at_rest and [json.loads(self.server.command("show", call["call_id"], "--json").stdout) for call in calls]
        return wait_for(found, 60, f"the calls of {numbers}")

    def test_stopped_by_rest(self):
        self.person = self.server.client("root")
        with self.server.sip_client() as client:
            session = client.session(caller=("4777", "Stopped"))
            session.invite()
            session.send(octets("stop", 0.5), octets("stop", 0.5))
            row = self.live_in(session, "recording")
            self.assertEqual((row["source"], row["peer"], row["called_name"], [stream["label"] for stream in row["streams"]]),
                             ("siprec", "127.0.0.1", "Jon Barr", ["1", "2"]))
            self.assertEqual(self.person.api("POST", f"/live/{row['call_id']}/stop", {"reason": "asked for"}).status, 204)
            wait_for(lambda: [message.method for message in session.requests][-1:] == ["BYE"], 10, "a BYE")
            self.assertEqual(self.server.stored(session)["end_reason"], "recorder_stopped")
            wait_for(lambda: self.live(session) is None, 15, "the row to go")
            self.assertEqual(self.person.api("POST", f"/live/{row['call_id']}/pause", {"reason": "late"}).status, 404)

    def test_what_the_sources_page_shows(self):
        self.person = self.server.client("root")
        with self.server.sip_client() as client:
            self.assertEqual(client.options().status, 200)
            session = client.session()
            session.lines[0].label = session.lines[1].label  # a label that stands twice
            session.invite()
            client.send(client.request("INVITE", "no-session", 1, "<sip:a@x>;tag=1", "<sip:b@y>", content=("application/sdp", session.sdp())).replace(b";+sip.src", b""))
            siprec = wait_for(lambda: self.sources_with(refused=True), 10, "the peer")
            self.assertTrue(siprec["enabled"] and siprec["ready"])
            self.assertEqual([(address["uri"], address["error"]) for address in siprec["addresses"]],
                             [(f"sip:127.0.0.1:{self.server.sip_port};transport={transport}", "") for transport in ("udp", "tcp")])
            peer, = siprec["peers"]
            self.assertEqual((peer["name"], peer["configured"], peer["user_agent"], peer["transport"], peer["encrypted"]),
                             ("127.0.0.1", False, "Test SBC 1.0", "udp", False))
            self.assertTrue(peer["last_options_at"] and peer["last_session_at"])
            self.assertGreaterEqual(peer["sessions_now"], 1)
            self.assertIn("not a recording session", peer["errors"][0]["detail"])
            self.assertIn("signals without encryption", [finding["text"] for finding in peer["findings"]])
            session.bye()

    def sources_with(self, refused):
        siprec = self.person.api("GET", "/sources").json["siprec"]
        return siprec if siprec["peers"] and (siprec["peers"][0]["refused"] > 0) == refused else None


class PolicyTest(Recorded):
    """While recording is off, sessions are accepted and logged, and nothing of them is recorded."""

    def test_off_by_default_and_switched_on_during_a_call(self):
        server = SiprecServer(recording=None)
        with server, server.sip_client() as client:
            unrecorded, session = client.session(), client.session(caller=("4300", "Ann Low"))
            for each in (unrecorded, session):
                self.assertEqual(each.invite().status, 200)
                self.assertEqual([media["direction"] for media in each.answer], ["inactive"] * 2)
                each.send(octets("never", 0.5), octets("never", 0.5))
            self.assertEqual(unrecorded.bye().status, 200)
            call = server.stored(unrecorded)
            self.assertEqual((call["recording_state"], call["caller_number"], call["end_reason"]), ("not_recorded_by_policy", "4100", "bye"))
            self.assertEqual([recording["media_bytes"] for recording in call["recordings"]], [0])

            person = server.client("root")
            self.assertEqual(person.api("PUT", "/settings/recording", {"default": "all", "legal_ground": "for the test"}).status, 200)
            wait_for(lambda: session.direction == "sendonly" and session.requests, 10, "a re-INVITE for the media")
            time.sleep(0.3)
            caller, callee = octets("on", 1), octets("on, callee", 1)
            session.send(caller, callee)
            self.assertEqual(session.bye().status, 200)
            call = server.stored(session)
            self.assertNotEqual(call["recording_state"], "not_recorded_by_policy")
            self.check_sound(server, call, caller, callee)
            self.assertEqual({stream["packets"] for stream in call["streams"]}, {50})


class StrangersTest(Recorded):
    def test_packets_of_others_are_refused_and_counted(self):
        server = SiprecServer()
        with server, server.sip_client() as client:
            session = client.session()
            caller, callee = octets("ours", 2), octets("ours too", 2)
            self.assertEqual(session.invite().status, 200)
            stop, sent = threading.Event(), []
            # Another host: 127.0.0.2. It uses the speaker's own SSRC and sequence numbers, ten times as often.
            def spray():
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                    stranger.bind(("127.0.0.2", 0))
                    while not stop.is_set():
                        for line in session.lines:
                            packet = struct.pack(">BBHII", 0x80, 8, line.sequence & 0xffff, line.timestamp & 0xffffffff, line.ssrc) + b"\x00" * 160
                            stranger.sendto(packet, line.target)
                            sent.append(1)
                        time.sleep(0.002)
            spraying = threading.Thread(target=spray)
            spraying.start()
            session.send(caller, callee)
            stop.set()
            spraying.join()
            self.assertEqual(session.bye().status, 200)
            call = server.stored(session)
            self.check_sound(server, call, caller, callee)
            self.assertEqual({stream["packets"] for stream in call["streams"]}, {100})
            self.assertGreater(len(sent), 500)
            wait_for(lambda: server.metric("earwitness_media_refused_total", 'reason="foreign"') == len(sent), 10, "all of them counted")
            self.assertIn("Packets from a foreign source were refused", server.log.read_text())

    def test_only_peers_of_the_configuration_where_there_are_some(self):
        server = SiprecServer('[[sip.peer]]\nname = "sbc"\nnetworks = "127.0.0.1"\n')
        with server:
            with server.sip_client() as client:
                session = client.session()
                self.assertEqual(session.invite().status, 200)
                session.send(octets("x", 0.2), octets("y", 0.2))
                session.bye()
                self.assertEqual(server.stored(session)["source_detail"], "sbc")
            with server.sip_client(own="127.0.0.2") as stranger:
                self.assertEqual(stranger.session().invite().status, 403)
            refused = wait_for(lambda: self.refusals(server), 20, "an entry of the audit log")
            self.assertEqual((refused[0]["status"], refused[0]["count"]), ("403", "1"))
            self.assertTrue(refused[0]["source"].startswith("127.0.0.2:"))

    def refusals(self, server):
        page = server.client("root").api("GET", "/audit?kind=siprec.refused").json
        return [entry["details"] for entry in page["entries"] if entry["kind"] == "siprec.refused"]


class EncryptedTest(Recorded):
    """TLS for what is said, SRTP (SDES) for what is sent."""

    def test_tls_with_a_certificate_that_comes_later_and_srtp(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="earwitness-tls-"))
        self.addCleanup(shutil.rmtree, folder, True)
        port = server_support.free_port()
        server = SiprecServer(f'listen_tls = "127.0.0.1:{port}"\ntls_certificate = "{folder}/cert.pem"\ntls_key = "{folder}/key.pem"\n')
        with server:
            wait_for(lambda: "no certificate" in server.log.read_text(), 10, "the log")
            done = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", folder / "key.pem",
                                   "-out", folder / "cert.pem", "-days", "2", "-subj", "/CN=recorder", "-addext", "subjectAltName=IP:127.0.0.1"],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            server.process.send_signal(signal.SIGHUP)

            def connect():
                try:
                    return siprec_client.Client(("127.0.0.1", port), "tls", tls=siprec_client.trusting(folder / "cert.pem"))
                except OSError:
                    return None
            with wait_for(connect, 20, "TLS") as client:
                keys = [bytes(random.Random(i).randbytes(30)) for i in range(2)]
                session = client.session(crypto=[f"2 AES_CM_128_HMAC_SHA1_80 inline:{base64.b64encode(key).decode()}" for key in keys])
                self.assertEqual(session.invite().status, 200)
                for media in session.answer:
                    self.assertTrue(any(attribute.startswith("crypto:2 AES_CM_128_HMAC_SHA1_80 inline:") for attribute in media["attributes"]), media)
                for line, key in zip(session.lines, keys):
                    line.protect = srtp.Protector(key).protect
                caller, callee = octets("srtp", 0.5), octets("srtp, callee", 0.5)
                session.send(caller, callee)
                self.assertEqual(session.bye().status, 200)
                call = server.stored(session)
                self.check_sound(server, call, caller, callee)
                self.assertEqual([(stream["encrypted"], stream["opened"], stream["auth_failures"]) for stream in call["streams"]], [(True, True, 0)] * 2)
                self.assertEqual(call["legs"][0]["transport"], "tls")
            text = server.command("show", call["call_id"], "--json").stdout + server.log.read_text()
            for key in keys:
                self.assertNotIn(base64.b64encode(key).decode(), text)


def sample_parts(text):
    """(head, body) of the first message of a vendor's sample; the head is empty where the sample is a body alone."""
    if text.startswith("SOURCE"):
        text = text.split("\n---", 1)[1].split("\n", 1)[1]
    end = text.find("\n=====", 200)
    text = text[:end] if end >= 0 else text
    invite = re.search(r"^INVITE sip:", text, re.MULTILINE)
    if invite:
        head, _, body = text[invite.start():].partition("\n\n")
        return head, body
    return "", text[text.index("--"):] if "application/sdp" in text else text


class SamplesTest(Recorded):
    """What real devices send, with sound: the parties, and every packet, whatever is broken about their messages."""

    PACKETS = 25

    @classmethod
    def setUpClass(cls):
        cls.folder = support.SHARED / "siprec" / "samples"
        if not cls.folder.is_dir():
            raise unittest.SkipTest(f"{cls.folder} is not there")
        cls.expected = json.loads((support.ROOT / "tests" / "siprec" / "shared_samples.json").read_text())
        cls.server = SiprecServer()
        cls.server.start()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.server.__exit__()

    def test_every_sample(self):
        names = sorted(path.stem for path in self.folder.glob("*.txt"))
        self.assertEqual(names, sorted(self.expected))
        with self.server.sip_client() as client:
            sessions = {name: self.replay(client, name) for name in names}
            for name, session in sessions.items():
                with self.subTest(name):
                    self.check(session, self.call_of(session), self.expected[name]["calls"][0])

    def replay(self, client, name):
        head, body = sample_parts((self.folder / f"{name}.txt").read_text(errors="surrogateescape"))
        session = client.session(call_id=f"{name}@sample")
        session.close()
        session.lines = []
        raw = self.invite_of(client, session, head, body)
        message = siprec_client.Message(raw)
        session.from_, session.to, session.cseq = message["from"], message["to"], int(message["cseq"].split()[0])
        response = session.exchange(raw)
        self.assertEqual(response.status, 200, name)
        session.to = response["to"]
        late = not session.lines
        if late:  # the offer is in the 200, and our answer in the ACK
            session.lines = [siprec_client.Line(client, "") for _ in siprec_client.media_of(response.sdp)]
        session.take_answer(response)
        client.send(session.request("ACK", ("application/sdp", session.sdp()) if late else ("", b""), cseq=session.cseq))
        session.octets = [octets(f"{name} {i}", self.PACKETS / 50) for i in range(len(session.lines))]
        session.send(*session.octets)
        self.assertEqual(session.bye().status, 200, name)
        return session

    def invite_of(self, client, session, head, body):
        """The message with sipp's keywords filled in, its media from our sockets, and what its source left out put in."""
        for keyword, value in (("local_ip", client.own), ("remote_ip", client.own), ("auto_media_port+2", "31002"), ("auto_media_port", "31000"),
                               ("media_port", "31000"), ("local_port", str(client.port)), ("remote_port", str(self.server.sip_port)), ("transport", "UDP"),
                               ("pid", "1"), ("call_number", session.call_id.split("@", maxsplit=1)[0]), ("call_id", "x"), ("peer_tag_param", "")):
            head, body = head.replace(f"[{keyword}]", value), body.replace(f"[{keyword}]", value)
        two = "".join(f"m=audio {port} RTP/AVP 8\na=label:{label}\na=sendonly\n" for label, port in (("1", 31000), ("2", 31002)))
        plain = f"v=0\no=- 1 1 IN IP4 {client.own}\ns=-\nc=IN IP4 {client.own}\nt=0 0\n{two}"
        body = re.sub(r"\(rtpengine SDP.*", plain, body)
        if body.lstrip().startswith("<?xml"):  # metadata alone
            body = f"--b\nContent-Type: application/sdp\n\n{plain}\n--b\nContent-Type: application/rs-metadata+xml\n\n{body}\n--b--\n"
        body = re.sub(r"^m=(audio|video) (\d+) (\S+) ([\d ]+)", lambda found: self.own_line(client, session, found), body, flags=re.MULTILINE)
        body = re.sub(r"^c=IN IP4 (?!0\.0\.0\.0).*$", f"c=IN IP4 {client.own}", body, flags=re.MULTILINE)
        body = re.sub(r"^a=rtcp:.*\n", "", body, flags=re.MULTILINE)
        content = re.sub(r"\r?\n", "\r\n", body).encode("utf-8", "surrogateescape")
        if not head:
            boundary = body.lstrip().split("\n", 1)[0].strip()[2:]
            return session.request("INVITE", (f'multipart/mixed;boundary="{boundary}"', content.lstrip()), ("Require: siprec",))
        own = {"via": f"SIP/2.0/UDP {client.host}:{client.port};branch=z9hG4bK{uuid.uuid4().hex};rport", "call-id": session.call_id,
               "content-length": str(len(content))}
        lines = [line.rstrip("\r") for line in head.split("\n")]
        kept, seen = [], set()
        for line in lines:
            name = line.partition(":")[0].strip().lower()
            if name in own and name in seen:
                continue
            seen.add(name)
            kept.append(f"{line.partition(':')[0]}: {own[name]}" if name in own and not line.startswith("INVITE") else line)
        kept += [f"{name}: {own[name]}" for name in own if name not in seen]
        return "\r\n".join([*filter(None, kept), "", ""]).encode("utf-8", "surrogateescape") + content

    def own_line(self, client, session, found):
        formats = found.group(4).split()
        line = siprec_client.Line(client, "", payload_type=next((int(each) for each in formats if each in ("0", "8")), 8))
        session.lines.append(line)
        return f"m={found.group(1)} {line.port} {found.group(3)} {found.group(4)}"

    def call_of(self, session):
        def found():
            for call in json.loads(self.server.command("calls", "--json", "--limit", "200").stdout):
                if session.call_id in call["external_ids"].get("sip_call_id", []) and call["ended"]:
                    return json.loads(self.server.command("show", call["call_id"], "--json").stdout)
            return None
        return wait_for(found, 60, f"the call of {session.call_id}")

    def check(self, session, call, expected):
        self.assertEqual((call["source"], call["recording_state"], call["end_reason"]), ("siprec", "recorded", "bye"))
        self.assertEqual(call["caller_number"], expected.get("caller"))
        streams = {stream["ssrc"]: stream for stream in call["streams"]}
        for line in session.lines:
            stream = streams[f"{line.ssrc:08x}"]  # beside those of other samples that name the same communication session
            self.assertEqual((stream["packets"], stream["lost"]), (self.PACKETS, 0), "every packet from the first on")
        known = {label: participant for label, participant, _ in (each.split(" ") for each in expected["streams"]) if label}
        for stream in streams.values():
            if stream["label"] in known:
                self.assertEqual(stream["participant"], known[stream["label"]], stream["label"])
        said = {event["detail"].split(":", 1)[0] for event in call["events"] if event["kind"] == "finding"}
        self.assertTrue(said or not expected["findings"], f"what is wrong is said: {expected['findings']}")
        self.assertLessEqual(said, set(expected["findings"]))
        self.check_octets(call, session)

    def check_octets(self, call, session):
        """Where one speaker has one channel: sample by sample."""
        if not {stream["participant"] for stream in call["streams"]} <= {"caller", "callee"}:
            return  # a third channel, for the mixed one
        by_ssrc = {f"{line.ssrc:08x}": (line, sent) for line, sent in zip(session.lines, session.octets)}
        channels = self.server.sound(call).channels
        for place, participant in enumerate(("caller", "callee")):
            own = [stream for stream in call["streams"] if stream["participant"] == participant]
            if len(own) != 1 or own[0]["codec"] not in ("PCMA", "PCMU"):
                continue
            _, sent = by_ssrc[own[0]["ssrc"]]
            expected = [support.G711[own[0]["payload_type"]][octet] for octet in sent]
            start = self.first_sample(channels[place], expected)
            self.assertEqual(list(channels[place][start:start + len(expected)]), expected)


class CrashTest(Recorded):
    """kill -9 of the recorder while calls go on."""

    KILLS, CALLS = 5, 6

    def test_kill_9(self):
        server = SiprecServer()
        with server, server.sip_client() as client:
            for kill in range(self.KILLS):
                with self.subTest(kill):
                    self.kill_once(server, client)
            done = server.command("verify")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def recorder(self, server):
        return int(re.findall(r"name=recorder pid=(\d+)", server.log.read_text())[-1])

    def kill_once(self, server, client):
        sessions = [client.session(caller=(str(5_000 + i), f"Caller {i}")) for i in range(self.CALLS)]
        sound = {session: [octets(session.call_id + str(i), 3) for i in range(2)] for session in sessions}
        for session in sessions:
            self.assertEqual(session.invite().status, 200)
        senders = [threading.Thread(target=session.send, args=sound[session]) for session in sessions]
        for sender in senders:
            sender.start()
        self.let_run(1)
        sent = {session: session.lines[0].sent for session in sessions}
        self.let_run(1)
        os.kill(self.recorder(server), signal.SIGKILL)
        for sender in senders:
            sender.join()
        server.wait_until_ready()
        lost, joined = sessions[0], sessions[1:]
        self.assertEqual([session.bye().status for session in sessions], [481] * self.CALLS, "dialogs that are lost")
        after = {}
        for session in joined:
            again = client.session(session_id=session.session_id)
            again.metadata = session.metadata
            self.assertEqual(again.invite().status, 200)
            after[session] = (again, [octets(again.call_id + str(i), 0.5) for i in range(2)])
            again.send(*after[session][1])
        for again, _ in after.values():
            self.assertEqual(again.bye().status, 200)
        call = server.stored(lost)
        self.assertEqual(call["end_reason"], "recorder_stopped")
        self.check_tail(server, call, sound[lost], sent[lost])
        for session, (again, heard) in after.items():
            call = wait_for(lambda: self.joined(server, session), 60, "both recordings in one call")
            self.assertEqual(call["end_reason"], "bye")
            self.assertEqual([event["kind"] for event in call["events"]].count("gap"), 1)
            self.assertEqual(sorted({leg["sip_call_id"] for leg in call["legs"]}), sorted([session.call_id, again.call_id]))
            first, second = call["recordings"]
            self.check_tail(server, call, sound[session], sent[session], first["recording_id"])
            path = server.folder / "after.wav"
            self.assertEqual(server.command("export", call["call_id"], "--recording", second["recording_id"], "--format", "wav", "-o", str(path)).returncode, 0)
            for channel, octets_sent in zip(support.read_wav(path).channels, heard):
                start = self.first_sample(channel, pcm(octets_sent))
                self.assertEqual(list(channel[start:start + len(octets_sent)]), pcm(octets_sent))

    def let_run(self, seconds, step=0.05):
        """In steps: where the whole machine stands still for a while, only one of them passes without the recorder."""
        for _ in range(round(seconds / step)):
            time.sleep(step)

    def joined(self, server, session):
        calls = json.loads(server.command("calls", "--json", "--external-id", session.session_id).stdout)
        self.assertEqual(len(calls), 1, "one communication session is one call")
        call = json.loads(server.command("show", calls[0]["call_id"], "--json").stdout)
        # What a dead recorder left comes home log parts first: there is sound when the streams have packets.
        whole = [recording for recording in call["recordings"] if [bool(stream["packets"]) for stream in recording["streams"]] == [True, True]]
        return call if len(call["recordings"]) == len(whole) == 2 and call["ended"] else None

    def check_tail(self, server, call, sent_octets, packets, recording=None):
        """What was sent a second or more before the kill, so many packets, is there, and all that is there is right."""
        self.assertGreater(packets, 0, "nothing was sent in the first second")
        path = server.folder / "tail.wav"
        which = ("--recording", recording) if recording else ()
        done = server.command("export", call["call_id"], *which, "--format", "wav", "-o", str(path))
        self.assertEqual(done.returncode, 0, done.stderr)
        for channel, octets_sent in zip(support.read_wav(path).channels, sent_octets):
            expected = pcm(octets_sent)
            start = self.first_sample(channel, expected)
            heard = list(channel[start:])
            while heard and heard[-1] == 0:
                heard.pop()
            self.assertGreaterEqual(len(heard), packets * siprec_client.OCTETS)
            self.assertEqual(heard, expected[:len(heard)])


if __name__ == "__main__":
    unittest.main()
