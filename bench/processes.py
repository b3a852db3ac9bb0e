"""What the processes of a server have used, for the programs that measure."""
import os
import pathlib
import re


def processor_seconds(pid):
    """User and kernel; 0 if there is no such process."""
    return _stat(pathlib.Path(f"/proc/{pid}/stat"))[2]


def child(parent, name):
    """The number of a process's child of this name; 0 if there is none."""
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        its_name, its_parent, _ = _stat(path)
        if its_name == name and its_parent == parent:
            return int(path.parent.name)
    return 0


def _stat(path):
    """(name, parent, processor seconds) out of /proc/PID/stat; one that is gone has none of them."""
    try:
        name, rest = re.fullmatch(r"\d+ \((.*)\) (.*)\n?", path.read_text(), re.DOTALL).groups()
    except (OSError, AttributeError):
        return "", 0, 0.0
    fields = rest.split()
    return name, int(fields[1]), (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
