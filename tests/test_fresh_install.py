#!/usr/bin/env python3
"""What a stranger finds at a server that was just installed: one port on this machine alone, no account, nothing of the setup left once it is
done, and errors that tell nothing (G03, G04, G22, G28).

Run: EARWITNESS=build/release/earwitness python3 tests/test_fresh_install.py
"""
import json
import os
import pathlib
import re
import socket
import struct
import unittest

from server_support import PASSWORD, Client, Server

OTHER_ID = "01900000-0000-7000-8000-000000000000"
TELLING = re.compile(rb"sqlite|SELECT |INSERT |syntax error|std::|\.cc:\d|/src/|Boost|Beast|OpenSSL|terminate called|Traceback|0\.\d+\.\d+", re.IGNORECASE)
LISTENING = "0A"


def processes(pid):
    yield pid
    for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield from processes(int(child))


def sockets_of(pids):
    """The inodes of all sockets that these processes hold. What they close while they are looked at (a directory, the client's connection) is none."""
    inodes = set()
    for pid in pids:
        for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir():
            try:
                found = re.fullmatch(r"socket:\[(\d+)\]", os.readlink(fd))
            except FileNotFoundError:
                continue
            if found:
                inodes.add(found.group(1))
    return inodes


def listening(pids):
    """{("tcp", "127.0.0.1", 8080), ("unix", path)}: where these processes can be reached."""
    inodes, found = sockets_of(pids), set()
    for protocol in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6"):
        for line in pathlib.Path(f"/proc/net/{protocol}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] not in inodes or (protocol.startswith("tcp") and fields[3] != LISTENING):
                continue
            address, port = fields[1].split(":")
            packed = bytes.fromhex(address)
            packed = b"".join(struct.pack(">I", word) for word in struct.unpack(f"<{len(packed) // 4}I", packed))
            found.add((protocol, socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed), int(port, 16)))
    for line in pathlib.Path("/proc/net/unix").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[6] in inodes and len(fields) > 7:
            found.add(("unix", os.path.basename(fields[7])))
    return found


class FreshInstall(unittest.TestCase):
    def setUp(self):
        self.server = Server().start()
        self.addCleanup(self.server.__exit__)
        self.stranger = self.server.client()
        self.contract = self.stranger.api("GET", "/openapi.json").json

    def operations(self):
        for path, methods in self.contract["paths"].items():
            for method, operation in methods.items():
                yield method.upper(), re.sub(r"\{token\}", "A" * 43, re.sub(r"\{\w+_id\}", OTHER_ID, path)), operation

    def test_it_listens_on_one_port_of_this_machine(self):
        self.assertEqual(listening(processes(self.server.process.pid)), {("tcp", "127.0.0.1", self.server.port), ("unix", "control.sock")})

    def test_nobody_is_let_in_and_there_is_nobody(self):
        self.assertEqual(json.loads(self.server.command("user", "list", "--json").stdout), [])
        protected = 0
        for method, path, operation in self.operations():
            if operation["x-permission"] in ("public", "setup"):
                continue
            protected += 1
            body = b"{}" if "requestBody" in operation else None
            headers = {"Content-Type": next(iter(operation["requestBody"]["content"]))} if body else {}
            self.assertEqual(self.stranger.api(method, path, body, headers=headers).status, 401, operation["operationId"])
        self.assertGreater(protected, 30)
        for name in ("admin", "root", "administrator", "earwitness", "sipcapture", "test", "user"):
            for password in ("", name, "admin", "password", "sipcapture", "changeme"):
                answer = Client(self.server.port).sign_in(name, password)
                self.assertIn(answer.status, (400, 401, 429), (name, password))

    def test_nothing_of_the_setup_survives_it(self):
        secret = self.server.setup_secret()
        account = {"name": "anna", "password": PASSWORD, "language": "en", "listens": False, "secret": secret}
        anna = self.server.client()
        self.assertEqual(anna.api("POST", "/setup/account", account).status, 201)
        self.assertEqual(anna.api("PUT", "/setup/recording", {"default": "none", "legal_ground": "none"}).status, 204)
        key = anna.api("POST", "/setup/recovery-key").json["recovery_key"]
        self.assertEqual(anna.api("POST", "/setup/recovery-key/saved", {"ending": key[-8:]}).status, 204)
        for name in ("anna", "eve"):
            for used in (secret, "A" * 22):
                again = Client(self.server.port).api("POST", "/setup/account", {**account, "name": name, "secret": used})
                self.assertEqual(again.status, 409, again)
        self.assertEqual(anna.api("POST", "/setup/recovery-key").status, 409)
        self.assertEqual(self.stranger.api("PUT", "/setup/recording", {"default": "all", "legal_ground": "mine"}).status, 401)
        self.assertNotIn("/setup#", self.restarted_log())
        self.assertEqual([one["name"] for one in json.loads(self.server.command("user", "list", "--json").stdout)], ["anna"])
        self.assertEqual(self.stranger.api("GET", "/openapi.json").json["paths"].keys(), self.contract["paths"].keys())
        # Only the panel's own page answers where others keep such things.
        index = self.stranger.request("GET", "/").body
        for path in ("/install", "/debug", "/admin", "/recheck", "/server-status", "/phpinfo", "/actuator", "/console", "/.git/config", "/.env",
                     "/config.php", "/backup.zip", "/earwitness.toml", "/api", "/api/v2/calls", "/api/v1/debug", "/api/v1/setup/reset"):
            answer = self.stranger.request("GET", path)
            self.assertTrue(answer.status == 404 or answer.body == index, (path, answer))

    def restarted_log(self):
        self.assertEqual(self.server.stop(), 0)
        self.server.log.unlink()
        self.server.start()
        return self.server.log.read_text()

    def test_errors_tell_nothing(self):
        self.assertIn(self.stranger.request("TRACE", "/", headers={"X-Secret": "canary"}).status, (405, 501))
        wrong = [("GET", "/api/v1/calls/'\"><x>", None), ("POST", "/api/v1/session", b"{"), ("POST", "/api/v1/session", b"[" * 5000),
                 ("POST", "/api/v1/session", b'{"name": 1}'), ("POST", "/api/v1/session", b'{"name":"\xff","password":"\xff"}'),
                 ("GET", "/api/v1/calls?limit=' OR 1=1".replace(" ", "%20"), None), ("GET", "/api/v1/nothing", None), ("DELETE", "/api/v1/calls", None),
                 ("PUT", "/", b"x"), ("GET", "/" + "x" * 9000, None), ("GET", "/api/v1/playback/x/audio.wav", None)]
        for method, path, body in wrong:
            answer = self.stranger.request(method, path, body, headers={"Content-Type": "application/json"} if body else {})
            self.assertTrue(400 <= answer.status < 500, (method, path[:60], answer))
            self.assertIsNone(TELLING.search(answer.body), answer)
            self.assertIsNone(answer.headers.get("Server"))
            self.assertNotIn(b"canary", answer.body)


if __name__ == "__main__":
    unittest.main()
