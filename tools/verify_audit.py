#!/usr/bin/env python3
"""Checks an audit log (docs/formats/audit.md) without any code of the program: entries, tiles, root, signature, chains.

Needs Python's standard library and the `openssl` program. Prints each finding; exits 1 if there is one.
"""
import argparse
import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile

# DER of a SubjectPublicKeyInfo for Ed25519 (RFC 8410), which the 32 bytes of the key follow.
ED25519_DER = bytes.fromhex("302a300506032b6570032100")
WIDTH = 256


def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def tree_hash(hashes):
    """RFC 6962 section 2.1, from leaf (or complete subtree) hashes."""
    if not hashes:
        return hashlib.sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return node_hash(tree_hash(hashes[:half]), tree_hash(hashes[half:]))


def tile_path(level, number, width):
    groups = "%03d" % (number % 1000)
    while number >= 1000:
        number //= 1000
        groups = "x%03d/%s" % (number % 1000, groups)
    return "tile/%s/%s%s" % (level, groups, "" if width == WIDTH else ".p/%d" % width)


def tiles(count):
    """Number and width of each tile that holds `count` things."""
    full, rest = divmod(count, WIDTH)
    return [(n, WIDTH) for n in range(full)] + ([(full, rest)] if rest else [])


def verify_signature(key, text, signature):
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("key", "text", "signature")]
        for path, content in zip(paths, (ED25519_DER + key, text, signature)):
            with open(path, "wb") as file:
                file.write(content)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", paths[0], "-rawin",
                   "-in", paths[1], "-sigfile", paths[2]]
        return subprocess.run(command, capture_output=True).returncode == 0


class Checker:
    def __init__(self, directory, key):
        self.directory, self.key, self.findings = directory, key, []

    def found(self, what):
        self.findings.append(what)

    def read(self, path):
        try:
            with open(os.path.join(self.directory, path), "rb") as file:
                return file.read()
        except OSError as error:
            self.found("%s: %s" % (path, error.strerror))
            return b""

    def checkpoint(self):
        note = self.read("checkpoint")
        match = re.fullmatch(rb"(([^\n]+)\n(0|[1-9][0-9]*)\n([A-Za-z0-9+/=]+)\n)\n\xe2\x80\x94 ([^\n]+) ([A-Za-z0-9+/=]+)\n", note)
        if not match:
            return self.found("checkpoint: not a signed note")
        text, origin, size, root, signer, signature = match.groups()
        signature = base64.b64decode(signature, validate=True)
        key_hash = hashlib.sha256(origin + b"\n\x01" + self.key).digest()[:4]
        if signer != origin or signature[:4] != key_hash or not verify_signature(self.key, text, signature[4:]):
            return self.found("checkpoint: the signature does not fit")
        return int(size), base64.b64decode(root, validate=True)

    def entries(self, size):
        for number, width in tiles(size):
            path = tile_path("entries", number, width)
            bundle, at = self.read(path), 0
            for _ in range(width):
                length = int.from_bytes(bundle[at:at + 2], "big")
                if at + 2 + length > len(bundle):
                    return self.found("%s: ends too early" % path)
                yield bundle[at + 2:at + 2 + length]
                at += 2 + length
            if at != len(bundle):
                self.found("%s: holds more than %d entries" % (path, width))

    def chain(self, entries):
        last = {}
        for index, entry in enumerate(entries):
            try:
                event = json.loads(entry)
            except ValueError:
                self.found("entry %d: not JSON" % index)
                continue
            canonical = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
            if canonical != entry:
                self.found("entry %d: not canonical" % index)
            if "recording" in event:
                rseq, previous = last.get(event["recording"], (-1, None))
                if event.get("rseq") != rseq + 1 or event.get("prev") != previous:
                    self.found("entry %d: breaks the chain of recording %s" % (index, event["recording"]))
                last[event["recording"]] = (rseq + 1, leaf_hash(entry).hex())

    def run(self):
        checkpoint = self.checkpoint()
        if not checkpoint:
            return
        size, root = checkpoint
        entries = list(self.entries(size))
        self.chain(entries)
        hashes = [leaf_hash(entry) for entry in entries]
        if tree_hash(hashes) != root:
            self.found("checkpoint: the entries give another root")
        level = 0
        while hashes:
            for number, width in tiles(len(hashes)):
                path = tile_path(level, number, width)
                if self.read(path) != b"".join(hashes[number * WIDTH:number * WIDTH + width]):
                    self.found("%s: not what the entries give" % path)
            hashes = [tree_hash(hashes[n:n + WIDTH]) for n in range(0, len(hashes) - WIDTH + 1, WIDTH)]
            level += 1
        print("%d entries, root %s" % (size, root.hex()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", help="the audit log's folder")
    parser.add_argument("--key", required=True, help="the node's Ed25519 public key: 64 hex digits")
    arguments = parser.parse_args()
    checker = Checker(arguments.directory, bytes.fromhex(arguments.key))
    checker.run()
    for finding in checker.findings:
        print(finding, file=sys.stderr)
    return 1 if checker.findings else 0


if __name__ == "__main__":
    sys.exit(main())
