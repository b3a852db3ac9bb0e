#!/usr/bin/env python3
"""Reads one part (docs/formats/part.md) and checks all of it: a second implementation, written from the specification alone.

usage: read_part.py FILE [--key DEK_IN_HEX]
Prints what it found as JSON. Without a key: structure, checksums, Merkle root. With it: commitment, tags, leaves, records too.
Exit 1 and a message if anything does not fit. Python's standard library only, so AES is written out here, slow and simple.
"""
import hashlib
import hmac
import json
import struct
import sys
import uuid

KINDS = {1: "log", 2: "media", 3: "derived"}
ENDS = {1: "closed", 2: "cut", 3: "pause", 4: "consent", 5: "keep", 6: "crash", 7: "freed"}
FIXED_HEADER = 206


def need(condition, what):
    if not condition:
        raise ValueError(what)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def sha256(data):
    return hashlib.sha256(data).digest()


def mac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def hkdf(key, salt, info):
    return mac(mac(salt, key), info + b"\x01")


def merkle_root(leaves):
    """RFC 6962 section 2.1, as it stands there."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0])
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + merkle_root(leaves[:split]) + merkle_root(leaves[split:]))


class Aes256Gcm:
    """FIPS 197 and NIST SP 800-38D, 96-bit nonces."""

    def __init__(self, key):
        self.sbox = self._make_sbox()
        words = [list(key[i:i + 4]) for i in range(0, 32, 4)]
        round_constant = 1
        for i in range(8, 60):
            word = list(words[-1])
            if i % 8 == 0:
                word = [self.sbox[b] for b in word[1:] + word[:1]]
                word[0] ^= round_constant
                round_constant = self._double(round_constant)
            elif i % 8 == 4:
                word = [self.sbox[b] for b in word]
            words.append([a ^ b for a, b in zip(words[i - 8], word)])
        self.round_keys = [sum(words[i:i + 4], []) for i in range(0, 60, 4)]
        self.hash_key = int.from_bytes(self._block(bytes(16)), "big")

    @staticmethod
    def _double(value):
        return (value << 1 ^ (0x11B if value & 0x80 else 0)) & 0xFF

    @classmethod
    def _make_sbox(cls):
        exponents, value = [], 1
        for _ in range(255):
            exponents.append(value)
            value ^= cls._double(value)  # times 3, a generator
        box = [0x63] * 256
        for power, value in enumerate(exponents):
            inverse = exponents[-power % 255]
            box[value] = 0x63
            for shift in range(5):
                box[value] ^= (inverse << shift | inverse >> 8 - shift) & 0xFF
        return box

    def _block(self, block):
        state = [a ^ b for a, b in zip(block, self.round_keys[0])]
        for number, key in enumerate(self.round_keys[1:], 1):
            state = [self.sbox[state[(i + 4 * (i % 4)) % 16]] for i in range(16)]
            if number < 14:
                mixed = []
                for column in range(0, 16, 4):
                    a = state[column:column + 4]
                    total = a[0] ^ a[1] ^ a[2] ^ a[3]
                    mixed += [a[i] ^ total ^ self._double(a[i] ^ a[(i + 1) % 4]) for i in range(4)]
                state = mixed
            state = [a ^ b for a, b in zip(state, key)]
        return bytes(state)

    def _ghash(self, data):
        result = 0
        for i in range(0, len(data), 16):
            value, product, factor = self.hash_key, 0, result ^ int.from_bytes(data[i:i + 16], "big")
            for bit in range(127, -1, -1):
                if factor >> bit & 1:
                    product ^= value
                value = value >> 1 ^ (0xE1 << 120 if value & 1 else 0)
            result = product
        return result

    def open(self, nonce, aad, sealed):
        cipher, tag = sealed[:-16], sealed[-16:]
        padded = lambda data: data + bytes(-len(data) % 16)
        digest = self._ghash(padded(aad) + padded(cipher) + struct.pack(">QQ", 8 * len(aad), 8 * len(cipher)))
        mask = int.from_bytes(self._block(nonce + b"\x00\x00\x00\x01"), "big")
        need((digest ^ mask).to_bytes(16, "big") == tag, "tag does not fit")
        stream = b"".join(self._block(nonce + struct.pack(">I", i + 2)) for i in range(-(-len(cipher) // 16)))
        return bytes(a ^ b for a, b in zip(cipher, stream))


def read_header(data):
    need(data[:8] == b"EWPART1\n", "no part begins here")
    version, kind, algorithms, length, generation, number = struct.unpack_from("<HBBIII", data, 8)
    need(version == 1 and kind in KINDS and algorithms == 1, "version, kind or algorithms")
    need(FIXED_HEADER <= length <= FIXED_HEADER + 64 and length <= len(data), "header length")
    need(crc32c(data[:length - 4]) == struct.unpack_from("<I", data, length - 4)[0], "header CRC")
    node, call, recording, part = (str(uuid.UUID(bytes=data[i:i + 16])) for i in range(24, 88, 16))
    wall, monotonic, source = struct.unpack_from("<qqB", data, 152)
    previous_root, tenant_size = data[169:201], data[201]
    need(tenant_size == length - FIXED_HEADER and source <= 1, "tenant or clock source")
    need(generation > 0 or previous_root == bytes(32), "generation 0 has no root before it")
    return {"length": length, "kind": KINDS[kind], "generation": generation, "number": number, "node": node, "call": call,
            "recording": recording, "part": part, "salt": data[88:120], "key_commitment": data[120:152], "anchor_wall": wall,
            "anchor_monotonic": monotonic, "clock_source": source, "tenant": data[202:202 + tenant_size].decode()}


def read_footer(data):
    need(data[-8:] == b"EWPEND1\n", "no part ends here")
    size = struct.unpack_from("<I", data, len(data) - 12)[0]
    need(size <= len(data), "footer length")
    footer = data[-size:]
    need(sha256(footer[:-44]) == footer[-44:-12], "footer SHA-256")
    magic, end, count = struct.unpack_from("<8sII", footer)
    need(magic == b"EWPFOOT1" and end in ENDS, "footer")
    index = [struct.unpack_from("<QIqq32s", footer, 16 + 60 * i) for i in range(count)]
    at = 16 + 60 * count
    copy_size = struct.unpack_from("<H", footer, at + 32)[0]
    need(size == at + 34 + copy_size + 44, "footer length")
    return {"size": size, "end": ENDS[end], "index": index, "root": footer[at:at + 32], "recovery_copy": footer[at + 34:at + 34 + copy_size]}


def read_frames(data, header, footer):
    at, last_frame = header["length"], len(footer["index"]) - 1
    for number, (offset, length, first_at, last_at, leaf) in enumerate(footer["index"]):
        frame = data[at:at + length]
        size, flags, zeros, own_number, first, last, own_leaf = struct.unpack_from("<IB3sQqq32s", frame)
        need((offset, length, number, first_at, last_at, leaf) == (at, size, own_number, first, last, own_leaf), f"frame {number}: the index")
        need(flags in (0, 1, 2) and zeros == bytes(3), f"frame {number}: flags")
        need(flags != 2 or (size == 64 and header["generation"] > 0), f"frame {number}: destroyed")
        need(flags == 2 or size >= 80, f"frame {number}: length")
        need(flags != 1 or number == last_frame, f"frame {number}: last, but others follow")
        need(number < last_frame or flags or footer["end"] == "crash", "the last frame is missing")
        yield number, flags, frame
        at += length
    need(at == len(data) - footer["size"], "bytes between the frames and the footer")
    need(merkle_root([entry[4] for entry in footer["index"]]) == footer["root"], "Merkle root")


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return value, at


def read_records(plaintext, first_at):
    at, time, records = 0, first_at, []
    while at < len(plaintext):
        length, at = varint(plaintext, at)
        need(0 < length <= len(plaintext) - at, "a record's length")
        kind = plaintext[at]
        if 1 <= kind <= 7:
            delta, _ = varint(plaintext, at + 1)
            time += delta >> 1 ^ -(delta & 1)
            records.append({"type": kind, "at": time, "length": length})
        at += length
    return records


def read_part(data, dek=None):
    header = read_header(data)
    footer = read_footer(data[header["length"]:])
    keys = header_hash = None
    if dek:
        salt = header["salt"]
        need(hkdf(dek, salt, b"earwitness part commitment v1") == header["key_commitment"], "the key is another part's")
        keys = Aes256Gcm(hkdf(dek, salt, b"earwitness frame key v1")), hkdf(dek, salt, b"earwitness leaf salt v1")
        header_hash = sha256(data[:header["length"]])
    frames = []
    for number, flags, frame in read_frames(data, header, footer):
        found = {"number": number, "flags": flags, "length": len(frame), "leaf": frame[32:64].hex()}
        if keys and flags != 2:
            plaintext = keys[0].open(struct.pack(">IQ", 0, number), header_hash + frame[:64], frame[64:])
            salt = mac(keys[1], struct.pack(">Q", number))
            if header["generation"] > 0:
                salt, plaintext = plaintext[:32], plaintext[32:]
            need(mac(salt, plaintext) == frame[32:64], f"frame {number}: leaf")
            found["plaintext_sha256"] = sha256(plaintext).hex()
            found["records"] = read_records(plaintext, struct.unpack_from("<q", frame, 16)[0])
        frames.append(found)
    header.update(salt=header["salt"].hex(), key_commitment=header["key_commitment"].hex())
    return {"header": header, "end": footer["end"], "root": footer["root"].hex(), "recovery_copy": footer["recovery_copy"].hex(), "frames": frames}


def main(arguments):
    if len(arguments) not in (1, 3) or (len(arguments) == 3 and arguments[1] != "--key"):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        with open(arguments[0], "rb") as file:
            data = file.read()
        print(json.dumps(read_part(data, bytes.fromhex(arguments[2]) if len(arguments) == 3 else None), indent=1))
        return 0
    except (ValueError, IndexError, struct.error, OSError) as error:
        print(f"{arguments[0]}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
