"""What networks put around packets changes nothing of the calls inside: captures wrapped into each tunnel, and real ones beside tshark."""
import functools
import hashlib
import json
import pathlib
import tempfile
import unittest

import encapsulation
import support

NESTED = ("vxlan,gre", "qinq,pseudowire,vlan", "erspan2,vlan,ipip", "gtp,gre-ethernet,pppoe", "vxlan,gre,mpls,ipip,geneve")
ALIKE = {"call_id", "interaction_id", "recording_id", "captures", "source_detail", "witness"}  # are made from the capture's name and bytes


def alike(value):
    """What must be the same of two imports of different captures of the same packets."""
    if isinstance(value, dict):
        return {name: alike(each) for name, each in value.items() if name not in ALIKE}
    return [alike(each) for each in value] if isinstance(value, list) else value


def calls_of(capture):
    with support.Node() as node:
        counts = json.loads(node.do("import", "--json", str(capture)))
        calls = [node.show(each["call_id"]) for each in node.calls()]
        sounds = [hashlib.sha256(node.export(call["call_id"], "wav").out).hexdigest() for call in calls if call["streams"]]
    return counts, alike(calls), sounds


@functools.cache
def bare_calls_of(name):
    return calls_of(support.CAPTURES / f"{name}.pcap")


class Tunnels(unittest.TestCase):
    def compare(self, name, wrapped, **how):
        bare = support.CAPTURES / f"{name}.pcap"
        counts, calls, sounds = bare_calls_of(name)
        self.assertTrue(calls)
        for tunnel in wrapped:
            with self.subTest(capture=name, tunnel=tunnel, **how):
                with tempfile.TemporaryDirectory() as folder:
                    path = pathlib.Path(folder) / f"{name}.pcap"
                    encapsulation.wrapped_capture(bare, path, tunnel, **how)
                    inside, inside_calls, inside_sounds = calls_of(path)
                self.assertEqual((inside["sip_messages"], inside["rtp_packets"], inside["malformed"]),
                                 (counts["sip_messages"], counts["rtp_packets"], counts["malformed"]))
                self.assertEqual(inside_calls, calls)
                self.assertEqual(inside_sounds, sounds)

    def test_each_tunnel_gives_the_calls_inside(self):
        self.compare("hold", encapsulation.WRAPPERS)

    def test_nested_tunnels(self):
        self.compare("srtp", NESTED)
        self.compare("fragments", ("vxlan", "gre-ethernet", "erspan2"))
        self.compare("tcp", ("vxlan", "pppoe", "gtp"))

    def test_tunnels_in_fragments(self):
        """A frame of full size does not fit into a tunnel's packet: the tunnel is fragmented, with a fragment inside."""
        self.compare("fragments", ("vxlan", "erspan3", "ipip"), in_fragments=True)

    def test_a_packet_seen_bare_and_in_a_tunnel_is_stored_once(self):
        """Two mirror ports, one of which sees what the other one's network makes of it."""
        bare = support.CAPTURES / "hold.pcap"
        counts, _, _ = bare_calls_of("hold")
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "both.pcap"
            encapsulation.wrapped_capture(bare, path, "vxlan")
            path.write_bytes(merged(bare.read_bytes(), path.read_bytes()))
            both, calls, _ = calls_of(path)
        self.assertEqual(both["rtp_packets"], 2 * counts["rtp_packets"])
        self.assertEqual(both["rtp_stored"], counts["rtp_stored"])
        self.assertEqual(len(calls), 1)
        self.assertEqual(sum(stream["lost"] for stream in calls[0]["streams"]), 0)


def merged(first, second):
    """Two classic pcap files with as many packets each, packet by packet."""
    out, at = bytearray(first[:24]), [24, 24]
    while at[0] < len(first):
        for number, content in enumerate((first, second)):
            end = at[number] + 16 + int.from_bytes(content[at[number] + 8:at[number] + 12], "little")
            out += content[at[number]:end]
            at[number] = end
    return bytes(out)


ENCAPSULATED = support.SHARED / "corpus" / "encap"


@support.needs_shared
class RealCaptures(unittest.TestCase):
    """Of each frame: whether there is UDP, TCP or a fragment at the bottom, as tshark sees it."""

    def test_each_inner_transport_is_found(self):
        for path in sorted(ENCAPSULATED.iterdir()):
            with self.subTest(path.name):
                stacks = [fields[0].split(":") for fields in support.tshark_fields(path, "", "frame.protocols")]
                theirs = sum(is_taken(stack) for stack in stacks)
                with support.Node() as node:
                    counts = json.loads(node.do("import", "--json", str(path)))
                ours = counts["packets"] - counts["ignored"] - counts["malformed"]
                self.assertEqual(ours, theirs, counts)


def is_taken(stack):
    last = max((at for at, name in enumerate(stack) if name in ("ip", "ipv6")), default=len(stack))
    inside = stack[last + 1:]
    return "eth" not in inside and (bool({"udp", "tcp"} & set(inside)) or inside == ["data"])


if __name__ == "__main__":
    unittest.main()
