#!/usr/bin/env python3
"""Checks what the compiler cannot see: the layers, headers, leftovers. Prints file:line: rule; exit 1 on any finding."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
layer = {}
for line in (root / "tools/layers.txt").read_text().splitlines():
    if line and not line.startswith("#"):
        number, *names = line.split()
        layer.update({name: int(number) for name in names})

findings = []
include = re.compile(r'^\s*#\s*include\s*"([a-z0-9_]+)/[^"]+"')
# (rule, pattern, where it is allowed)
banned = [
    ("SQL lives in db/ alone", re.compile(r"\bsqlite3_|\bPQexec"), {"db"}),
    ("wall time comes from Clock", re.compile(r"system_clock::now|\bgettimeofday\(|[^_]\btime\(nullptr\)"), {"base"}),
    ("no leftovers", re.compile(r"\b(TODO|FIXME|XXX|HACK)\b"), set()),
    # GCC 12 makes code of it that crashes at the first resume.
    ("no co_await in a condition", re.compile(r"\b(if|while) \((?:[^()]|\([^()]*\))*\bco_await\b"), set()),
    ("no using namespace in headers", re.compile(r"^using namespace"), None),
]

for path in sorted((root / "src").rglob("*")):
    if path.suffix not in (".h", ".cc"):
        continue
    module = path.relative_to(root / "src").parts[0]
    where = path.relative_to(root)
    if module not in layer:
        findings.append(f"{where}:1: module {module} is not in tools/layers.txt")
        continue
    is_test = path.name.endswith("_test.cc")
    lines = path.read_text().splitlines()
    if path.suffix == ".h" and "#pragma once" not in lines:
        findings.append(f"{where}:1: header without #pragma once")
    for number, text in enumerate(lines, 1):
        found = include.match(text)
        if found:
            other = found.group(1)
            if other not in layer:
                findings.append(f"{where}:{number}: include of unknown module {other}")
            elif other != module and layer[other] >= layer[module]:
                findings.append(f"{where}:{number}: {module} (layer {layer[module]}) includes {other} (layer {layer[other]})")
        for rule, pattern, allowed in banned:
            if allowed is None:
                if path.suffix == ".h" and pattern.search(text):
                    findings.append(f"{where}:{number}: {rule}")
            elif module not in allowed and not is_test and pattern.search(text):
                findings.append(f"{where}:{number}: {rule}")

for name in layer:
    if (root / "src" / name).is_dir() and not (root / "src" / name / "README.md").exists():
        findings.append(f"src/{name}: no README.md")

print("\n".join(findings), end="\n" if findings else "")
sys.exit(1 if findings else 0)
