"""Two real softphones (baresip) that call each other through a real proxy (Kamailio) with a media relay (rtpengine), all on this machine, in the
network namespace of `live_support`: what passes on `lo` is what the wire of such an installation shows."""
import math
import pathlib
import shutil
import socket
import struct
import subprocess
import threading
import time
import wave

from support import wait_for

PROXY = "10.77.0.1"
PHONES = ("10.77.0.2", "10.77.0.3")
NUMBERS = ("4200", "4300")
RELAY_PORTS = (41_000, 41_100)
PROGRAMS = ("kamailio", "rtpengine", "baresip")
MODULES = next((path for path in (pathlib.Path("/usr/lib/baresip/modules"), pathlib.Path("/usr/lib/x86_64-linux-gnu/baresip/modules")) if path.is_dir()), None)

KAMAILIO = f"""#!KAMAILIO
debug=1
log_stderror=yes
children=2
disable_tcp=yes
listen=udp:{PROXY}:5060
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "rtpengine.so"
modparam("rtpengine", "rtpengine_sock", "udp:127.0.0.1:2223")
request_route {{
  if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
  if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
  if (has_totag()) {{
    if (is_method("BYE")) rtpengine_delete();
    if (loose_route() || t_check_trans()) t_relay();
    exit;
  }}
  t_check_trans();
  if (is_method("REGISTER")) {{ save("location"); exit; }}
  record_route();
  if (!lookup("location")) {{ sl_send_reply("404", "Not Found"); exit; }}
  if (is_method("INVITE")) {{ rtpengine_offer(); t_on_reply("ANSWER"); }}
  t_relay();
}}
onreply_route[ANSWER] {{ if (has_body("application/sdp")) rtpengine_answer(); }}
"""
# What Kamailio is told besides, where it sends copies of its SIP by HEP. The phones then speak with it over TCP at a port where no interface is
# watched for SIP, as nothing can be read on the wire of a proxy that speaks TLS.
HIDDEN_PORT = 7060
AGENT, KEY = 2001, "of the proxy"
SIPTRACE = """loadmodule "siptrace.so"
modparam("siptrace", "trace_on", 1)
modparam("siptrace", "trace_mode", 1)
modparam("siptrace", "trace_to_database", 0)
modparam("siptrace", "hep_mode_on", 1)
modparam("siptrace", "hep_version", 3)
modparam("siptrace", "hep_capture_id", {agent})
modparam("siptrace", "auth_key", "{key}")
modparam("siptrace", "duplicate_uri", "sip:127.0.0.1:{port}")
request_route {{"""
MODULE_LINES = "".join(f"module {name}.so\n" for name in ("g711", "aufile", "aubridge")) + "module_app account.so\nmodule_app menu.so\n"


def missing():
    """What is not installed, or nothing."""
    absent = [name for name in PROGRAMS if not shutil.which(name)]
    return ", ".join(absent if absent or MODULES else ["baresip's modules"])


def make_addresses():
    """One device for the proxy and for each phone; what they send each other passes on `lo`."""
    for number, address in enumerate((PROXY, *PHONES), 1):
        for arguments in (f"link add phone{number} type veth peer name line{number}", f"addr add {address}/32 dev phone{number}",
                          f"link set line{number} up", f"link set phone{number} up"):
            done = subprocess.run(["ip", *arguments.split()], capture_output=True, text=True, check=False)
            assert done.returncode == 0, (arguments, done.stderr)


