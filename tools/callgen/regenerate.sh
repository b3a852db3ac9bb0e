#!/bin/sh
# Makes all committed captures again: tests/captures and sample. Usage: tools/callgen/regenerate.sh [path of callgen]
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
callgen=${1:-$root/build/release/tools/callgen/callgen}
[ -x "$callgen" ] || { echo "$callgen is not built: ninja callgen, or give its path" >&2; exit 1; }
for scenario in "$root"/tools/callgen/scenarios/*.toml; do
  case $scenario in
    */sample.toml) "$callgen" make "$scenario" --out "$root/sample" ;;
    *) "$callgen" make "$scenario" --out "$root/tests/captures" ;;
  esac
done
