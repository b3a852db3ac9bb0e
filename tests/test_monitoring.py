#!/usr/bin/env python3
"""Alert rules and dashboard ask for figures that a server has, and what a server's figures say of it is true.

Run: EARWITNESS=build/release/earwitness python3 tests/test_monitoring.py
"""
import json
import re
import shutil
import time
import unittest

import support
from server_support import Server, wait_for_job

RULES = support.ROOT / "packaging/prometheus/earwitness.rules.yml"
DASHBOARD = support.ROOT / "packaging/grafana/earwitness.json"
GUIDE = support.ROOT / "docs/guide/monitoring.md"
SUFFIX = re.compile(r"_(bucket|sum|count)$")


def names_in(text):
    return {SUFFIX.sub("", name) for name in re.findall(r"\bearwitness_[a-z0-9_]+", text)}


def figures(server):
    """{name: {labels: value}} of a server's /metrics."""
    found = {}
    for line in server.client().request("GET", "/metrics").body.decode().splitlines():
        if sample := re.fullmatch(r"(\w+)(\{.*\})? (\S+)", line):
            found.setdefault(SUFFIX.sub("", sample.group(1)), {})[sample.group(2) or ""] = float(sample.group(3))
    return found


class Monitoring(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.__exit__)
        for name in ("panel", "sip"):
            done = support.command("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", f"/CN={name}",
                                   "-keyout", cls.server.folder / f"{name}.key", "-out", cls.server.folder / f"{name}.pem")
            assert done.code == 0, done.err
        # SIP with a certificate, an interface to capture and an address for HEP, so that there is every kind of figure.
        text = cls.server.config.read_text()
        text = re.sub(r"\[sip\]\n.*\n", "", text)
        cls.server.config.write_text(
            f'{text}[sip]\nlisten = ["127.0.0.1:0"]\nlisten_tls = ["127.0.0.1:0"]\ntls_certificate = "{cls.server.folder}/sip.pem"\n'
            f'tls_key = "{cls.server.folder}/sip.key"\n[capture]\ninterfaces = ["lo"]\n[hep]\nlisten = ["127.0.0.1:0"]\n')
        cls.server.add_user("anna", "administrator", "auditor")
        cls.server.start()
        support.wait_for(lambda: "earwitness_calls_running" in figures(cls.server), 20, "the recorder's figures")

    def test_there_is_every_figure_that_is_asked_for(self):
        there = set(figures(self.server))
        for path in (RULES, DASHBOARD, GUIDE):
            asked = names_in(path.read_text())
            self.assertGreater(len(asked), 4, path)
            self.assertEqual(asked - there, set(), path.name)

    def test_alarms_have_their_codes(self):
        alarms = figures(self.server)["earwitness_alarm"]
        codes = {label.split('"')[1] for label in alarms}
        asked = set(re.findall(r'earwitness_alarm\{code="(\w+)"\}', RULES.read_text()))
        self.assertGreater(len(asked), 2)
        self.assertEqual(asked - codes, set())
        self.assertEqual(alarms['{code="keys_not_saved"}'], 1)
        self.assertEqual(alarms['{code="journal_error"}'], 0)

    def test_every_alert_is_explained(self):
        alerts = re.findall(r"alert: (\w+)", RULES.read_text())
        self.assertGreater(len(alerts), 10)
        self.assertEqual([alert for alert in alerts if f"| `{alert}` |" not in GUIDE.read_text()], [])

    def test_the_certificate_of_sip_ends_in_30_days(self):
        ends = figures(self.server)["earwitness_certificate_expires_timestamp_seconds"]
        self.assertEqual(list(ends), ['{use="sip"}'])
        self.assertAlmostEqual((ends['{use="sip"}'] - time.time()) / 86400, 30, delta=0.1)

    def test_http_is_counted(self):
        before = figures(self.server)["earwitness_http_responses_total"]
        self.assertEqual(self.server.client().request("GET", "/nothing.txt").status, 404)
        after = figures(self.server)["earwitness_http_responses_total"]
        self.assertGreater(after['{class="4xx"}'], before['{class="4xx"}'])
        self.assertGreater(after['{class="2xx"}'], before['{class="2xx"}'])

    def test_findings_of_a_verification_are_counted(self):
        anna = self.server.client("anna")
        imported = self.server.command("import", str(support.SAMPLE / "sample.pcapng"))
        self.assertEqual(imported.returncode, 0, imported.stderr)
        self.verify(anna)
        self.assertEqual(figures(self.server)["earwitness_verify_findings"], {"": 0})
        damaged = max((path for path in (self.server.data / "vault/objects").rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
        content = bytearray(damaged.read_bytes())
        content[len(content) // 2] ^= 1
        damaged.chmod(0o600)
        damaged.write_bytes(content)
        self.verify(anna)
        self.assertGreater(figures(self.server)["earwitness_verify_findings"][""], 0)

    def verify(self, client):
        started = client.api("POST", "/audit/verification", {})
        self.assertEqual(started.status, 202, started)
        self.assertEqual(wait_for_job(client, started.json)["state"], "done")

    def test_the_dashboard_can_be_imported(self):
        dashboard = json.loads(DASHBOARD.read_text())
        self.assertEqual(dashboard["title"], "Earwitness")
        self.assertEqual(len({panel["id"] for panel in dashboard["panels"]}), len(dashboard["panels"]))
        for panel in dashboard["panels"]:
            self.assertTrue(panel["title"] and panel["targets"], panel["id"])

    @unittest.skipUnless(shutil.which("promtool"), "promtool (package prometheus) is not installed")
    def test_promtool_takes_the_rules(self):
        done = support.command("promtool", "check", "rules", RULES)
        self.assertEqual(done.code, 0, done.out + done.err)


if __name__ == "__main__":
    unittest.main()
