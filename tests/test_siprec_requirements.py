"""docs/siprec-requirements.md names a test for each requirement of RFC 6341 (REQUIREMENTS A45): each that it names must exist."""
import re
import unittest

import support

PAGE = support.ROOT / "docs" / "siprec-requirements.md"
SOURCES = [*support.ROOT.glob("src/*/*_test.cc"), *support.ROOT.glob("tests/*_test.cc")]


def own_tests():
    """Suite.Test of every test of the units."""
    return {f"{suite}.{name}" for path in SOURCES for suite, name in re.findall(r"\bTEST(?:_F|_P)?\((\w+),\s*(\w+)\)", path.read_text())}


def python_tests():
    """file.py: Class.test of every test from end to end."""
    found = set()
    for path in support.ROOT.glob("tests/test_*.py"):
        for block in re.split(r"^(?=class )", path.read_text(), flags=re.MULTILINE):
            if name := re.match(r"class (\w+)", block):
                found |= {f"{path.name}: {name.group(1)}.{test}" for test in re.findall(r"^    def (test_\w+)", block, re.MULTILINE)}
    return found


class Requirements(unittest.TestCase):
    rows = dict(re.findall(r"^\| (\d{3}) \| [^|]* \| ([^|]*) \|$", PAGE.read_text(), re.MULTILINE))

    def test_none_is_left_out(self):
        self.assertEqual(sorted(self.rows), [f"{number:03}" for number in range(1, 32)])

    def test_what_is_named_exists(self):
        known = own_tests() | python_tests()
        self.assertGreater(len(known), 500)
        for number, shown_by in self.rows.items():
            with self.subTest(number):
                names = [name for name in re.findall(r"`([^`]*)`", shown_by) if not name.endswith(".txt")]
                self.assertTrue(names or "SRC side" in shown_by)
                self.assertEqual([name for name in names if name not in known], [])


if __name__ == "__main__":
    unittest.main()
