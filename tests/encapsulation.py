"""What networks put around packets: captures of Ethernet wrapped into tunnels, for tests. Frames go in whole, Ethernet header first."""
import ipaddress
import struct

ROUTERS = (ipaddress.ip_address("10.99.0.1").packed, ipaddress.ip_address("10.99.0.2").packed)


def checksum(header):
    total = sum(struct.unpack(f">{len(header) // 2}H", header))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ethernet(kind, payload):
    return bytes.fromhex("020000000002020000000001") + struct.pack(">H", kind) + payload


def ipv4(protocol, payload, identification=0, flags=0):
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), identification, flags, 64, protocol, 0, *ROUTERS)
    return header[:10] + struct.pack(">H", checksum(header)) + header[12:] + payload


def udp(port, payload):
    return ipv4(17, struct.pack(">HHHH", 40_000, port, 8 + len(payload), 0) + payload)


def kind_of(frame):
    return struct.unpack_from(">H", frame, 12)[0]


def network(frame):
    """(ethertype, packet), behind VLAN tags."""
    at = 12
    while struct.unpack_from(">H", frame, at)[0] in (0x8100, 0x88A8):
        at += 4
    return struct.unpack_from(">H", frame, at)[0], frame[at + 2:]


def gre(kind, payload, flags=0, fields=b""):
    return ethernet(0x0800, ipv4(47, struct.pack(">HH", flags, kind) + fields + payload))


def ppp(frame):
    kind, packet = network(frame)
    return struct.pack(">H", {0x0800: 0x21, 0x86DD: 0x57}[kind]) + packet


def mpls(frame, labels=(100, 200)):
    stack = b"".join(struct.pack(">I", label << 12 | (number == len(labels)) << 8 | 64) for number, label in enumerate(labels, 1))
    return stack + network(frame)[1]


def gtp(frame):
    packet = network(frame)[1]
    return ethernet(0x0800, udp(2152, struct.pack(">BBHIHBB", 0x32, 0xFF, len(packet) + 4, 7, 1, 0, 0) + packet))


WRAPPERS = {
    "vlan": lambda frame: frame[:12] + struct.pack(">HH", 0x8100, 0x2007) + frame[12:],
    "qinq": lambda frame: frame[:12] + struct.pack(">HHHH", 0x88A8, 0x0064, 0x8100, 0x2007) + frame[12:],
    "mpls": lambda frame: ethernet(0x8847, mpls(frame)),
    "pseudowire": lambda frame: ethernet(0x8847, struct.pack(">II", 100 << 12 | 0x140, 0) + frame),
    "pppoe": lambda frame: ethernet(0x8864, struct.pack(">BBHH", 0x11, 0, 9, len(ppp(frame))) + ppp(frame)),
    "gre": lambda frame: gre(*network(frame)),
    "gre-keyed": lambda frame: gre(*network(frame), flags=0x3000, fields=struct.pack(">II", 7, 1)),
    "gre-ethernet": lambda frame: gre(0x6558, frame),
    "pptp": lambda frame: gre(0x880B, ppp(frame), flags=0x3081, fields=struct.pack(">HHII", len(ppp(frame)), 9, 1, 1)),
    "ipip": lambda frame: ethernet(0x0800, ipv4(4 if network(frame)[0] == 0x0800 else 41, network(frame)[1])),
    "erspan1": lambda frame: gre(0x88BE, frame),
    "erspan2": lambda frame: gre(0x88BE, frame, flags=0x1000, fields=struct.pack(">III", 1, 0x10070001, 0)),
    "erspan3": lambda frame: gre(0x22EB, frame, flags=0x1000, fields=struct.pack(">IIIIQ", 1, 0x20070001, 5, 1, 0)),
    "vxlan": lambda frame: ethernet(0x0800, udp(4789, bytes.fromhex("0800000000000700") + frame)),
    "geneve": lambda frame: ethernet(0x0800, udp(6081, bytes.fromhex("0100655800000700") + b"opts" + frame)),
    "gtp": gtp,
    "tzsp": lambda frame: ethernet(0x0800, udp(37008, bytes.fromhex("01000001") + bytes.fromhex("0a01cc01") + frame)),
}


def wrap(frame, names):
    """`names` from the outside inwards: "vxlan,gre,mpls"."""
    for name in reversed(names.split(",")):
        frame = WRAPPERS[name](frame)
    return frame


def fragments(frame, size=1480):
    """The frame, or its IPv4 packet in fragments of at most `size` bytes of payload."""
    packet = frame[14:]
    payload = packet[20:]
    if len(payload) <= size:
        return [frame]
    identification = checksum(payload[:200])
    pieces = range(0, len(payload), size)
    return [ethernet(0x0800, ipv4(packet[9], payload[at:at + size], identification, (at + size < len(payload)) << 13 | at // 8)) for at in pieces]


def wrapped_capture(source, target, names, in_fragments=False):
    """A classic pcap file of Ethernet with each of its packets wrapped."""
    content = source.read_bytes()
    out, at = bytearray(content[:24]), 24
    while at < len(content):
        seconds, fraction, kept, whole = struct.unpack_from("<IIII", content, at)
        assert kept == whole
        frame = wrap(content[at + 16:at + 16 + kept], names)
        for piece in fragments(frame) if in_fragments else [frame]:
            out += struct.pack("<IIII", seconds, fraction, len(piece), len(piece)) + piece
        at += 16 + kept
    target.write_bytes(out)
