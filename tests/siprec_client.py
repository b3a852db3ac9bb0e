"""A small SIPREC client (RFC 7866): it sends copies of calls that we make up to a recording server, over UDP, TCP or TLS, and answers what the server asks.

    with Client(("127.0.0.1", 5060)) as client:
        session = client.session()
        session.invite()
        session.send(0, octets) ...
        session.bye()

Every octet of sound is ours, so that what was recorded can be compared sample by sample."""
import queue
import random
import re
import socket
import ssl
import struct
import threading
import time
import uuid

PTIME = 0.02
OCTETS = 160  # of G.711 in one packet


class Message:
    def __init__(self, raw):
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode("utf-8", "replace").split("\r\n")
        self.start, self.raw, self.headers = lines[0], raw, []
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers.append((name.strip().lower(), value.strip()))
        self.is_response = self.start.startswith("SIP/2.0")
        self.status = int(self.start.split(" ")[1]) if self.is_response else 0
        self.method = self["cseq"].split()[1] if self.is_response else self.start.split(" ")[0]

    def __getitem__(self, name):
        return next((value for key, value in self.headers if key == name), "")

    def all(self, name):
        return [value for key, value in self.headers if key == name]

    @property
    def sdp(self):
        return self.body.decode() if self["content-type"].startswith("application/sdp") else ""


def media_of(sdp):
    """Of each m-line: address, port, direction and the other attributes, as an SDP has them."""
    lines, address, media = sdp.replace("\r\n", "\n").split("\n"), "", []
    for line in lines:
        if line.startswith("c="):
            found = line.split()[2]
            if media:
                media[-1]["address"] = found
            else:
                address = found
        elif line.startswith("m="):
            _, port, *_ = line.split()
            media.append({"address": address, "port": int(port), "direction": "sendrecv", "attributes": [], "line": line})
        elif line.startswith("a=") and media:
            if line[2:] in ("sendrecv", "sendonly", "recvonly", "inactive"):
                media[-1]["direction"] = line[2:]
            media[-1]["attributes"].append(line[2:])
    return media


