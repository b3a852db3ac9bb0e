#!/usr/bin/env python3
"""Makes C++ and assembler source of the panel's files, so that the program carries them.

usage: embed_panel.py DIST OUT
Writes OUT/panel_files.cc and OUT/panel_bytes.S: every file below DIST as it is and, where that is smaller, compressed.
"""
import gzip
import pathlib
import sys

MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon", ".json": "application/json",
    ".webmanifest": "application/manifest+json", ".txt": "text/plain; charset=utf-8", ".woff2": "font/woff2",
    ".ftl": "text/plain; charset=utf-8",
}


def main():
    dist, out = map(pathlib.Path, sys.argv[1:3])
    out.mkdir(parents=True, exist_ok=True)
    assembler, table = [".section .rodata\n"], []
    for number, file in enumerate(sorted(p for p in dist.rglob("*") if p.is_file())):
        if file.suffix not in MEDIA_TYPES:
            sys.exit(f"{file}: no media type is known for {file.suffix}")
        path = "/" + file.relative_to(dist).as_posix()
        content = file.read_bytes()
        compressed = gzip.compress(content, 9, mtime=0)
        packed = out / f"{number}.gz"
        packed.write_bytes(compressed if len(compressed) < len(content) else b"")
        for name, source in ((f"panel_{number}", file), (f"panel_{number}_gzip", packed)):
            assembler.append(f'.global {name}_begin\n.global {name}_end\n{name}_begin:\n.incbin "{source.resolve()}"\n{name}_end:\n')
        # Names of assets hold a hash of what is in them.
        immutable = "true" if path.startswith("/assets/") else "false"
        table.append((number, path, MEDIA_TYPES[file.suffix], immutable))
    assembler.append('.section .note.GNU-stack,"",%progbits\n')
    (out / "panel_bytes.S").write_text("".join(assembler))
    names = [f"panel_{number}{kind}_{edge}" for number, *_ in table for kind in ("", "_gzip") for edge in ("begin", "end")]
    lines = ['// Made by tools/embed_panel.py.\n#include "panel/panel.h"\n\n']
    if names:
        lines.append('extern "C" const char ' + ", ".join(name + "[]" for name in names) + ";\n\n")
    lines.append("namespace ew::panel {\n\nstd::vector<http::StaticFile> files() {\n  return {\n")
    for number, path, media_type, immutable in table:
        whole = f"{{panel_{number}_begin, panel_{number}_end}}, {{panel_{number}_gzip_begin, panel_{number}_gzip_end}}"
        lines.append(f'      {{"{path}", {whole}, "{media_type}", {immutable}}},\n')
    lines.append("  };\n}\n\n}  // namespace ew::panel\n")
    (out / "panel_files.cc").write_text("".join(lines))


main()