def write_tone(path, hertz, seconds=60):
    """Not silence: what is heard tells the two phones apart."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        # A tone that rises: no two packets are the same.
        phase = [2 * math.pi * (hertz + at / 16_000) * at / 8_000 for at in range(seconds * 8_000)]
        file.writeframes(b"".join(struct.pack("<h", int(9_000 * math.sin(value))) for value in phase))


class Telephony:
    """Proxy, relay and two registered phones; the first calls the second. With a port for HEP their SIP cannot be seen on the wire."""

    def __init__(self, folder, hep_port=None):
        self.folder, self.processes, self.logs = pathlib.Path(folder), [], []
        self.folder.mkdir()
        proxy, parameters, port, configuration = PROXY, "", 5060, KAMAILIO
        if hep_port:
            proxy, parameters, port = f"{PROXY}:{HIDDEN_PORT}", ";transport=tcp", HIDDEN_PORT
            configuration = configuration.replace("disable_tcp=yes", f"listen=tcp:{proxy}").replace(f"{PROXY}:5060", f"127.0.0.1:{HIDDEN_PORT}").replace(
                "request_route {", SIPTRACE.format(agent=AGENT, key=KEY, port=hep_port), 1)
        self.callee = f"sip:{NUMBERS[1]}@{proxy}{parameters}"
        (self.folder / "kamailio.cfg").write_text(configuration)
        self.start("rtpengine", f"--interface={PROXY}", "--listen-ng=127.0.0.1:2223", "--table=-1", f"--port-min={RELAY_PORTS[0]}",
                   f"--port-max={RELAY_PORTS[1]}", "--foreground", "--log-stderr", f"--pidfile={self.folder}/rtpengine.pid", "--config-file=none")
        self.wait_for("rtpengine", "Startup complete")
        self.start("kamailio", "-f", self.folder / "kamailio.cfg", "-DD", "-E", "-m", "32", "-M", "4", "-P", self.folder / "kamailio.pid", "-Y", self.folder)
        for number, (own, user) in enumerate(zip(PHONES, NUMBERS), 1):
            home = self.folder / user
            home.mkdir()
            write_tone(home / "said.wav", 200 * number)
            (home / "accounts").write_text(f"<sip:{user}@{proxy}{parameters}>;regint=60;audio_codecs=pcma;answermode=auto\n")
            (home / "contacts").write_text("")
            (home / "config").write_text(
                f"module_path {MODULES}\nsip_listen {own}:{port}\nnet_interface phone{number + 1}\nrtp_ports 1{number}000-1{number}100\n"
                f"audio_source aufile,{home}/said.wav\naudio_player aubridge,none\naudio_alert aubridge,none\nausrc_srate 8000\nauplay_srate 8000\n"
                "ausrc_channels 1\nauplay_channels 1\n" + MODULE_LINES)
        self.start("baresip", "-f", self.folder / NUMBERS[1], name="callee")
        self.wait_for("callee", "200 OK")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.terminate()
        for process in reversed(self.processes):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for log in self.logs:
            log.close()

    def start(self, program, *arguments, name=None):
        log = open(self.folder / f"{name or program}.log", "ab")
        self.logs.append(log)
        self.processes.append(subprocess.Popen([program, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=log, stderr=log))
        return self.processes[-1]

    def log(self, name):
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def call(self, seconds):
        """The first phone calls, and hangs up so long after its start. Its process."""
        caller = self.start("baresip", "-f", self.folder / NUMBERS[0], "-t", seconds, "-e", f"d {self.callee}", name="caller")
        self.wait_for("caller", "Call established")
        return caller

    def wait_for(self, name, text):
        """Until a program says so; else with what all of them said."""
        try:
            wait_for(lambda: text in self.log(name), 20, f"{name}: {text}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n" + "\n".join(path.read_text(errors="replace")[-2_000:] for path in self.folder.glob("*.log"))) from None

    def wait_until_heard(self):
        """Until the caller hears the callee."""
        self.wait_for("caller", "incoming rtp for 'audio' established")
        time.sleep(0.2)


class Copier:
    """Sends a copy of each packet that a phone sends to the relay on to somebody else, as a recording client in the relay would: with the SSRC, the
    sequence number and the payload that it had."""

    def __init__(self):
        self.targets = {}  # by the thousands of the phone's RTP ports: (place among the phones, line)
        self.copied = [0, 0]
        self.stopped = threading.Event()
        self.wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.wire.bind(("lo", 0))
        self.wire.settimeout(0.1)
        self.thread = threading.Thread(target=self._work, daemon=True)

    def start(self, lines):
        """`lines`: a siprec_client.Line for each phone, in their order."""
        self.targets = {11: (0, lines[0]), 12: (1, lines[1])}
        self.thread.start()

    def stop(self):
        self.stopped.set()
        if self.thread.is_alive():
            self.thread.join()
        self.wire.close()

    def _work(self):
        while not self.stopped.is_set():
            try:
                frame, (_, _, kind, *_) = self.wire.recvfrom(65_536)
            except TimeoutError:
                continue
            if kind == socket.PACKET_OUTGOING or len(frame) < 42 or frame[12:14] != b"\x08\x00" or frame[23] != 17:
                continue
            source, target = struct.unpack_from(">HH", frame, 34)
            packet = frame[42:]
            place = self.targets.get(source // 1_000)
            if place and RELAY_PORTS[0] <= target <= RELAY_PORTS[1] and source % 2 == 0 and packet[:1] == b"\x80":
                number, line = place
                line.socket.sendto(packet, line.target)
                self.copied[number] += 1
