#!/usr/bin/env python3
"""What agents send by HEP becomes calls, together with the media that an interface shows.

Runs as root, in a network namespace of its own; skipped elsewhere. Run as root: EARWITNESS=build/release/earwitness python3 tests/test_hep.py
"""
import socket
import struct
import subprocess
import time
import unittest

import crash_support
import hep
import live_support
import support
import test_live
import test_serve

# SRTP with keys in its SDP among them.
TRUTHS = ("pcmu", "hold", "b2bua", "dtmf4733", "srtp")
NO_NETWORK = None


def setUpModule():
    global NO_NETWORK
    NO_NETWORK = live_support.own_network()
    live_support.skip_without_network(NO_NETWORK)


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class HepTest(test_live.LiveTest):
    def setUp(self):
        super().setUp()
        self.port = free_port()

    def server(self, settings=""):
        return test_live.LiveServer(self.data, settings=f'[hep]\nlisten = ["127.0.0.1:{self.port}"]\n{settings}')

    def replay(self, file, agent):
        """Signalling by the agent, everything else on the wire, at the pace of the capture."""
        began, sent = time.monotonic(), 0
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as near:
            near.bind((live_support.NEAR, 0))
            for moment, frame in live_support.packets_of(file):
                time.sleep(max(0, moment - (time.monotonic() - began)))
                message = hep.sip_of(frame)
                if message:
                    agent.send(*message)
                    sent += 1
                else:
                    near.send(frame)
        return sent


class Signalling(HepTest):
    def test_joins_media_of_the_wire(self):
        truths = {name: support.truth_of(name) for name in TRUTHS}
        with self.server() as server:
            sent = 0
            for number, (_, files) in enumerate(truths.values()):
                with hep.Agent(self.port, ("udp", "tcp")[number % 2]) as agent:
                    sent += sum(self.replay(file, agent) for file in files)
            self.wait_for_calls(server, sum(len(truth["calls"]) for truth, _ in truths.values()))
            self.assertEqual(self.metric(server, "sip"), sent)
            self.assertEqual(server.metric("earwitness_rtp_lost_total"), 0)
            self.assertEqual(server.stop(), 0)
        self.compare_all(truths)

    def metric(self, server, result):
        text = server.ask("GET", "/metrics")[2].decode()
        return next(float(line.split()[-1]) for line in text.splitlines() if line.startswith(f'earwitness_hep_packets_total{{result="{result}"}}'))

    def compare(self, ours, truth, files):
        self.assertEqual((ours["source"], ours["source_detail"]), ("hep", "hep 127.0.0.1 (2001)"))
        recording = self.compare_recording(ours, truth)
        self.assertEqual(recording["witness"], "live: hep 127.0.0.1 (2001)")
        if any("srtp" in file.name for file in files):
            self.assertTrue(all(stream["encrypted"] for stream in ours["streams"]))

    def test_alone_logs_the_call(self):
        _, (file, *_) = support.truth_of("pcmu")
        with self.server() as server, hep.Agent(self.port) as agent:
            for _, frame in live_support.packets_of(file):
                message = hep.sip_of(frame)
                if message:
                    agent.send(*message)
            self.wait_for_calls(server, 1)
            self.assertEqual(server.stop(), 0)
        call, = self.calls()
        self.assertEqual((call["tech_result"], call["streams"], call["source"]), ("answered", [], "hep"))


class Admission(HepTest):
    def invite(self):
        _, (file, *_) = support.truth_of("pcmu")
        return next(message for message in (hep.sip_of(frame) for _, frame in live_support.packets_of(file))
                    if message and message[0].startswith(b"INVITE"))

    def test_whose_key_is_wrong_makes_no_calls(self):
        with self.server('key = "secret"\n') as server:
            for transport in ("udp", "tcp"):
                for key in ("", "Secret", "secret"):
                    with hep.Agent(self.port, transport, key=key) as agent:
                        agent.send(*self.invite())
                        if transport == "tcp" and key != "secret":  # it is not heard any longer
                            agent.socket.settimeout(10)
                            self.assertEqual(agent.socket.recv(1), b"")
            test_serve.wait_for(lambda: server.metric("earwitness_sip_messages_total") == 2, 10, "the messages with the key")
            test_serve.wait_for(lambda: "key" in server.log_text(), 10, "a word about the others")
            self.assertEqual(server.metric("earwitness_calls_total"), 1)
            self.assertEqual(server.stop(), 0)

    def test_rubbish_is_counted_and_costs_nothing_else(self):
        with self.server() as server:
            whole = hep.packet(*self.invite())
            with hep.Agent(self.port) as agent:
                for size in range(0, len(whole), 7):
                    agent.socket.send(whole[:size])
                for place in range(0, len(whole), 5):
                    agent.socket.send(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1:])
                agent.socket.send(b"\xff" * 60_000)
                agent.socket.send(b"HEP3" + struct.pack(">H", 6))
                agent.socket.send(whole)
            test_serve.wait_for(lambda: server.metric("earwitness_calls_running") >= 1, 10, "the call of the good packet")
            self.assertEqual(server.stop(), 0)
        self.assertGreaterEqual(len(self.calls()), 1)

    def test_an_open_port_needs_an_address_or_a_key(self):
        with open(self.data.config, "a") as file:
            file.write('[hep]\nlisten = ["0.0.0.0:9060"]\n')
        done = subprocess.run([crash_support.EARWITNESS, "serve", "--config", self.data.config, "--data", self.data.data], capture_output=True, text=True,
                              check=False, timeout=60)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("hep.networks", done.stderr)


if __name__ == "__main__":
    unittest.main()
