"""A real server for tests: `earwitness serve` on a free port with a data directory of its own, and clients of its REST interface."""
import http.client
import json
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import crash_support
import support

PASSWORD = "correct horse battery staple"
STARTUP_SECONDS = 30


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Answer:
    def __init__(self, response, body):
        self.status, self.headers, self.body = response.status, response.headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


class Client:
    """One browser or program: keeps its cookie, sends the CSRF token with changes."""

    def __init__(self, port, key=None):
        self.port, self.key, self.cookie, self.csrf = port, key, None, None

    def request(self, method, path, body=None, headers=None, timeout=60):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        sent = {}
        if self.cookie:
            sent["Cookie"] = self.cookie
        if self.key:
            sent["Authorization"] = f"Bearer {self.key}"
        if self.csrf and method not in ("GET", "HEAD"):
            sent["X-CSRF-Token"] = self.csrf
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        sent.update(headers or {})
        connection.request(method, path, body, {name: value for name, value in sent.items() if value is not None})
        response = connection.getresponse()
        answer = Answer(response, response.read())
        connection.close()
        cookie = response.headers.get("Set-Cookie")
        if cookie:
            self.cookie = cookie.split(";")[0]
        return answer

    def api(self, method, path, body=None, **more):
        answer = self.request(method, "/api/v1" + path, body, **more)
        if answer.status < 300 and answer.body[:1] == b"{":
            self.csrf = answer.json.get("csrf_token", self.csrf)
        return answer

    def sign_in(self, name, password=PASSWORD, **more):
        return self.api("POST", "/session", {"name": name, "password": password, **more})


class Server:
    """The program as an administrator starts it."""

    def __init__(self, settings=""):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="earwitness-server-"))
        self.port = free_port()
        self.config = self.folder / "earwitness.toml"
        self.data = self.folder / "data"
        self.config.write_text(f'[storage]\ndata = "{self.data}"\nkeys = "{self.folder}/keys"\n'
                               f'[server]\nhttp = "127.0.0.1:{self.port}"\n'
                               f'{"" if "[sip]" in settings else crash_support.NO_SIP}{settings}')
        self.process = None
        self.log = self.folder / "log"

    def command(self, *arguments, stdin=None):
        return subprocess.run([support.BINARY, *arguments, "--config", str(self.config)], input=stdin, capture_output=True,
                              text=True, timeout=120, check=False)

    def add_user(self, name, *roles):
        options = [part for role in roles for part in ("--role", role)]
        done = self.command("user", "add", name, *options, "--password-stdin", stdin=PASSWORD + "\n")
        assert done.returncode == 0, done.stderr

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([support.BINARY, "serve", "--config", str(self.config)], stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL)
        self.wait_until_healthy()
        return self

    def wait_until_healthy(self, seconds=STARTUP_SECONDS):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.process.poll() is None, self.log.read_text()
            try:
                if Client(self.port).request("GET", "/healthz", timeout=2).status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.02)
        raise AssertionError("the server does not answer:\n" + self.log.read_text())

    def setup_secret(self):
        end = time.monotonic() + STARTUP_SECONDS
        while time.monotonic() < end:
            found = re.search(r"/setup#([A-Za-z0-9_-]+) ", self.log.read_text())
            if found:
                return found.group(1)
            time.sleep(0.02)
        raise AssertionError("no link for the first run:\n" + self.log.read_text())

    def client(self, name=None, **more):
        client = Client(self.port, **more)
        if name:
            answer = client.sign_in(name)
            assert answer.status == 201, answer
        return client

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)
        return self.process.returncode if self.process else None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def wait_for_job(client, job, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = client.api("GET", f"/jobs/{job['job_id']}").json
        if found["state"] in ("done", "failed", "cancelled"):
            return found
        time.sleep(0.05)
    raise AssertionError(f"job {job} did not end")


def import_file(client, path):
    answer = client.api("POST", f"/imports?name={pathlib.Path(path).name}", pathlib.Path(path).read_bytes(),
                        headers={"Content-Type": "application/octet-stream"})
    assert answer.status == 202, answer
    return wait_for_job(client, answer.json)
