"""SRTP as a sender makes it (RFC 3711, AES_CM_128_HMAC_SHA1_80), by OpenSSL's command and the standard library: slow, and not ours."""
import hashlib
import hmac
import struct
import subprocess


def aes_ctr(key, counter, size):
    """Key stream: AES-128 in counter mode over zeros."""
    done = subprocess.run(["openssl", "enc", "-aes-128-ctr", "-K", key.hex(), "-iv", counter.to_bytes(16, "big").hex()], input=bytes(size),
                          capture_output=True, check=True)
    return done.stdout


class Protector:
    """Packets of one SSRC under one master key (16 bytes) and salt (14 bytes), as SDES has them in one text of 30."""

    def __init__(self, key_and_salt):
        self.master, self.salt = key_and_salt[:16], int.from_bytes(key_and_salt[16:], "big")
        self.cipher_key, self.auth_key, self.cipher_salt = self.derived(0, 16), self.derived(1, 20), int.from_bytes(self.derived(2, 14), "big")
        self.rollovers, self.last = 0, None

    def derived(self, label, size):
        return aes_ctr(self.master, (self.salt ^ (label << 48)) << 16, size)

    def protect(self, packet):
        sequence, = struct.unpack_from(">H", packet, 2)
        ssrc, = struct.unpack_from(">I", packet, 8)
        if self.last is not None and sequence < self.last:
            self.rollovers += 1
        self.last = sequence
        index = self.rollovers << 16 | sequence
        stream = aes_ctr(self.cipher_key, (self.cipher_salt << 16) ^ (ssrc << 64) ^ (index << 16), len(packet) - 12)
        sealed = packet[:12] + bytes(a ^ b for a, b in zip(packet[12:], stream))
        return sealed + hmac.new(self.auth_key, sealed + struct.pack(">I", self.rollovers), hashlib.sha1).digest()[:10]
