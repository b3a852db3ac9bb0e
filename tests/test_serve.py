"""`earwitness serve`: its processes start, are killed and come back, and stop in order; nothing acknowledged is lost.

EARWITNESS and CALLGEN name the programs (default: the dev preset's)."""
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest
import urllib.parse

import crash_support as support
from support import wait_for

PASSWORD = "correct horse battery staple"
STARTED_WITHIN = 3.0  # seconds until /healthz answers
BACK_WITHIN = 2.0  # seconds from a kill to the first good answer


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def children_of(pid):
    """{name: pid} of the processes that this one started."""
    found = {}
    try:
        for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            arguments = pathlib.Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            if len(arguments) > 1:
                found[arguments[1].decode().replace("-process", "")] = int(child)
    except (FileNotFoundError, ProcessLookupError):
        pass
    return found


def is_running(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Server:
    def __init__(self, data, *arguments, ack_log=None, port=None):
        self.data = data
        self.port = port or free_port()
        self.log = open(os.path.join(data.folder, "log"), "ab")
        self.process = subprocess.Popen(data.arguments("serve", "--http", f"127.0.0.1:{self.port}", *arguments),
                                        env=data.environment(None, ack_log), stdout=self.log, stderr=self.log)
        self.cookie = self.token = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.log.close()

    def ask(self, method, path, body=None, headers=None, timeout=30):
        """(status, headers, body); None while nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def is_healthy(self):
        answer = self.ask("GET", "/healthz")
        return answer is not None and answer[0] == 200

    def children(self):
        return children_of(self.process.pid)

    def sign_in(self):
        body = json.dumps({"name": "root", "password": PASSWORD})
        status, headers, body = self.ask("POST", "/api/v1/session", body, {"Content-Type": "application/json"})
        if status != 201:
            raise AssertionError(f"sign-in: {status} {body}")
        self.cookie = headers["Set-Cookie"].split(";")[0]
        self.token = json.loads(body)["csrf_token"]

    def api(self, method, path, body=None, content="application/json"):
        """The JSON answer, asked until a keeper answers."""
        headers = {"Cookie": self.cookie, "X-CSRF-Token": self.token, "Content-Type": content}
        status, _, answer = wait_for(lambda: self.ask(method, "/api/v1" + path, body, headers), 30, path)
        if status >= 300:
            raise AssertionError(f"{method} {path}: {status} {answer}")
        return json.loads(answer) if answer else None

    def import_capture(self, path):
        with open(path, "rb") as file:
            body = file.read()
        name = urllib.parse.quote(os.path.basename(path))
        return self.api("POST", f"/imports?name={name}", body, "application/octet-stream")["job_id"]

    def job(self, job_id):
        return self.api("GET", f"/jobs/{job_id}")

    def stop(self, seconds=60):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def log_text(self):
        self.log.flush()
        return pathlib.Path(self.log.name).read_text(errors="replace")


class Listener(threading.Thread):
    """Somebody who clicks through a recording all the time; what is heard must be what was recorded."""

    def __init__(self, server, url, whole):
        super().__init__()
        self.server, self.url, self.whole = server, url, whole
        self.good, self.wrong, self.ended = 0, [], False

    def run(self):
        places = random.Random(1)
        while not self.ended:
            first = places.randrange(len(self.whole) - 8000)
            answer = self.server.ask("GET", self.url, headers={"Cookie": self.server.cookie, "Range": f"bytes={first}-{first + 7999}"}, timeout=10)
            # Nobody answers while the keeper is started again; who answers does it rightly, or cuts off in the middle.
            if answer is None:
                time.sleep(0.05)
            elif answer[0] == 206 and answer[2] == self.whole[first:first + 8000]:
                self.good += 1
            else:
                self.wrong.append((answer[0], answer[2][:200]))

    def end(self):
        self.ended = True
        if self.is_alive():
            self.join()


class ServeTest(unittest.TestCase):
    def setUp(self):
        self.scratch = support.scratch()
        self.data = support.Data(os.path.join(self.scratch.name, "node"))

    def tearDown(self):
        self.scratch.cleanup()

    def add_account(self):
        done = subprocess.run([support.EARWITNESS, "user", "add", "root", "--role", "administrator", "--role", "listener",
                               "--password-stdin", "--data", self.data.data, "--config", self.data.config],
                              input=PASSWORD + "\n", capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def started(self, *arguments, **options):
        server = Server(self.data, *arguments, **options)
        self.addCleanup(server.__exit__)
        wait_for(server.is_healthy, 30, "healthy")
        wait_for(lambda: {"recorder", "keeper"} <= set(server.children()), 10, "children")
        return server

    def check_verified(self):
        verified = self.data.run("verify")
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)

    def test_starts_quickly_and_stops_in_order(self):
        seconds = []
        for _ in range(3):  # the best of three: other tests run beside this one
            began = time.monotonic()
            with Server(self.data) as server:
                wait_for(server.is_healthy, 30, "healthy")
                seconds.append(time.monotonic() - began)
                self.assertEqual(server.stop(), 0, server.log_text())
                self.assertEqual(server.children(), {})
        self.assertLess(min(seconds), STARTED_WITHIN)
        self.check_verified()
        left = [name for _, _, names in os.walk(self.data.path("journal")) for name in names]
        self.assertEqual(left, [])

    def test_data_directory_belongs_to_one(self):
        server = self.started()
        second = self.data.run("serve", "--http", f"127.0.0.1:{free_port()}")
        self.assertEqual(second.returncode, 1)
        self.assertIn("another earwitness is at work here", second.stderr)
        # The children hold the lock too, and die with the supervisor.
        children = list(server.children().values())
        server.process.kill()
        server.process.wait()
        wait_for(lambda: not any(is_running(pid) for pid in children), 5, "children end with the supervisor")
        wait_for(lambda: self.data.run("calls").returncode == 0, 10, "a command by itself")

    def test_killed_processes_come_back(self):
        server = self.started()
        for name in ("keeper", "recorder", "keeper", "recorder", "keeper"):
            before = server.children()[name]
            os.kill(before, signal.SIGKILL)
            wait_for(lambda: server.children().get(name, before) != before, 10, f"{name} is started again")
            wait_for(server.is_healthy, 10, "healthy")
        metrics = wait_for(lambda: "earwitness_recorder_up 1" in server.ask("GET", "/metrics")[2].decode(), 10, "recorder up")
        self.assertTrue(metrics)
        self.assertEqual(server.stop(), 0, server.log_text())
        self.check_verified()

    def test_hung_processes_are_killed_and_come_back(self):
        server = self.started()
        for name in ("keeper", "recorder"):
            before = server.children()[name]
            os.kill(before, signal.SIGSTOP)  # as whoever waits for ever: alive, and answers nothing
            wait_for(lambda: server.children().get(name, before) != before, 60, f"{name} is started again")
            wait_for(server.is_healthy, 10, "healthy")
        self.assertEqual(server.log_text().count("A process does not answer and is killed"), 2)
        time.sleep(6)  # those that answer are left alone
        self.assertEqual(server.log_text().count("A process does not answer and is killed"), 2)
        self.assertEqual(server.stop(), 0, server.log_text())
        self.check_verified()

    def test_nothing_acknowledged_is_lost(self):
        calls = support.count(2000, 10000)
        capture = support.make_load(self.scratch.name, calls, 250)
        self.add_account()
        ack_log = os.path.join(self.scratch.name, "acknowledged")
        server = self.started(ack_log=ack_log)
        server.sign_in()
        random = support.Progress("serve").random()
        job = server.import_capture(capture)
        kills = 0
        # Fewer of each than a job is started again.
        for name in ("recorder", "keeper", "recorder", "keeper", "recorder", "keeper"):
            time.sleep(0.1 + random.random() * 0.5)
            pid = server.children().get(name)
            if server.job(job)["state"] not in ("waiting", "running"):
                break
            if pid:
                os.kill(pid, signal.SIGKILL)
                kills += 1
        self.assertGreater(kills, 0, "the import was over before the first kill")
        ended = wait_for(lambda: (lambda now: now if now["state"] not in ("waiting", "running") else None)(server.job(job)), 120,
                         "the import ends")
        self.assertEqual(ended["state"], "done", ended)
        self.assertEqual(ended["result"]["calls"], calls)
        self.assertEqual(server.stop(), 0, server.log_text())
        self.check_verified()
        stored = self.data.stored_frames()
        acknowledged = support.read_ack_log(ack_log)
        self.assertGreater(len(acknowledged), 0)
        for part, frame, _ in acknowledged:
            self.assertLess(frame, stored.get(part, 0), f"frame {frame} of part {part} was acknowledged and is gone")
        self.assertEqual(len(self.data.call_ids()), calls)

    def test_killed_while_people_listen_and_a_capture_comes_in(self):
        """Keeper and media workers die at random: the panel is back at once, the session and its grant go on, and the recorder loses
        nothing of the import."""
        calls = support.count(1500, 20000)
        capture = support.make_load(self.scratch.name, calls, 200)
        self.add_account()
        ack_log = os.path.join(self.scratch.name, "acknowledged")
        server = self.started(ack_log=ack_log)
        server.sign_in()
        heard = server.import_capture(str(support.ROOT / "sample" / "sample.pcapng"))
        wait_for(lambda: server.job(heard)["state"] == "done", 60, "the sample is imported")
        recorded = server.api("GET", "/calls?recording_state=recorded")["calls"]
        call = max(recorded, key=lambda one: one["talk_sec"])
        grant = server.api("POST", f"/calls/{call['call_id']}/playback", "{}")
        whole = server.ask("GET", grant["url"], headers={"Cookie": server.cookie})[2]
        time.sleep(2.5)  # what is gathered in memory, sessions and grants, is written every second
        job = server.import_capture(capture)
        random = support.Progress("serve-playback").random()
        listener = Listener(server, grant["url"], whole)
        listener.start()
        self.addCleanup(listener.end)
        back, killed = [], {"keeper": 0, "media-worker": 0}
        for name in support.count(3, 4) * ("keeper", "media-worker"):
            time.sleep(random.random() * 1.5)
            pid = server.children().get(name)
            if not pid:
                continue
            os.kill(pid, signal.SIGKILL)
            killed[name] += 1
            began = time.monotonic()
            answer = wait_for(lambda: server.ask("GET", "/api/v1/calls?limit=1", headers={"Cookie": server.cookie}, timeout=5), 20, "an answer")
            self.assertEqual(answer[0], 200, "the session goes on")
            back.append((time.monotonic() - began, name))
        listener.end()
        self.assertGreater(min(killed.values()), 0, killed)
        self.assertEqual(listener.wrong, [])
        self.assertGreater(listener.good, 0)
        ended = wait_for(lambda: (lambda now: now if now["state"] not in ("waiting", "running") else None)(server.job(job)), 300,
                         "the import ends")
        self.assertEqual((ended["state"], ended["result"]["calls"]), ("done", calls), ended)
        self.assertEqual(server.children().keys() >= {"recorder", "keeper"}, True)
        self.assertIn("earwitness_journal_errors_total 0", server.ask("GET", "/metrics")[2].decode())
        self.assertEqual(server.stop(), 0, server.log_text())
        self.check_verified()
        stored = self.data.stored_frames()
        for part, frame, _ in support.read_ack_log(ack_log):
            self.assertLess(frame, stored.get(part, 0), f"frame {frame} of part {part} was acknowledged and is gone")
        print(f"back after a kill: {', '.join(f'{name} {seconds:.2f} s' for seconds, name in back)}; {listener.good} pieces heard",
              file=sys.stderr)
        for name in killed:  # the best of each: other tests run beside this one
            self.assertLess(min(seconds for seconds, which in back if which == name), BACK_WITHIN, back)

    def test_stopped_during_an_import(self):
        capture = support.make_load(self.scratch.name, 400, 250)
        self.add_account()
        server = self.started()
        server.sign_in()
        job = server.import_capture(capture)
        time.sleep(0.3)
        self.assertEqual(server.stop(), 0, server.log_text())
        self.check_verified()
        server = self.started()
        server.sign_in()
        ended = wait_for(lambda: (lambda now: now if now["state"] not in ("waiting", "running") else None)(server.job(job)), 120,
                         "the import goes on")
        self.assertEqual(ended["state"], "done", ended)
        self.assertEqual(server.stop(), 0, server.log_text())
        self.assertEqual(len(self.data.call_ids()), 400)
        self.check_verified()

    def test_occupied_port_is_an_alarm(self):
        with socket.socket() as occupied:
            occupied.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            occupied.bind(("127.0.0.1", 0))
            occupied.listen()
            port = occupied.getsockname()[1]
            server = self.started("--http", f"127.0.0.1:{port}")
            wait_for(lambda: b"port_occupied" in server.ask("GET", "/readyz")[2], 10, "the alarm")
            self.assertEqual(server.ask("GET", "/readyz")[0], 503)
        wait_for(lambda: server.ask("GET", "/readyz")[0] == 200, 15, "the port is taken when it is free")
        self.assertIn("code=port_occupied", server.log_text())

    def test_configuration_errors_name_file_line_and_expectation(self):
        for text, expected in (("[server]\nhttp = \"8080\"\n", ":2: server.http must be an address and port"),
                               ("[log]\n\nlevel = \"loud\"\n", ":3: log.level must be \"error\""),
                               ("[sever]\n", ":1: unknown section [sever]"),
                               ("[sip]\nlisten = \"5060\"\n", ":2: sip.listen must be an address and port"),
                               ("[[sip.peer]]\nname = \"sbc\"\nnetworks = \"pbx\"\n", ":1: sip.peer must be tables [[sip.peer]] with name"),
                               ("[server]\nport = 1\n", ":2: unknown setting server.port"),
                               ("[server]\nhttp = \"0.0.0.0:8080\"\n", "0.0.0.0:8080 can be reached by other machines"),
                               ("[server\n", ":1: ")):
            with self.subTest(text):
                with open(self.data.config, "w") as file:
                    file.write(text)
                done = self.data.run("serve")
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(expected, done.stderr)

    def test_children_are_caged(self):
        server = self.started()
        for name in ("recorder", "keeper"):
            status = pathlib.Path(f"/proc/{server.children()[name]}/status").read_text()
            fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
            self.assertEqual(fields["NoNewPrivs"], "1", name)
            self.assertEqual(fields["Seccomp"], "2", name)
            self.assertEqual(int(fields["CapEff"], 16), 0, name)
            limits = pathlib.Path(f"/proc/{server.children()[name]}/limits").read_text()
            self.assertRegex(limits, r"Max core file size\s+0 ")

    def test_log_is_json_where_it_is_asked_for(self):
        with open(self.data.config, "a") as file:
            file.write("[log]\nformat = \"json\"\n")
        server = self.started()
        server.stop()
        lines = [json.loads(line) for line in server.log_text().splitlines() if line.startswith("{")]
        self.assertIn("Stopped", [line["message"] for line in lines])
        self.assertLessEqual({"supervisor", "keeper"}, {line["process"] for line in lines})


@unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
class UnitTest(unittest.TestCase):
    def test_exposure_is_at_most_2(self):
        unit = (support.ROOT / "packaging" / "earwitness.service").read_text().replace("@CMAKE_INSTALL_FULL_BINDIR@", "/usr/bin")
        with support.scratch() as folder:
            path = pathlib.Path(folder) / "earwitness.service"
            path.write_text(unit)
            done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", str(path)],
                                  capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-300:] + done.stderr)


if __name__ == "__main__":
    unittest.main()