class Client:
    """One device that records: a connection to the server, and its sessions."""

    def __init__(self, server, transport="udp", own="127.0.0.1", tls=None, patience=15.0):
        self.server, self.transport, self.own, self.patience = server, transport, own, patience
        self.family = socket.AF_INET6 if ":" in own else socket.AF_INET
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        plain = socket.socket(self.family, kind)
        plain.bind((own, 0))
        if transport != "udp":
            plain.settimeout(patience)
            plain.connect(server)
        self.socket = tls.wrap_socket(plain, server_hostname=server[0]) if transport == "tls" else plain
        self.socket.settimeout(0.2)
        self.port = plain.getsockname()[1] if transport == "udp" else self.socket.getsockname()[1]
        self.sessions, self.responses, self.lock = {}, queue.Queue(), threading.Lock()
        self.stray = []  # requests of no session
        self.answers_requests = True
        self.closed = False
        self.thread = threading.Thread(target=self._receive, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.closed = True
        self.thread.join()
        for session in self.sessions.values():
            session.close()
        self.socket.close()

    @property
    def host(self):
        return f"[{self.own}]" if ":" in self.own else self.own

    def session(self, *arguments, **more):
        session = Session(self, *arguments, **more)
        self.sessions[session.call_id] = session
        return session

    def send(self, raw):
        with self.lock:
            if self.transport == "udp":
                self.socket.sendto(raw, self.server)
            else:
                self.socket.sendall(raw)

    def _receive(self):
        buffer = b""
        while not self.closed:
            try:
                got = self.socket.recv(65_536)
            except (TimeoutError, socket.timeout, ssl.SSLWantReadError):
                continue
            except OSError:  # the server's port is closed just now, or the connection
                if self.transport != "udp":
                    return
                time.sleep(0.01)
                continue
            if self.transport == "udp":
                self._take(got)
                continue
            if not got:
                return
            buffer += got
            while b"\r\n\r\n" in buffer:
                buffer = buffer.lstrip(b"\r\n")
                head, separator, rest = buffer.partition(b"\r\n\r\n")
                found = re.search(rb"\r\nContent-Length:\s*(\d+)", head, re.IGNORECASE)
                length = int(found.group(1)) if found else 0
                if not separator or len(rest) < length:
                    break
                self._take(head + separator + rest[:length])
                buffer = rest[length:]

    def _take(self, raw):
        if not raw.strip():
            return
        message = Message(raw)
        session = self.sessions.get(message["call-id"])
        if message.is_response:
            (session.responses if session else self.responses).put(message)
        elif session:
            session.on_request(message)
        else:
            self.stray.append(message)

    def options(self):
        """An OPTIONS outside of any dialog; its response."""
        self.send(self.request("OPTIONS", f"options-{uuid.uuid4()}", 1, f"<sip:src@{self.host}>;tag=o", "<sip:srs@recorder>"))
        return self.responses.get(timeout=self.patience)

    def request(self, method, call_id, cseq, from_, to, headers=(), content=("", b""), branch=None):
        branch = branch or f"z9hG4bK{uuid.uuid4().hex}"
        lines = [f"{method} sip:srs@recorder SIP/2.0", f"Via: SIP/2.0/{self.transport.upper()} {self.host}:{self.port};branch={branch};rport",
                 "Max-Forwards: 70", f"From: {from_}", f"To: {to}", f"Call-ID: {call_id}", f"CSeq: {cseq} {method}",
                 f"Contact: <sip:src@{self.host}:{self.port};transport={self.transport}>;+sip.src", "User-Agent: Test SBC 1.0", *headers]
        kind, body = content
        if kind:
            lines.append(f"Content-Type: {kind}")
        lines += [f"Content-Length: {len(body)}", "", ""]
        return "\r\n".join(lines).encode() + body


class Line:
    """One m-line: where its packets go out, and what they carry."""

    def __init__(self, client, label, payload_type=8, ssrc=None):
        self.label, self.payload_type = label, payload_type
        self.ssrc = ssrc if ssrc is not None else random.getrandbits(32)
        self.sequence, self.timestamp = random.getrandbits(15), random.getrandbits(31)
        self.socket = socket.socket(client.family, socket.SOCK_DGRAM)
        self.socket.bind((client.own, 0))
        self.port = self.socket.getsockname()[1]
        self.target, self.sent, self.protect = None, 0, None

    def packet(self, octets):
        packet = struct.pack(">BBHII", 0x80, self.payload_type, self.sequence & 0xffff, self.timestamp & 0xffffffff, self.ssrc) + octets
        self.sequence += 1
        self.timestamp += len(octets)
        return self.protect(packet) if self.protect else packet

    def send(self, octets):
        self.socket.sendto(self.packet(octets), self.target)
        self.sent += 1

    def skip(self, packets, octets=OCTETS):
        """Time passes without packets, as for a client that is on hold."""
        self.timestamp += packets * octets


def metadata(session_id, parties, labels, extension=""):
    """A full snapshot: `parties` are (number, name); each sends the label of its place."""
    ids = [f"{uuid.uuid5(uuid.UUID(int=1), session_id + number)}" for number, _ in parties]
    text = ['<?xml version="1.0" encoding="UTF-8"?>', '<recording xmlns="urn:ietf:params:xml:ns:recording:1">', "<datamode>complete</datamode>",
            f'<session session_id="{session_id}">{extension}</session>']
    for id_, (number, name) in zip(ids, parties):
        text.append(f'<participant participant_id="{id_}"><nameID aor="sip:{number}@pbx.example"><name>{name}</name></nameID></participant>')
    streams = [f"stream-{label}-{session_id[:8]}" for label in labels]
    for stream, label in zip(streams, labels):
        text.append(f'<stream stream_id="{stream}" session_id="{session_id}"><label>{label}</label></stream>')
    for id_ in ids:
        text.append(f'<participantsessionassoc participant_id="{id_}" session_id="{session_id}"/>')
    for place, id_ in enumerate(ids):
        others = "".join(f"<recv>{stream}</recv>" for stream in streams[:place] + streams[place + 1:])
        text.append(f'<participantstreamassoc participant_id="{id_}"><send>{streams[place]}</send>{others}</participantstreamassoc>')
    return "\n".join(text + ["</recording>"])


class Session:
    """One recording session: a dialog with two m-lines, the caller's and the callee's."""

    def __init__(self, client, caller=("4100", "Emma Miller"), callee=("4200", "Jon Barr"), session_id=None, call_id=None, labels=("1", "2"), crypto=None):
        self.client, self.session_id, self.caller = client, session_id or str(uuid.uuid4()), caller
        self.call_id = call_id or f"{uuid.uuid4()}@{client.host}"
        self.from_, self.to = f"<sip:src@{client.host}>;tag={uuid.uuid4().hex[:10]}", "<sip:srs@recorder>"
        self.lines = [Line(client, label) for label in labels]
        self.metadata = metadata(self.session_id, (caller, callee), labels)
        self.cseq, self.version = 0, 0
        self.direction, self.address = "sendonly", client.own
        self.crypto = crypto  # a=crypto of each line, or nothing
        self.responses, self.requests = queue.Queue(), []
        self.refuses = None  # a status with which requests of the server are answered
        self.answer = None

    def close(self):
        for line in self.lines:
            line.socket.close()

    # What we say.

    def sdp(self, direction=None, address=None):
        self.version += 1
        own = address or self.client.own
        family = "IP6" if ":" in own else "IP4"
        text = [f"v=0\r\no=SRC 1 {self.version} IN {family} {self.client.own}\r\ns=-\r\nc=IN {family} {own}\r\nt=0 0\r\n"]
        for place, line in enumerate(self.lines):
            profile = "RTP/SAVP" if self.crypto else "RTP/AVP"
            text.append(f"m=audio {line.port} {profile} {line.payload_type}\r\na=rtpmap:{line.payload_type} PCMA/8000\r\na=label:{line.label}\r\n"
                        f"a={direction or self.direction}\r\n")
            if self.crypto:
                text.append(f"a=crypto:{self.crypto[place]}\r\n")
        return "".join(text).encode()

    def body(self, sdp, metadata=None):
        text = metadata if metadata is not None else self.metadata
        return ("multipart/mixed;boundary=unique", b"--unique\r\nContent-Type: application/sdp\r\n\r\n" + sdp + b"\r\n--unique\r\n"
                b"Content-Type: application/rs-metadata+xml\r\nContent-Disposition: recording-session\r\n\r\n" + text.encode() + b"\r\n--unique--\r\n")

    def request(self, method, content=("", b""), headers=(), cseq=None, branch=None):
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        return self.client.request(method, self.call_id, cseq, self.from_, self.to, headers, content, branch)

    def ask(self, method, content=("", b""), headers=(), patience=None):
        return self.exchange(self.request(method, content, headers), patience)

    def exchange(self, raw, patience=None):
        """The final response to a request; over UDP it is repeated until that comes (RFC 3261 timer A)."""
        cseq = Message(raw)["cseq"]
        method = cseq.split()[1]
        self.client.send(raw)
        wait, end = 0.5, time.monotonic() + (patience or self.client.patience)
        is_answered = False
        while time.monotonic() < end:
            try:
                response = self.responses.get(timeout=wait)
            except queue.Empty:
                if self.client.transport == "udp" and not is_answered:
                    self.client.send(raw)
                    wait = min(4.0, 2 * wait)
                continue
            if response["cseq"] != cseq:
                continue
            is_answered = True
            if response.status < 200:
                continue
            if method == "INVITE" and response.status >= 300:
                branch = re.search(r"branch=([^;]+)", Message(raw)["via"]).group(1)
                self.client.send(self.request("ACK", cseq=self.cseq, branch=branch))
            return response
        raise AssertionError(f"no answer to {cseq}")

    def invite(self, direction=None, address=None, headers=(), metadata=None, content=None, acknowledge=True):
        """INVITE or re-INVITE; the packets then go where the answer says."""
        sdp = self.sdp(direction, address)
        response = self.ask("INVITE", content or self.body(sdp, metadata), ("Require: siprec", *headers))
        if response.status != 200:
            return response
        self.to = response["to"]
        if acknowledge:
            self.client.send(self.request("ACK", cseq=self.cseq))
        self.take_answer(response)
        return response

    def take_answer(self, response):
        self.answer = media_of(response.sdp)
        for line, media in zip(self.lines, self.answer):
            if media["port"]:
                line.target = (media["address"], media["port"])

    def bye(self, patience=None):
        return self.ask("BYE", patience=patience)

    # What we are asked.

    def on_request(self, message):
        self.requests.append(message)
        if not self.client.answers_requests or message.method == "ACK":
            return
        status, content = self.refuses or 200, ("", b"")
        if message.method == "INVITE" and status == 200:
            wanted = media_of(message.sdp)
            self.direction = "inactive" if all(media["direction"] == "inactive" for media in wanted) else "sendonly"
            content = ("application/sdp", self.sdp())
            self.take_answer(message)
        lines = [f"SIP/2.0 {status} {'OK' if status == 200 else 'No'}", *(f"Via: {via}" for via in message.all("via")), f"From: {message['from']}",
                 f"To: {message['to']}", f"Call-ID: {message['call-id']}", f"CSeq: {message['cseq']}",
                 f"Contact: <sip:src@{self.client.host}:{self.client.port}>;+sip.src"]
        if content[0]:
            lines.append(f"Content-Type: {content[0]}")
        lines += [f"Content-Length: {len(content[1])}", "", ""]
        self.client.send("\r\n".join(lines).encode() + content[1])

    # What was said.

    def send(self, *octets_of_lines, pace=PTIME):
        """Sends each line's octets in packets of 20 ms, at the pace of a call; nothing for a line that is silent."""
        began = time.monotonic()
        longest = max(len(octets or b"") for octets in octets_of_lines)
        for place, at in enumerate(range(0, longest, OCTETS)):
            wait = began + place * pace - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            for line, octets in zip(self.lines, octets_of_lines):
                if octets and octets[at:at + OCTETS]:
                    line.send(octets[at:at + OCTETS])

    def skip(self, packets):
        for line in self.lines:
            line.skip(packets)


def trusting(certificate):
    """TLS that takes this certificate and no other."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(certificate)
    return context
