"""HEP version 3 as an agent sends it, for tests, by another hand than the recorder's."""
import socket
import struct
import time

SIP, RTCP, LOG = 1, 5, 100


def chunk(kind, value):
    return struct.pack(">HHH", 0, kind, 6 + len(value)) + value


def packet(payload, source, destination, kind=SIP, protocol=17, agent=2001, key="", call_id="", at=None):
    """`source`, `destination`: (IPv4 address, port)."""
    seconds, fraction = divmod(time.time() if at is None else at, 1)
    chunks = [chunk(1, b"\x02"), chunk(2, bytes([protocol])), chunk(3, socket.inet_aton(source[0])), chunk(4, socket.inet_aton(destination[0])),
              chunk(7, struct.pack(">H", source[1])), chunk(8, struct.pack(">H", destination[1])), chunk(9, struct.pack(">I", int(seconds))),
              chunk(10, struct.pack(">I", int(fraction * 1e6))), chunk(11, bytes([kind])), chunk(12, struct.pack(">I", agent))]
    if key:
        chunks.append(chunk(14, key.encode()))
    if call_id:
        chunks.append(chunk(17, call_id.encode()))
    content = b"".join(chunks) + chunk(15, payload)
    return b"HEP3" + struct.pack(">H", 6 + len(content)) + content


def sip_of(frame):
    """(payload, source, destination) of an Ethernet frame that holds SIP over UDP and IPv4; else nothing."""
    if frame[12:14] != b"\x08\x00" or frame[23] != 17:
        return None
    ip = frame[14:]
    udp = ip[(ip[0] & 15) * 4:]
    payload = udp[8:struct.unpack_from(">H", udp, 4)[0]]
    first = payload.split(b"\r\n", 1)[0]
    if not (first.startswith(b"SIP/2.0 ") or first.endswith(b" SIP/2.0")):
        return None
    source, destination = struct.unpack_from(">HH", udp)
    return payload, (socket.inet_ntoa(ip[12:16]), source), (socket.inet_ntoa(ip[16:20]), destination)


class Agent:
    """Sends to one address, over UDP or TCP."""

    def __init__(self, port, transport="udp", **how):
        self.how = how
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM)
        self.socket.connect(("127.0.0.1", port))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, payload, source, destination, **more):
        self.socket.send(packet(payload, source, destination, **{**self.how, **more}))
