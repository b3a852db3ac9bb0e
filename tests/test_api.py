#!/usr/bin/env python3
"""The REST interface of a running server: first run, sessions, every route for every role, cross-site requests, hostile requests,
sound by ranges, and the audit event of each act.

Run: EARWITNESS=build/release/earwitness python3 tests/test_api.py
"""
import json
import random
import re
import struct
import unittest
import wave
import io

import server_support
import support
from server_support import PASSWORD, Client, Server, import_file, wait_for_job

NOBODY, NO_ROLE = "nobody", "without roles"
ROLES = ("administrator", "listener", "auditor")
PERMISSIONS = {
    "administrator": {"calls.read", "recordings.pause", "imports.run", "jobs.read", "settings.read", "settings.write", "accounts.manage", "keys.manage",
                      "status.read"},
    "listener": {"calls.read", "recordings.listen", "recordings.export", "recordings.pause", "live.listen", "notes.write", "jobs.read"},
    "auditor": {"calls.read", "audit.read", "audit.verify", "status.read", "jobs.read", "settings.read"},
}
OTHER_ID = "01900000-0000-7000-8000-000000000000"


class FirstRun(unittest.TestCase):
    def test_from_link_to_first_call(self):
        with Server() as server:
            client = server.client()
            self.assertEqual(client.api("GET", "/setup").json["state"], "new")
            account = {"name": "anna", "password": PASSWORD, "language": "sk", "listens": True}
            for wrong in ("", "x", "0" * 22):
                self.assertIn(client.api("POST", "/setup/account", {**account, "secret": wrong}).status, (400, 401))
            secret = server.setup_secret()
            made = client.api("POST", "/setup/account", {**account, "secret": secret})
            self.assertEqual(made.status, 201, made)
            self.assertEqual(set(made.json["roles"]), {"administrator", "listener"})
            self.assertEqual(Client(server.port).api("POST", "/setup/account", {**account, "secret": secret, "name": "eve"}).status, 409)
            self.assertEqual(client.api("GET", "/setup").json["state"], "recording")
            answered = client.api("PUT", "/setup/recording", {"default": "all", "legal_ground": "consent by announcement"})
            self.assertEqual(answered.status, 204, answered)
            shown = client.api("POST", "/setup/recovery-key")
            self.assertEqual(shown.status, 200, shown)
            key = shown.json["recovery_key"]
            self.assertEqual(client.api("POST", "/setup/recovery-key").status, 409, "it is shown once")
            self.assertEqual(client.api("POST", "/setup/recovery-key/saved", {"ending": "12345678"}).status, 409)
            self.assertEqual(client.api("POST", "/setup/recovery-key/saved", {"ending": key[-8:]}).status, 204)
            self.assertEqual(client.api("GET", "/setup").json["state"], "done")
            job = client.api("POST", "/imports/sample")
            self.assertEqual(job.status, 202, job)
            ended = wait_for_job(client, job.json)
            self.assertEqual(ended["state"], "done", ended)
            self.assertGreater(len(client.api("GET", "/calls").json["calls"]), 0)
            self.assertEqual(server.stop(), 0)
            verified = server.command("verify")
            self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)


