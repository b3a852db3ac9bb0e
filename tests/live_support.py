"""What the tests of live sources share: a network of their own, and captures sent on it as they were captured.

A network namespace with a pair of Ethernet devices: what is sent on `ew-near` comes out of `ew-far`. It goes away with the process."""
import ctypes
import os
import socket
import struct
import subprocess
import threading
import time
import unittest

NEAR, FAR = "ew-near", "ew-far"
CLONE_NEWNET = 0x40000000


def own_network():
    """This process, and whatever it starts, moves into a network namespace of its own; why not, where that is refused."""
    if os.geteuid() != 0:
        return "only root may make a network namespace"
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        return f"no network namespace: {os.strerror(ctypes.get_errno())}"
    # Otherwise the kernel sends on the pair by itself.
    with open("/proc/sys/net/ipv6/conf/all/disable_ipv6", "w") as setting:
        setting.write("1")
    for arguments in ("link set lo up", f"link add {NEAR} type veth peer name {FAR}", f"link set {NEAR} up", f"link set {FAR} up"):
        if subprocess.run(["ip", *arguments.split()], capture_output=True, check=False).returncode != 0:
            return f"ip {arguments} fails here"
    return None


def skip_without_network(why):
    if why:
        raise unittest.SkipTest(why)


def packets_of(path):
    """(seconds from the first, frame) of a classic pcap file of Ethernet in this machine's byte order."""
    content = path.read_bytes()
    magic, = struct.unpack_from("<I", content)
    unit = {0xA1B2C3D4: 1e-6, 0xA1B23C4D: 1e-9}[magic]
    packets, at, first = [], 24, None
    while at < len(content):
        seconds, fraction, kept, _ = struct.unpack_from("<IIII", content, at)
        moment = seconds + fraction * unit
        first = moment if first is None else first
        packets.append((moment - first, content[at + 16:at + 16 + kept]))
        at += 16 + kept
    return packets


def send(packets, speed=1.0, stop=None):
    """Sends the frames at the pace at which they were captured, or `speed` times as fast. How many were sent."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as near:
        near.bind((NEAR, 0))
        began = time.monotonic()
        for sent, (moment, frame) in enumerate(packets):
            wait = moment / speed - (time.monotonic() - began)
            if wait > 0:
                time.sleep(wait)
            if stop is not None and stop.is_set():
                return sent
            near.send(frame)
    return len(packets)


class Sending:
    """Sends in a thread of its own until it is stopped or done."""

    def __init__(self, packets, speed=1.0):
        self.stopped = threading.Event()
        self.sent = 0
        self.thread = threading.Thread(target=self._work, args=(packets, speed))
        self.thread.start()

    def _work(self, packets, speed):
        self.sent = send(packets, speed, self.stopped)

    def stop(self):
        self.stopped.set()
        self.thread.join()
        return self.sent
