"""`earwitness serve` as a SIPREC recording server: what a client sends is recorded octet by octet, and nothing else is."""
import json
import random
import re
import time
import unittest

import server_support
import siprec_client
import support

LINGER_SECONDS = 5  # after its end a call waits for late packets, then it is stored


def octets(seed, seconds):
    """Sound that no other call has."""
    return random.Random(seed).randbytes(int(seconds * 8_000))


def wait_for(condition, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s for {what}")


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
            self.add_user("root", "administrator", "listener")
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
    table = support.alaw_table()
    return [table[octet] for octet in octets_sent]


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
        self.fail("the sound that was sent is not in the recording")
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


if __name__ == "__main__":
    unittest.main()