class Running(unittest.TestCase):
    """Tests that share one server with the sample in it and an account for each role."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server('[recording]\ndefault = "all"\n')
        for role in ROLES:
            cls.server.add_user(role, role)
        cls.server.add_user("both", "administrator", "listener")
        cls.server.start()
        cls.contract = cls.server.client().api("GET", "/openapi.json").json
        cls.both = cls.server.client("both")
        job = import_file(cls.both, support.SAMPLE / "sample.pcapng")
        assert job["state"] == "done", job
        calls = cls.both.api("GET", "/calls?recording_state=recorded").json["calls"]
        cls.call = min(calls, key=lambda call: call["start_at"])

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def operations(self):
        for path, methods in self.contract["paths"].items():
            for method, operation in methods.items():
                yield method.upper(), path, operation

    def path_of(self, path):
        return (path.replace("{call_id}", self.call["call_id"]).replace("{token}", "A" * 43)
                .replace("{note_id}", OTHER_ID).replace("{view_id}", OTHER_ID).replace("{job_id}", OTHER_ID)
                .replace("{account_id}", OTHER_ID).replace("{key_id}", OTHER_ID))


class Access(Running):
    # What would end the session that the matrix runs with is tried elsewhere.
    LEFT_OUT = {"signOut", "changeOwnPassword", "events", "takeRecoveryKey", "rotateKey"}

    def test_every_route_for_every_role(self):
        clients = {NOBODY: self.server.client(), **{role: self.server.client(role) for role in ROLES}}
        for method, path, operation in self.operations():
            if operation["operationId"] in self.LEFT_OUT:
                continue
            needed = operation["x-permission"]
            for role, client in clients.items():
                body = b"{}" if "requestBody" in operation else None
                headers = {"Content-Type": next(iter(operation["requestBody"]["content"]))} if body else {}
                status = client.api(method, self.path_of(path), body, headers=headers).status
                with self.subTest(operation=operation["operationId"], role=role, status=status):
                    if needed in ("public", "setup"):
                        self.assertNotEqual(status, 403)
                    elif role == NOBODY:
                        self.assertEqual(status, 401)
                    elif needed != "own" and needed not in PERMISSIONS[role]:
                        self.assertEqual(status, 403)
                    else:
                        self.assertNotEqual(status, 401)
                        if status == 403:  # allowed, but asks for a password given just now
                            self.assertIn(operation["operationId"], ("addApiKey", "removeTotp", "listAccounts", "addAccount",
                                                                     "changeAccount", "resetTotp"))
                    self.assertLess(status, 500)

    def test_permissions_are_those_of_the_roles(self):
        for role, permissions in PERMISSIONS.items():
            self.assertEqual(set(self.server.client(role).api("GET", "/session").json["permissions"]), permissions)

    def test_changes_need_the_csrf_token_and_the_own_site(self):
        client = self.server.client("listener")
        token = client.csrf
        note = {"kind": "note", "text": "x"}
        path = f"/calls/{self.call['call_id']}/notes"
        for wrong in (None, "", "x", token[:-1] + ("A" if token[-1] != "A" else "B")):
            client.csrf = wrong
            self.assertEqual(client.api("POST", path, note).status, 403, wrong)
        client.csrf = token
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
                        {"Sec-Fetch-Site": "same-site"}):
            self.assertEqual(client.api("POST", path, note, headers=headers).status, 403, headers)
        own = {"Origin": f"http://127.0.0.1:{self.server.port}", "Sec-Fetch-Site": "same-origin"}
        self.assertEqual(client.api("POST", path, note, headers=own).status, 201)
        form = client.api("POST", path, b"kind=note&text=x", headers={"Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual(form.status, 415)

    def test_a_session_cannot_be_fixed_or_replayed(self):
        client = self.server.client()
        client.cookie = "earwitness=" + "A" * 43
        planted = client.cookie
        self.assertEqual(client.sign_in("listener").status, 201)
        self.assertNotEqual(client.cookie, planted)
        cookie, csrf = client.cookie, client.csrf
        self.assertEqual(client.api("DELETE", "/session").status, 204)
        client.cookie, client.csrf = cookie, csrf
        self.assertEqual(client.api("GET", "/session").status, 401)

    def test_wrong_passwords_and_unknown_names_get_the_same_answer(self):
        known = self.server.client().sign_in("listener", "wrong password, twelve")
        unknown = self.server.client().sign_in("nobody-at-all", "wrong password, twelve")
        self.assertEqual((known.status, known.json), (unknown.status, unknown.json))
        self.assertEqual(known.status, 401)

    def test_a_disabled_account_is_out_at_once(self):
        administrator = self.server.client("administrator")
        added = administrator.api("POST", "/accounts", {"name": "leaver", "password": PASSWORD, "roles": ["listener"]})
        self.assertEqual(added.status, 201, added)
        leaver = self.server.client("leaver")
        account = added.json["account_id"]
        self.assertEqual(administrator.api("PATCH", f"/accounts/{account}", {"disabled": True}).status, 200)
        self.assertEqual(leaver.api("GET", "/calls").status, 401)
        self.assertEqual(self.server.client().sign_in("leaver").status, 401)

    def test_api_keys_have_no_more_than_was_given(self):
        listener = self.server.client("listener")
        self.assertEqual(listener.api("POST", "/session/confirm", {"password": PASSWORD}).status, 200)
        wanted = {"title": "reader", "permissions": ["calls.read"], "expires_in_days": 1}
        self.assertEqual(listener.api("POST", "/api-keys", {**wanted, "permissions": ["audit.read"]}).status, 403)
        made = listener.api("POST", "/api-keys", wanted)
        self.assertEqual(made.status, 201, made)
        program = Client(self.server.port, key=made.json["secret"])
        self.assertEqual(program.api("GET", "/calls").status, 200)
        self.assertEqual(program.api("POST", f"/calls/{self.call['call_id']}/playback", {}).status, 403)
        self.assertEqual(listener.api("DELETE", f"/api-keys/{made.json['key']['key_id']}").status, 204)
        self.assertEqual(program.api("GET", "/calls").status, 401)


class Headers(Running):
    def test_security_headers_are_on_every_answer(self):
        for path in ("/", "/calls", "/api/v1/session", "/api/v1/nothing", "/nothing.js", "/healthz"):
            answer = self.server.client().request("GET", path)
            policy = answer.headers.get("Content-Security-Policy", "")
            self.assertIn("default-src 'self'", policy, path)
            self.assertNotIn("unsafe-inline", policy, path)
            self.assertIn("frame-ancestors 'none'", policy, path)
            self.assertEqual(answer.headers.get("X-Content-Type-Options"), "nosniff", path)
            self.assertEqual(answer.headers.get("Referrer-Policy"), "no-referrer", path)
            self.assertEqual(answer.headers.get("Cross-Origin-Opener-Policy"), "same-origin", path)
            self.assertIsNone(answer.headers.get("Server"), path)

    def test_methods_and_paths(self):
        client = self.server.client()
        self.assertIn(client.request("TRACE", "/").status, (405, 501))
        wrong = client.api("PUT", "/calls", b"{}")
        self.assertEqual(wrong.status, 405)
        self.assertEqual(wrong.headers["Allow"], "GET")
        for path in ("/../earwitness.toml", "/%2e%2e/earwitness.toml", "/..%2fearwitness.toml", "/assets/../../x", "/assets/%00"):
            answer = client.request("GET", path)
            self.assertIn(answer.status, (400, 404), path)
            self.assertNotIn(b"[storage]", answer.body)


class Calls(Running):
    def find(self, **filters):
        query = "&".join(f"{name}={value}" for name, value in filters.items())
        answer = self.both.api("GET", "/calls?" + query)
        self.assertEqual(answer.status, 200, answer)
        return [call["call_id"] for call in answer.json["calls"]]

    def test_a_number_is_found_in_any_notation(self):
        expected = self.find(number="%2B442071838750")
        self.assertGreater(len(expected), 0)
        for notation in ("00442071838750", "442071838750", "%2B44%2020%207183%208750", "%2B44-20-7183-8750", "%2B4420"):
            self.assertEqual(self.find(number=notation), expected, notation)
        self.assertEqual(self.find(number="%2B999"), [])

    def test_pages_join_without_gap_or_repeat(self):
        whole = self.find(limit=200)
        pages, after = [], ""
        while True:
            page = self.both.api("GET", f"/calls?limit=2{after}").json
            pages += [call["call_id"] for call in page["calls"]]
            if not page["next"]:
                break
            after = "&after=" + page["next"].replace("+", "%2B")
        self.assertEqual(pages, whole)
        self.assertEqual(self.both.api("GET", "/calls/count").json["value"], len(whole))
        table = self.both.api("GET", "/calls/table").body.decode("utf-8-sig").split("\r\n")
        self.assertEqual([line.split(",")[0] for line in table], ["call_id", *whole, ""])

    def test_one_call(self):
        detail = self.both.api("GET", f"/calls/{self.call['call_id']}").json
        self.assertEqual(detail["call"]["call_id"], self.call["call_id"])
        self.assertIn("answer", [event["kind"] for event in detail["events"]])
        messages = self.both.api("GET", f"/calls/{self.call['call_id']}/messages").json["messages"]
        self.assertEqual(messages[0]["method"], "INVITE")
        self.assertIn("BYE", [message["method"] for message in messages])
        self.assertEqual(self.both.api("GET", f"/calls/{OTHER_ID}").status, 404)

    def test_notes_belong_to_their_author(self):
        listener = self.server.client("listener")
        path = f"/calls/{self.call['call_id']}/notes"
        note = listener.api("POST", path, {"kind": "note", "text": "<b>price</b>", "from_seconds": 1.5}).json
        self.assertTrue(note["own"])
        self.assertFalse(next(n for n in self.both.api("GET", path).json["notes"] if n["note_id"] == note["note_id"])["own"])
        self.assertEqual(self.both.api("DELETE", f"{path}/{note['note_id']}").status, 404)
        changed = listener.api("PUT", f"{path}/{note['note_id']}", {"kind": "note", "text": "changed"})
        self.assertEqual(changed.json["text"], "changed")
        self.assertEqual(listener.api("DELETE", f"{path}/{note['note_id']}").status, 204)
        self.assertNotIn(note["note_id"], [n["note_id"] for n in listener.api("GET", path).json["notes"]])
        undone = listener.api("PUT", f"{path}/{note['note_id']}", {"kind": "note", "text": "back"})
        self.assertEqual(undone.status, 200, "writing it again undoes the removal")


class Sound(Running):
    def grant(self, client):
        answer = client.api("POST", f"/calls/{self.call['call_id']}/playback", {})
        self.assertEqual(answer.status, 201, answer)
        return answer.json

    def test_ranges_are_slices_of_the_exported_file(self):
        listener = self.server.client("listener")
        grant = self.grant(listener)
        whole = listener.request("GET", grant["url"]).body
        exported = listener.api("GET", f"/calls/{self.call['call_id']}/export?format=wav")
        self.assertEqual(whole, exported.body)
        with wave.open(io.BytesIO(whole)) as sound:
            self.assertEqual(sound.getnchannels(), len(grant["channels"]))
            self.assertAlmostEqual(sound.getnframes() / sound.getframerate(), grant["duration_seconds"], places=3)
        chance = random.Random(1)
        for _ in range(30):
            first = chance.randrange(len(whole))
            last = min(len(whole) - 1, first + chance.randrange(50_000))
            part = listener.request("GET", grant["url"], headers={"Range": f"bytes={first}-{last}"})
            self.assertEqual(part.status, 206)
            self.assertEqual(part.body, whole[first:last + 1])
        self.assertEqual(listener.request("GET", grant["url"], headers={"Range": f"bytes={len(whole)}-"}).status, 416)
        self.assertEqual(listener.request("GET", grant["url"]).headers["Cache-Control"], "no-store")

    def test_a_grant_is_its_owners_alone(self):
        listener, both = self.server.client("listener"), self.server.client("both")
        grant = self.grant(listener)
        self.assertEqual(both.request("GET", grant["url"]).status, 404)
        self.assertEqual(self.server.client().request("GET", grant["url"]).status, 401)
        self.assertEqual(listener.api("DELETE", "/session").status, 204)
        self.assertEqual(listener.request("GET", grant["url"]).status, 401)

    def test_peaks_and_quality(self):
        listener = self.server.client("listener")
        peaks = listener.api("GET", f"/calls/{self.call['call_id']}/peaks?points=200").json
        self.assertEqual(len(peaks["channels"][0]["min"]), peaks["points"])
        self.assertGreater(max(peaks["channels"][0]["max"]), 5, "somebody speaks")
        quality = listener.api("GET", f"/calls/{self.call['call_id']}/quality?points=20").json
        self.assertEqual(len(quality["streams"]), len(self.call["streams"]))


class Live(Running):
    """Without a live source: nothing goes on, and whoever asks is told so."""

    def test_nothing_is_in_progress(self):
        live = self.both.api("GET", "/live").json
        self.assertEqual((live["calls"], live["total"], live["recording"], live["paused"]), ([], 0, 0, 0))
        call = self.call["call_id"]
        self.assertEqual(self.both.api("GET", f"/live/{call}").status, 404)
        for act in ("pause", "resume", "stop"):
            self.assertEqual(self.both.api("POST", f"/live/{call}/{act}", {"reason": "card number"}).status, 404, act)
            self.assertEqual(self.both.api("POST", f"/live/{call}/{act}", {}).status, 400, "a reason is needed")
        self.assertEqual(self.both.api("POST", f"/live/{call}/listen").status, 404)
        self.assertEqual(self.both.api("GET", f"/live/sound/{'0' * 64}").status, 404)

    def test_levels_name_their_calls(self):
        self.assertEqual(self.both.api("GET", f"/live/levels?calls={OTHER_ID}").json, {"calls": []})
        for wrong in ("x", f"{OTHER_ID},x", ",".join([OTHER_ID] * 51)):
            self.assertEqual(self.both.api("GET", f"/live/levels?calls={wrong}").status, 400, wrong)

    def test_sources_count_the_imports(self):
        sources = self.both.api("GET", "/sources").json
        self.assertFalse(sources["siprec"]["enabled"])
        self.assertEqual(sources["captures"], [])
        self.assertGreaterEqual(sources["imports"]["done"], 1)

    def test_one_recording_has_nothing_to_be_compared_with(self):
        self.assertEqual(len(self.call["recordings"]), 1)
        self.assertEqual(self.both.api("GET", f"/calls/{self.call['call_id']}/comparison").status, 404)
        own = self.call["recordings"][0]["recording_id"]
        self.assertEqual(self.both.api("GET", f"/calls/{self.call['call_id']}/comparison?first={own}&second={own}").status, 400)


class Audit(Running):
    def test_each_act_leaves_its_event(self):
        auditor, listener, administrator = (self.server.client(role) for role in ("auditor", "listener", "administrator"))
        self.server.client().sign_in("listener", "wrong password, twelve")
        call = self.call["call_id"]
        grant = listener.api("POST", f"/calls/{call}/playback", {}).json
        listener.request("GET", grant["url"], headers={"Range": "bytes=0-99"})
        token = grant["token"]
        self.assertEqual(listener.api("POST", f"/playback/{token}/end", {"heard": [{"from": 0, "to": 1.5}]}).status, 204)
        listener.api("GET", f"/calls/{call}/export?format=wav")
        listener.api("GET", "/calls/table?number=%2B442071838750")
        listener.api("GET", f"/calls/{call}/messages")
        listener.api("GET", f"/calls/{call}/peaks")
        listener.api("DELETE", "/session")
        administrator.api("POST", "/session/confirm", {"password": PASSWORD})
        administrator.api("POST", "/accounts", {"name": "watched", "password": PASSWORD, "roles": ["listener"]})
        administrator.api("POST", "/keys/rotate")
        verification = auditor.api("POST", "/audit/verification")
        self.assertEqual(verification.status, 202, verification)
        self.assertEqual(wait_for_job(auditor, verification.json)["state"], "done")
        entries = auditor.api("GET", "/audit?limit=200").json["entries"]
        kinds = {entry["kind"] for entry in entries}
        for kind in ("session.opened", "session.refused", "session.closed", "session.confirmed", "account.added", "playback.granted",
                     "playback.ended", "call.exported", "calls.exported", "call.signalling_viewed", "recording.waveform_viewed", "key.rotated",
                     "verify.started", "import.started", "import.finished"):
            self.assertIn(kind, kinds)
        ended = next(entry for entry in entries if entry["kind"] == "playback.ended")
        self.assertEqual((ended["details"]["heard"], ended["call_id"], ended["actor_name"]), ("0.0-1.5", call, "listener"))
        state = auditor.api("GET", "/audit/verification").json
        self.assertTrue(state["sound"], state)
        text = json.dumps(entries)
        for secret in (PASSWORD, token, "+442071838750", "Anna Adams"):
            self.assertNotIn(secret, text)


class Laboratory(Running):
    INVITE = (
        "INVITE sip:srs@192.0.2.20 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK1\r\nFrom: <sip:src@192.0.2.10>;tag=a\r\n"
        "To: <sip:srs@192.0.2.20>\r\nCall-ID: lab\r\nCSeq: 1 INVITE\r\nContact: <sip:src@192.0.2.10;+sip.src>\r\n"
        "Content-Type: application/sdp\r\n\r\nv=0\r\nc=IN IP4 192.0.2.10\r\nm=audio 4000 RTP/AVP 0\r\n")

    def look(self, body, query="", name="administrator"):
        return self.server.client(name).api("POST", f"/laboratory{query}", body, headers={"Content-Type": "application/octet-stream"})

    def test_an_invite_is_looked_at(self):
        report = self.look(self.INVITE.encode())
        self.assertEqual(report.status, 200, report)
        [session] = report.json["sessions"]
        [message] = report.json["messages"]
        self.assertEqual((message["answer"]["status"], session["is_recording_session"]), (200, True))
        self.assertIn("m=audio 20000 RTP/AVP 0", message["answer"]["text"])
        found = {each["code"]: each for each in session["findings"]}
        self.assertEqual(set(found), {"no_require", "source_tag_in_uri", "no_metadata", "no_label", "no_direction"})
        self.assertEqual(message["text"].splitlines()[found["source_tag_in_uri"]["line"] - 1], "Contact: <sip:src@192.0.2.10;+sip.src>")
        self.assertTrue(found["no_label"]["cost"]["text"] and found["no_label"]["change"])
        strict = self.look(self.INVITE.encode(), "?peer=strict").json["messages"][0]["answer"]
        self.assertEqual((strict["status"], strict["code"]), (403, "not_by_rfc"))
        self.assertEqual(self.look(self.INVITE.encode(), "?peer=lenient").status, 400)

    def test_a_capture_is_looked_at_and_not_imported(self):
        administrator = self.server.client("administrator")
        before = administrator.api("GET", "/calls/count").json
        report = self.look((support.SAMPLE / "sample.pcapng").read_bytes())
        self.assertEqual(report.status, 200, report)
        self.assertTrue(report.json["is_capture"])
        self.assertFalse(report.json["sessions"][0]["is_recording_session"])
        self.assertEqual(report.json["messages"][0]["answer"]["status"], 403, "an ordinary call is no recording session")
        self.assertEqual(administrator.api("GET", "/calls/count").json, before)

    def test_it_is_audited_without_what_was_looked_at(self):
        self.look(self.INVITE.replace("Call-ID: lab", "Call-ID: nobodys-business").encode())
        entries = self.server.client("auditor").api("GET", "/audit?kind=laboratory.used").json["entries"]
        self.assertTrue(entries)
        self.assertEqual(set(entries[0]["details"]), {"bytes"})
        self.assertNotIn("nobodys-business", json.dumps(entries))

    def test_what_is_nothing_is_said_to_be_so(self):
        for body in (b"", b"hello", b"\xd4\xc3\xb2\xa1", b"\x0a\x0d\x0d\x0a" * 20, b"\x1f\x8b\x08\x00" + bytes(40), b"\x28\xb5\x2f\xfd" + bytes(9),
                     self.INVITE.split("\r\nContent-Type")[0].replace("INVITE", "OPTIONS").encode() + b"\r\n\r\n"):
            self.assertEqual(self.look(body).status, 400, body)
        # Refused by its head alone.
        much = {"Content-Type": "application/octet-stream", "Content-Length": str(16 * 1024 * 1024 + 1)}
        self.assertEqual(self.server.client("administrator").api("POST", "/laboratory", headers=much).status, 413)


class Hostile(Running):
    def random_value(self, chance, schema, depth=0):
        kind = chance.randrange(12)
        if kind == 0:
            return chance.choice([None, True, -1, 1e308, 2**63, "", [], {}, "\u0000", "'; DROP TABLE call; --", "<script>alert(1)</script>"])
        if "$ref" in schema:
            schema = self.contract["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        if "anyOf" in schema:
            schema = chance.choice(schema["anyOf"])
            return self.random_value(chance, schema, depth)
        if "enum" in schema:
            return chance.choice(schema["enum"])
        types = schema.get("type", "string")
        of = chance.choice(types) if isinstance(types, list) else types
        if of == "object":
            return {name: self.random_value(chance, member, depth + 1) for name, member in schema.get("properties", {}).items()
                    if chance.randrange(5)}
        if of == "array":
            return [self.random_value(chance, schema["items"], depth + 1) for _ in range(chance.randrange(4))]
        if of == "boolean":
            return bool(chance.randrange(2))
        if of in ("integer", "number"):
            return chance.choice([0, 1, -1, 50, 2**31, 2**63 - 1, 0.5])
        if of == "null":
            return None
        if schema.get("format") == "uuid":
            return chance.choice([self.call["call_id"], OTHER_ID, "x"])
        return chance.choice(["", "a", "x" * 70, "x" * 5000, "Ж" * 40, "%00", "../../etc/passwd", "\r\nSet-Cookie: a=b", "2026-01-01T00:00:00Z"])

    def test_nothing_makes_the_server_fail(self):
        chance = random.Random(7)
        clients = [self.server.client("both"), self.server.client("auditor")]
        skip = {"signOut", "changeOwnPassword", "events", "signIn", "confirmSession", "createFirstAccount", "takeRecoveryKey"}
        operations = [o for o in self.operations() if o[2]["operationId"] not in skip]
        rounds = support.count(1_500, 20_000) if hasattr(support, "count") else 1_500
        for _ in range(rounds):
            method, path, operation = chance.choice(operations)
            client = chance.choice(clients)
            path = re.sub(r"\{\w+\}", lambda _: chance.choice([self.call["call_id"], OTHER_ID, "x", "%00", "a" * 300]), path)
            query = []
            for parameter in operation.get("parameters", []):
                if parameter.get("in") == "query" and chance.randrange(2):
                    value = self.random_value(chance, parameter["schema"])
                    text = value if isinstance(value, str) else json.dumps(value)
                    query.append(parameter["name"] + "=" + "".join(f"%{byte:02x}" for byte in text.encode()))
            body, headers = None, {}
            if "requestBody" in operation:
                media, content = next(iter(operation["requestBody"]["content"].items()))
                headers["Content-Type"] = media
                body = json.dumps(self.random_value(chance, content["schema"])).encode()
            answer = client.api(method, path + ("?" + "&".join(query) if query else ""), body, headers=headers)
            self.assertLess(answer.status, 500, f"{method} {path} {query} {body}: {answer}")
            self.assertNotIn("\n", answer.headers.get("Content-Disposition", ""))

    def test_bodies_have_their_limits(self):
        listener = self.server.client("listener")
        path = f"/calls/{self.call['call_id']}/notes"
        self.assertEqual(listener.api("POST", path, b"[" * 2_000_000, headers={"Content-Type": "application/json"}).status, 413)
        deep = listener.api("POST", path, b'{"kind":"note","text":' + b"[" * 10_000, headers={"Content-Type": "application/json"})
        self.assertEqual(deep.status, 400)
        self.assertEqual(self.both.api("POST", "/imports?name=x", b"").status, 400)

    def test_a_file_that_is_no_capture_says_so(self):
        job = self.both.api("POST", "/imports?name=%3Cscript%3E.txt", b"this is no capture at all" * 10,
                            headers={"Content-Type": "application/octet-stream"}).json
        ended = wait_for_job(self.both, job)
        self.assertEqual(ended["state"], "failed")
        self.assertEqual(ended["problem"]["code"], "unreadable_input")
        self.assertEqual(ended["title"], "<script>.txt")


if __name__ == "__main__":
    unittest.main()
