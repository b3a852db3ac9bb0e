#!/usr/bin/env python3
"""The Debian package: what is in it, and the life of an installation from a signed repository: installed, used, removed, installed again,
upgraded, purged. Recordings and keys stay through all of it.

An installation lives in a root of its own, with processes and a network of its own: this machine's files with a layer above them that takes
what is written; with EW_LONG a bare Debian made by debootstrap.
Run as root: EARWITNESS=build/release/earwitness python3 tests/test_package.py
"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import support

PACKAGING = support.ROOT / "packaging"
DATA, KEYS = "/var/lib/earwitness", "/etc/earwitness/keys"
SAMPLE = "/usr/share/earwitness/sample.pcapng"
OS_RELEASE = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', pathlib.Path("/etc/os-release").read_text(), re.MULTILINE))
STARTUP_SECONDS = 30


def run(*command, **options):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=600, check=False, **options)


def must(*command, **options):
    done = run(*command, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command}: exit {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def why_not_built():
    for name in ("dh", "dpkg-buildpackage"):
        if not shutil.which(name):
            return f"{name} is not installed"
    if OS_RELEASE.get("ID") != "debian":
        return "this is not Debian"
    return "" if os.access(support.BINARY, os.X_OK) else f"{support.BINARY} is absent"


def build(folder, version=None):
    """The package of the program under test, without a package of debug symbols."""
    options = ["--version", version] if version else []
    environment = dict(os.environ, DEB_BUILD_OPTIONS="noautodbgsym")
    return pathlib.Path(must(PACKAGING / "build-deb", "--binary", support.BINARY, "--to", folder, *options, env=environment).strip())


class Built(unittest.TestCase):
    """Has the package, built once."""

    @classmethod
    def setUpClass(cls):
        if why_not_built():
            raise unittest.SkipTest(why_not_built())
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="earwitness-package-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.package = build(cls.folder / "built")


class Package(Built):
    def field(self, name):
        return must("dpkg-deb", "--field", self.package, name).strip()

    def test_name_version_and_dependencies(self):
        project = re.search(r"project\(earwitness VERSION (\S+)", (support.ROOT / "CMakeLists.txt").read_text()).group(1)
        self.assertEqual(self.field("Version"), f"{project}~deb{OS_RELEASE['VERSION_ID']}u1")
        for library in ("libc6", "libssl3", "libsqlite3-0", "libavcodec"):
            self.assertIn(library, self.field("Depends"))

    def test_content(self):
        listed = must("dpkg-deb", "--contents", self.package)
        files = {line.split()[5].lstrip("."): line.split()[0] for line in listed.splitlines() if not line.startswith("d")}
        units = [path for path in files if path.endswith("/systemd/system/earwitness.service")]
        self.assertEqual(len(units), 1, files)
        self.assertEqual(files.pop("/usr/bin/earwitness"), "-rwxr-xr-x")
        for path in ("/etc/earwitness/earwitness.toml", "/usr/lib/sysusers.d/earwitness.conf", "/usr/lib/tmpfiles.d/earwitness.conf",
                     SAMPLE, "/usr/share/earwitness/prometheus/earwitness.rules.yml", "/usr/share/earwitness/grafana/earwitness.json",
                     "/usr/share/man/man1/earwitness.1.gz", "/usr/share/doc/earwitness/copyright"):
            self.assertEqual(files.get(path), "-rw-r--r--", path)
        self.assertFalse([path for path in files if path.startswith((DATA, KEYS))])
        root = self.folder / "content"
        must("dpkg-deb", "--extract", self.package, root)
        self.assertNotIn("@", re.sub(r"SystemCallFilter=.*", "", (root / units[0].lstrip("/")).read_text()))
        self.assertNotRegex(must("readelf", "--sections", "--wide", root / "usr/bin/earwitness"), r"\.symtab|\.debug_info")
        must("dpkg-deb", "--control", self.package, self.folder / "control")
        self.assertEqual((self.folder / "control/conffiles").read_text().split(), ["/etc/earwitness/earwitness.toml"])

    def test_the_same_source_gives_the_same_bytes(self):
        again = build(self.folder / "again")
        self.assertEqual(again.read_bytes(), self.package.read_bytes())

    @support.needs_program("lintian")
    def test_lintian_finds_no_error(self):
        changes, = self.package.parent.glob("*.changes")
        done = run("lintian", "--allow-root", "--fail-on", "error,warning", changes)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_manual_names_every_command(self):
        manual = (PACKAGING / "earwitness.1").read_text()
        commands = re.findall(r"^  (\w+) +\S", must(support.BINARY, "--help").split("Subcommands:")[1], re.MULTILINE)
        self.assertGreater(len(commands), 8)
        self.assertEqual(re.findall(r"^\.TP\n\.B (\w+)$", manual, re.MULTILINE), commands)


class Configuration(unittest.TestCase):
    """packaging/earwitness.toml: every setting that there is, as the program takes it."""

    text = (PACKAGING / "earwitness.toml").read_text()
    everything = re.sub(r"^#(?=[\w\[])", "", text, flags=re.MULTILINE)

    def calls(self, text):
        with tempfile.TemporaryDirectory(prefix="earwitness-toml-") as folder:
            path = pathlib.Path(folder) / "earwitness.toml"
            path.write_text(re.sub(r'^(data|keys) = ".*/', rf'\1 = "{folder}/', text, flags=re.MULTILINE))
            return run(support.BINARY, "calls", "--json", "--config", path)

    def settings(self):
        """{section: keys}, without those of [[sip.peer]]."""
        found, section = {}, None
        for line in self.everything.splitlines():
            if head := re.match(r"\[+([\w.]+)\]", line):
                section = head.group(1)
            elif key := re.match(r"(\w+) = ", line):
                found.setdefault(section, set()).add(key.group(1))
        return {name: keys for name, keys in found.items() if name != "sip.peer"}

    def test_the_program_takes_it(self):
        for text in (self.text, self.everything):
            done = self.calls(text)
            self.assertEqual((done.returncode, done.stdout.split()), (0, ["[", "]"]), done.stderr)

    def test_no_setting_is_missing(self):
        known = re.search(r"\(known: (.*)\)", self.calls("[nothing]\n").stderr).group(1)
        self.assertEqual([f"[{section}]" for section in self.settings()], known.split(", "))
        for section, keys in self.settings().items():
            known = re.search(r"\(known: (.*)\)", self.calls(f"[{section}]\nnothing = 1\n").stderr).group(1)
            self.assertEqual(keys, set(known.split(", ")) - {"peer"}, section)


# ---- installations ----

class Root:
    """A Debian of its own above the files of `base`; all that was written and started in it ends with it."""

    SCRIPT = """
        root=$2/root
        mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$root"
        rm -rf "$root/etc/earwitness" "$root/var/lib/earwitness"  # what somebody tried out on this machine, in our layer alone
        mount -t proc proc "$root/proc"
        for folder in dev run tmp; do mount -t tmpfs -o mode=755 tmpfs "$root/$folder"; done
        chmod 1777 "$root/tmp"
        mkdir "$root/dev/shm"
        for device in null zero full random urandom; do touch "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"; done
        ip link set lo up
        touch "$2/ready"
        exec chroot "$root" sleep infinity
    """

    def __init__(self, base="/"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="earwitness-root-", dir=support.SCRATCH))
        self.folder.chmod(0o755)
        for name in ("root", "upper", "work"):
            (self.folder / name).mkdir()
        self.server = self.log = None
        self.holder = subprocess.Popen(["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child=SIGKILL", "sh", "-euc", self.SCRIPT,
                                        "root", str(base), str(self.folder)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        end = time.monotonic() + 10
        while not (self.folder / "ready").exists():
            if self.holder.poll() is not None or time.monotonic() > end:
                said = self.holder.stderr.read().decode() if self.holder.poll() is not None else "nothing for 10 s"
                self.remove()
                raise unittest.SkipTest(f"no root of its own can be made here: {said.strip()}")
            time.sleep(0.02)
        self.first = pathlib.Path(f"/proc/{self.holder.pid}/task/{self.holder.pid}/children").read_text().split()[0]

    def remove(self):
        self.holder.kill()
        self.holder.wait()
        self.holder.stderr.close()
        if self.server:
            self.server.wait()
            self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def inside(self, *command, network=()):
        clean = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"]
        return ["nsenter", "--target", self.first, "--mount", "--pid", *network, "--root", "--wd", *clean, *map(str, command)]

    def run(self, *command):
        return run(*self.inside(*command))

    def must(self, *command):
        return must(*self.inside(*command))

    def has(self, path):
        return self.run("test", "-e", path).returncode == 0

    def put(self, folder, path):
        """What is in a folder."""
        packed = subprocess.run(["tar", "-C", folder, "-c", "."], capture_output=True, check=True).stdout
        subprocess.run(self.inside("tar", "-C", path, "-x", "--no-same-owner"), input=packed, check=True)

    def write(self, path, text):
        must(*self.inside("sh", "-c", f"cat > {path}"), input=text)

    # ---- the server, as the unit starts it ----

    def serve(self):
        unit = self.must("sh", "-c", "cat $(dpkg -L earwitness | grep /system/earwitness.service)")
        command, user = (re.search(rf"^{key}=(.*)$", unit, re.MULTILINE).group(1) for key in ("ExecStart", "User"))
        self.log = open(self.folder / "log", "wb")
        self.server = subprocess.Popen(self.inside("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", *command.split(),
                                                   network=["--net"]), stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        end = time.monotonic() + STARTUP_SECONDS
        while self.healthy() != "ok":
            if self.server.poll() is not None or time.monotonic() > end:
                raise AssertionError("the server does not answer:\n" + self.said())
            time.sleep(0.05)

    def said(self):
        return (self.folder / "log").read_text()

    def healthy(self):
        return run("nsenter", "--target", self.first, "--net", "curl", "-s", "--max-time", "2", "http://127.0.0.1:8080/healthz").stdout.strip()

    def stop(self):
        child = pathlib.Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text().split()[0]
        os.kill(int(child), signal.SIGTERM)
        code = self.server.wait(60)
        self.log.close()
        self.server = None
        return code


def make_key(folder):
    """A signing key; the environment in which gpg finds it."""
    folder.mkdir(mode=0o700)
    environment = dict(os.environ, GNUPGHOME=str(folder))
    must("gpg", "--batch", "--passphrase", "", "--quick-gen-key", "packages@example.org", "ed25519", "sign", "1d", env=environment)
    return environment


def bare_debian(folder):
    """debootstrap's smallest, with this machine's way to the package servers."""
    if not shutil.which("debootstrap"):
        raise unittest.SkipTest("debootstrap is not installed")
    done = run("debootstrap", "--variant=minbase", OS_RELEASE["VERSION_CODENAME"], folder)
    if done.returncode != 0:
        raise unittest.SkipTest(f"debootstrap: {done.stdout.splitlines()[-1:]}")
    for path in pathlib.Path("/etc/apt/apt.conf.d").iterdir():
        shutil.copy(path, folder / "etc/apt/apt.conf.d")
    shutil.copy("/etc/resolv.conf", folder / "etc/resolv.conf")
    return folder


@unittest.skipUnless(os.geteuid() == 0, "only root may make a root for an installation")
class Installation(Built):
    # Only our repository is asked: what the package depends on is on this machine.
    APT = ["apt-get", "-q", "-y", "--no-install-recommends", "-o", "Dir::Etc::sourcelist=/etc/apt/sources.list.d/earwitness.sources",
           "-o", "Dir::Etc::sourceparts=-"]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in ("apt-ftparchive", "gpg", "unshare", "nsenter", "setpriv", "ip", "curl"):
            if not shutil.which(name):
                raise unittest.SkipTest(f"{name} is not installed")
        if pathlib.Path("/var/lib/dpkg/info/earwitness.list").exists():
            raise unittest.SkipTest("earwitness is installed on this machine")
        cls.environment = make_key(cls.folder / "gnupg")
        cls.addClassCleanup(run, "gpgconf", "--kill", "all", env=cls.environment)
        cls.repository = cls.folder / "repository"
        cls.publish(cls.package)
        cls.base = cls.make_base()

    @classmethod
    def make_base(cls):
        return "/"

    @classmethod
    def publish(cls, package):
        must(PACKAGING / "make-repository", cls.repository, "packages@example.org", package, env=cls.environment)

    def root(self):
        root = Root(self.base)
        self.addCleanup(root.remove)
        root.must("mkdir", "-p", "/srv/packages", "/etc/apt/keyrings")
        root.put(self.repository, "/srv/packages")
        root.write("/etc/apt/keyrings/earwitness.asc", (self.repository / "earwitness.asc").read_text())
        root.write("/etc/apt/sources.list.d/earwitness.sources",
                   f"Types: deb\nURIs: file:/srv/packages\nSuites: {OS_RELEASE['VERSION_CODENAME']}\nComponents: main\n"
                   "Signed-By: /etc/apt/keyrings/earwitness.asc\n")
        root.must(*self.APT, "update")
        return root

    def apt(self, root, *arguments):
        return root.must(*self.APT, *arguments)

    def owner_and_mode(self, root, path):
        return root.must("stat", "-c", "%U:%G %a", path).strip()

    def witness(self, root):
        """What must not change: the calls, and what each recorded one sounds like."""
        calls = json.loads(root.must("earwitness", "calls", "--json", "--limit", "1000"))
        sounds = {}
        for call in calls:
            if call["recording_state"] == "recorded":
                root.must("earwitness", "export", call["call_id"], "-o", "/tmp/call.wav")
                sounds[call["call_id"]] = root.must("sha256sum", "/tmp/call.wav").split()[0]
                root.must("rm", "/tmp/call.wav")
        self.assertGreater(len(sounds), 3)
        self.assertIn("everything is as it was stored", root.must("earwitness", "verify"))
        return sorted(call["call_id"] for call in calls), sounds

    def installed(self, root):
        """What a first installation says and lays out."""
        said = self.apt(root, "install", "earwitness")
        self.assertIn("http://127.0.0.1:8080/", said)
        self.assertIn(KEYS, said)
        self.assertEqual(self.owner_and_mode(root, DATA), "earwitness:earwitness 700")
        self.assertEqual(self.owner_and_mode(root, KEYS), "earwitness:earwitness 700")
        self.assertEqual(self.owner_and_mode(root, "/etc/earwitness"), "root:earwitness 750")
        self.assertTrue(root.has("/etc/systemd/system/multi-user.target.wants/earwitness.service"))

    def test_data_and_keys_stay(self):
        root = self.root()
        self.installed(root)
        root.serve()
        self.assertRegex(root.said(), r"Open http://127\.0\.0\.1:8080/setup#\S+ to begin\.")
        root.must("earwitness", "import", SAMPLE)
        before = self.witness(root)
        self.assertEqual(root.stop(), 0)

        self.apt(root, "remove", "earwitness")
        self.assertFalse(root.has("/usr/bin/earwitness"))
        self.assertTrue(root.has("/etc/earwitness/earwitness.toml"))
        self.apt(root, "install", "earwitness")
        self.assertEqual(self.witness(root), before)  # without a server

        # An upgrade beside a running server, with a configuration that was changed here.
        root.must("sed", "-i", 's/^#level = .*/level = "debug"/', "/etc/earwitness/earwitness.toml")
        root.serve()
        self.publish(build(self.folder / "newer", "99.0"))
        root.put(self.repository, "/srv/packages")
        self.apt(root, "update")
        said = self.apt(root, "install", "earwitness")
        self.assertIn("99.0~deb", root.must("dpkg-query", "-W", "-f", "${Version}", "earwitness"))
        self.assertNotIn("first account", said)
        self.assertEqual(root.must("grep", "-c", '^level = "debug"', "/etc/earwitness/earwitness.toml").strip(), "1")
        self.assertEqual(self.witness(root), before)  # of the server that goes on
        self.assertEqual(root.stop(), 0)
        root.serve()
        self.assertEqual(self.witness(root), before)
        self.assertEqual(root.stop(), 0)

        said = self.apt(root, "purge", "earwitness")
        self.assertRegex(said, rf"stay in.* {DATA} {KEYS}\.")
        self.assertFalse(root.has("/etc/earwitness/earwitness.toml"))
        self.assertTrue(root.must("ls", KEYS).split() and root.has(f"{DATA}/vault"))
        self.apt(root, "install", "earwitness")
        self.assertEqual(self.witness(root), before)

    def test_nothing_stays_of_what_was_never_used(self):
        root = self.root()
        self.installed(root)
        self.apt(root, "purge", "earwitness")
        self.assertEqual([path for path in (DATA, "/etc/earwitness", "/usr/share/earwitness", "/usr/bin/earwitness") if root.has(path)], [])

    def test_a_repository_that_was_changed_is_refused(self):
        root = self.root()
        lists = f"/srv/packages/dists/{OS_RELEASE['VERSION_CODENAME']}"
        root.must("sed", "-i", "s/^Origin: Earwitness/Origin: Earwitnesz/", f"{lists}/InRelease", f"{lists}/Release")
        done = root.run(*self.APT, "update", "--error-on=any")
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stdout + done.stderr, "BADSIG|signature")


@unittest.skipUnless(os.environ.get("EW_LONG"), "a bare Debian is made with ./test --long only")
class BareInstallation(Installation):
    """The same on a Debian that has nothing: apt brings what the package depends on."""

    APT = ["apt-get", "-q", "-y", "--no-install-recommends"]

    @classmethod
    def make_base(cls):
        return bare_debian(cls.folder / "bare")


if __name__ == "__main__":
    unittest.main()
