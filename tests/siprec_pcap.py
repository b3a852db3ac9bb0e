"""Captures of recording sessions (SIPREC) that we make up: what two recorders got of one call, transfers, groups."""
import random
import struct

START = 1_772_442_000_000_000  # microseconds
CLIENT = "192.0.2.10"
PARTIES = {"anna": ("4100", "Anna Anderson"), "boris": ("+442071838750", "Boris Brown"), "clara": ("4300", "Clara Clark")}


def session_id(name):
    return f"{name}-0123456789abcdef=="


def metadata(name, parties=("anna", "boris"), group=None):
    """A complete snapshot of one communication session, whose parties send the labels 1 and 2."""
    own, refs = session_id(name), f"<group-ref>{group}</group-ref>" if group else ""
    lines = [f'<group group_id="{group}"/>'] if group else []
    lines.append(f'<session session_id="{own}">{refs}</session>')
    for label, party in enumerate(parties, 1):
        number, display = PARTIES[party]
        lines += [f'<participant participant_id="id-of-{party}"><nameID aor="sip:{number}@pbx.example"><name>{display}</name></nameID></participant>',
                  f'<stream stream_id="{name}-{label}" session_id="{own}"><label>{label}</label></stream>',
                  f'<participantsessionassoc participant_id="id-of-{party}" session_id="{own}"/>',
                  f'<participantstreamassoc participant_id="id-of-{party}"><send>{name}-{label}</send></participantstreamassoc>']
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<recording xmlns="urn:ietf:params:xml:ns:recording:1"><datamode>complete</datamode>'
            + "".join(lines) + "</recording>")


class RecordingSession:
    """What one recorder gets of one client, as (microseconds, source, destination, UDP payload)."""

    def __init__(self, call_id="session-1", recorder="192.0.2.20", port=20000, ssrc=0x1000, sequence=0, start=0):
        self.call_id, self.recorder, self.port, self.ssrc, self.sequence = call_id, recorder, port, ssrc, sequence
        self.now, self.cseq, self.packets = start, 0, []

    def _say(self, text, headers="", body=b"", from_client=True, tag=";tag=srs", method=None):
        method = method or text.split()[0]
        head = (f"{text}\r\nVia: SIP/2.0/UDP {CLIENT};branch=z9hG4bK{self.call_id}{method}{self.cseq}\r\nFrom: <sip:src@{CLIENT}>;tag=src\r\n"
                f"To: <sip:srs@{self.recorder}>{tag}\r\nCall-ID: {self.call_id}@{CLIENT}\r\nCSeq: {self.cseq} {method}\r\n{headers}"
                f"Content-Length: {len(body)}\r\n\r\n")
        ends = ((CLIENT, 5060), (self.recorder, 5060))
        self.packets.append((self.now, *(ends if from_client else ends[::-1]), head.encode() + body))
        self.now += 2_000

    def _sdp(self, address, port, direction):
        return (f"v=0\r\no=- 1 {self.cseq} IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n" + "".join(
            f"m=audio {port + 2 * line} RTP/AVP 8\r\na=label:{line + 1}\r\na={direction}\r\n" for line in (0, 1)))

    def invite(self, document):
        """The first, or one with other metadata, with its 200 and ACK."""
        tag, self.cseq = ";tag=srs" if self.cseq else "", self.cseq + 1
        body = (f"--b\r\nContent-Type: application/sdp\r\n\r\n{self._sdp(CLIENT, self.port, 'sendonly')}\r\n"
                f"--b\r\nContent-Type: application/rs-metadata+xml\r\nContent-Disposition: recording-session\r\n\r\n{document}\r\n--b--\r\n")
        self._say(f"INVITE sip:srs@{self.recorder} SIP/2.0", f"Require: siprec\r\nContact: <sip:{CLIENT}>;+sip.src\r\nContent-Type: multipart/mixed;boundary=b\r\n",
                  body.encode(), tag=tag)
        self._say("SIP/2.0 200 OK", f"Contact: <sip:{self.recorder}>;+sip.srs\r\nContent-Type: application/sdp\r\n",
                  self._sdp(self.recorder, self.port + 20000, "recvonly").encode(), from_client=False, method="INVITE")
        self._say(f"ACK sip:{self.recorder} SIP/2.0")
        return self

    def talk(self, packets=100, lost=(), seed=7):
        """Both parties at once; the sound is that of the seed, wherever it is sent to."""
        sound = random.Random(seed)
        for i in range(packets):
            for line in (0, 1):
                payload = sound.randbytes(160)
                if (line, i) not in lost:
                    head = struct.pack(">BBHII", 0x80, 8, (self.sequence + i) & 0xffff, 160 * i, self.ssrc + line)
                    self.packets.append((self.now, (CLIENT, self.port + 2 * line), (self.recorder, self.port + 20000 + 2 * line), head + payload))
            self.now += 20_000
        self.sequence += packets
        return self

    def bye(self):
        self.cseq += 1
        self._say(f"BYE sip:{self.recorder} SIP/2.0")
        self._say("SIP/2.0 200 OK", from_client=False, method="BYE")
        return self


def frame(source, destination, payload):
    def address(text):
        return bytes(int(part) for part in text.split("."))
    udp = struct.pack(">HHHH", source[1], destination[1], 8 + len(payload), 0) + payload
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0x4000, 64, 17, 0) + address(source[0]) + address(destination[0])
    total = sum(struct.unpack(">10H", head))
    total = (total & 0xffff) + (total >> 16)
    checksum = ~((total & 0xffff) + (total >> 16)) & 0xffff
    return b"\x02" * 12 + b"\x08\x00" + head[:10] + struct.pack(">H", checksum) + head[12:] + udp


def write(path, *sessions, later=0):
    """All of them as one capture file, seen `later` microseconds later."""
    packets = sorted((packet for session in sessions for packet in session.packets), key=lambda packet: packet[0])
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for at, source, destination, payload in packets:
            raw, at = frame(source, destination, payload), START + at + later
            file.write(struct.pack("<IIII", at // 1_000_000, at % 1_000_000, len(raw), len(raw)) + raw)
    return path
