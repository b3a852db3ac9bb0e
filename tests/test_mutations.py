#!/usr/bin/env python3
"""Any single changed byte of what is stored, any changed machine-made row, is found by `verify`; and in a live journal every byte
before the last acknowledged frame."""
import os
import re
import shutil
import sqlite3
import struct
import subprocess
import time
import unittest

import crash_support as support

CAPTURES = ["blindxfer.pcap", "srtp_gcm.pcap", "busy.pcap", "early_media.pcap", "ringgroup20.pcap", "hold_music.pcap", "dtmf4733.pcap",
            "rtp_only.pcap", "b2bua.pcap", "cancel487.pcap", "loss.pcap", "lost_bye.pcap"]
TABLES = ["call", "leg", "recording", "stream", "event", "part", "term"]
NOT_COMPARED = {"created_at", "updated_at", "ingest_version"}


def files_below(folder):
    return {os.path.join(where, name) for where, _, names in os.walk(folder) for name in names}


class Stored(unittest.TestCase):
    """A data directory after a clean stop, and a pristine copy of it."""

    @classmethod
    def setUpClass(cls):
        cls.scratch = support.scratch()
        cls.data = support.Data(os.path.join(cls.scratch.name, "mutated"))
        names = [name for name in CAPTURES if os.path.exists(support.sample_captures([name])[0])]
        assert len(names) >= 8, "the captures of tests/captures have other names now"
        for capture in support.sample_captures(names):
            done = cls.data.run("import", capture)
            assert done.returncode == 0, done.stderr
        verified = cls.data.run("verify")
        assert verified.returncode == 0, verified.stdout + verified.stderr
        cls.pristine = os.path.join(cls.scratch.name, "pristine")
        shutil.copytree(cls.data.folder, cls.pristine)
        cls.files = {path: os.stat(path).st_mtime_ns for path in files_below(cls.data.folder)}

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def setUp(self):
        self.restore()

    def restore(self):
        """Whatever a mutation and the commands after it changed is as it was."""
        now = files_below(self.data.folder)
        for path in now - self.files.keys():
            os.remove(path)
        for path, changed_at in self.files.items():
            if path not in now or os.stat(path).st_mtime_ns != changed_at:
                shutil.copy2(os.path.join(self.pristine, os.path.relpath(path, self.data.folder)), path)

    def verify_finds(self, *names):
        """verify ends with 1 and its words have one of the names."""
        verified = self.data.run("verify")
        said = verified.stdout + verified.stderr
        self.assertEqual(verified.returncode, 1, said)
        self.assertTrue(any(name in said for name in names), f"none of {names} in: {said}")

    def names_of(self, path):
        """What a finding about a file may call it."""
        if not path.endswith(".OBJ"):
            return [os.path.basename(path), os.path.relpath(path, self.data.data)]
        with open(os.path.join(self.pristine, os.path.relpath(path, self.data.folder)), "rb") as file:
            header = support.read_part.read_header(file.read())
        return [header["recording"], header["part"]]


class Bytes(Stored):
    def groups(self):
        objects = [path for path in self.files if path.endswith(".OBJ")]
        audit = [path for path in self.files if path.startswith(self.data.path("audit") + os.sep)]
        slots = [path for path in self.files if path.startswith(self.data.path("keys") + os.sep)]
        kept = [path for path in self.files if path.startswith(self.data.keys + os.sep)]
        notes = [self.data.path("vault", "arrivals"), self.data.path("node")]
        self.assertTrue(objects and audit and slots and kept)
        return {"objects": objects, "audit": audit, "key_slots": slots, "key_directory": kept, "notes": notes}

    def mutate(self, path, random):
        with open(path, "rb") as file:
            content = bytearray(file.read())
        act = random.choice(["flip", "flip", "remove", "truncate"])
        place = len(content) - 1 if act == "truncate" else random.randrange(len(content))
        if act == "flip":
            content[place] ^= random.randrange(1, 256)
        else:
            del content[place]
        with open(path, "wb") as file:
            file.write(content)
        return f"{act} byte {place} of {os.path.relpath(path, self.data.folder)}"

    def test_random_bytes(self):
        progress = support.Progress("mutations")
        groups = {name: sorted(path for path in paths if os.path.getsize(path) > 0) for name, paths in self.groups().items()}
        while progress.done < support.count(100, 1_000):
            random = progress.random()
            group = random.choice(sorted(groups))
            path = random.choice(groups[group])
            what = self.mutate(path, random)
            with self.subTest(seed=support.SEED, round=progress.done, what=what):
                self.verify_finds(*self.names_of(path))
                progress.add(**{group: 1})
            self.restore()
            progress.step()
        progress.print()
        verified = self.data.run("verify")
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)

    def test_another_digit_of_the_node_id(self):
        """Which is an id as well, but not the node's."""
        path = self.data.path("node")
        with open(path) as file:
            content = file.read()
        for place in (0, 15, 25, 35):
            with self.subTest(place=place):
                with open(path, "w") as file:
                    file.write(content[:place] + ("1" if content[place] != "1" else "2") + content[place + 1:])
                self.verify_finds(*self.names_of(path))
                self.restore()

    def test_a_node_id_of_the_time_before_checksums(self):
        path = self.data.path("node")
        with open(path) as file:
            content = file.read()
        with open(path, "w") as file:
            file.write(content.split()[0] + "\n")
        verified = self.data.run("verify")
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        with open(path) as file:
            self.assertEqual(file.read(), content)


class Objects(Stored):
    def setUp(self):
        super().setUp()
        self.objects = sorted(path for path in self.files if path.endswith(".OBJ"))

    def test_a_deleted_object(self):
        for path in self.objects[::7]:
            with self.subTest(path=os.path.basename(path)):
                os.remove(path)
                self.verify_finds(*self.names_of(path))
                self.restore()

    def test_swapped_objects(self):
        for one, other in zip(self.objects[::7], self.objects[3::7]):
            with self.subTest(one=os.path.basename(one), other=os.path.basename(other)):
                between = one + ".between"
                os.rename(one, between)
                os.rename(other, one)
                os.rename(between, other)
                self.verify_finds(*self.names_of(one))
                self.verify_finds(*self.names_of(other))
                os.utime(one)
                os.utime(other)
                self.restore()

    def test_an_object_from_another_data_directory(self):
        other = support.Data(os.path.join(self.scratch.name, "other"))
        done = other.run("import", *support.sample_captures(["busy.pcap", "loss.pcap"]))
        self.assertEqual(done.returncode, 0, done.stderr)
        for foreign in other.objects():
            with self.subTest(foreign=os.path.basename(foreign)):
                path = self.data.path(os.path.relpath(foreign, other.data))
                os.makedirs(os.path.dirname(path), exist_ok=True)
                shutil.copy(foreign, path)
                self.verify_finds(os.path.basename(foreign)[:36])
                self.restore()


class Rows(Stored):
    """Rows are changed directly in the database. Several at once, in different calls: each must be named."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with cls.open() as database:
            cls.columns = {table: [row[1] for row in database.execute(f"PRAGMA table_info({table})")] for table in TABLES}
            cls.keys = {table: [row[1] for row in database.execute(f"PRAGMA table_info({table})") if row[5]] for table in TABLES}

    @classmethod
    def open(cls):
        return Database(cls.data.path("calls.sqlite"))

    def verify_names(self, calls, what):
        verified = self.data.run("verify")
        said = verified.stdout + verified.stderr
        self.assertEqual(verified.returncode, 1, f"{what}: {said}")
        for call, change in calls.items():
            self.assertIn(call, said, f"not found: {change}")
        self.restore()

    def in_different_calls(self, changes, apply):
        """Applies each change to a row of another call, as many as there are calls at once."""
        waiting = list(changes)
        while waiting:
            made, put_off = {}, []
            with self.open() as database:
                for change in waiting:
                    rows = [row for row in database.execute(f"SELECT * FROM {change[0]}") if row[1] not in made]
                    if not rows:
                        put_off.append(change)
                        continue
                    row = dict(zip(self.columns[change[0]], rows[len(made) % len(rows)]))
                    apply(database, change, row)
                    made[row["call_id"]] = f"{change} in {row}"
            self.assertLess(len(put_off), len(waiting))
            with self.subTest(changes=list(made.values())):
                self.verify_names(made, "rows")
            self.restore()
            waiting = put_off

    def where(self, table, row):
        return " AND ".join(f"{key} = ?" for key in self.keys[table]), [row[key] for key in self.keys[table]]

    def test_every_column(self):
        def change_value(database, change, row):
            table, column = change
            value = row[column]
            changed = value + 1 if isinstance(value, (int, float)) else "x" if value is None else value + "x"
            if column == "ssrc" or (value is None and column.endswith(("_at", "_us", "_sip", "_q850", "_status"))):
                changed = 1 if value is None else value ^ 1
            condition, key = self.where(table, row)
            database.execute(f"UPDATE {table} SET {column} = ? WHERE {condition}", [changed, *key])

        columns = [(table, column) for table in TABLES for column in self.columns[table] if column not in NOT_COMPARED]
        # A changed key makes another row of it: each alone, and any word will do.
        for table, column in [(table, column) for table, column in columns if column in self.keys[table]]:
            with self.subTest(table=table, column=column):
                with self.open() as database:
                    row = dict(zip(self.columns[table], database.execute(f"SELECT * FROM {table}").fetchall()[-1]))
                    condition, key = self.where(table, row)
                    changed = row[column] + 1000 if isinstance(row[column], int) else row[column] + "x"
                    database.execute(f"UPDATE {table} SET {column} = ? WHERE {condition}", [changed, *key])
                self.verify_names({"call log": f"{table}.{column}"}, f"{table}.{column}")
        self.in_different_calls([change for change in columns if change[1] not in self.keys[change[0]]], change_value)
        print(f"rows: {len(columns)} columns of {len(TABLES)} tables", flush=True)

    def test_deleted_rows(self):
        def delete(database, change, row):
            condition, key = self.where(change[0], row)
            database.execute(f"DELETE FROM {change[0]} WHERE {condition}", key)

        self.in_different_calls([(table,) for table in TABLES], delete)

    def test_added_rows(self):
        def duplicate(database, change, row):
            table = change[0]
            copy = dict(row)
            last = self.keys[table][-1]
            copy[last] = copy[last] + 1000 if isinstance(copy[last], int) else flipped(copy[last])
            database.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(copy))})", list(copy.values()))

        # A further call row is a call of its own: the finding names that one.
        self.in_different_calls([(table,) for table in TABLES if table != "call"], duplicate)
        with self.open() as database:
            row = dict(zip(self.columns["call"], database.execute("SELECT * FROM call").fetchone()))
            row["call_id"] = flipped(row["call_id"])
            database.execute(f"INSERT INTO call VALUES ({', '.join('?' * len(row))})", list(row.values()))
        self.verify_names({row["call_id"]: "a further call"}, "call")


class Database:
    """One transaction; closed, so that everything lies in the one file."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        self.connection = sqlite3.connect(self.path)
        return self.connection

    def __exit__(self, *error):
        self.connection.commit()
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.connection.close()


def flipped(text):
    return text[:-1] + ("0" if text[-1] != "0" else "1")


class LiveJournal(unittest.TestCase):
    """A journal as kill -9 leaves it, before anything has recovered it."""

    def test_every_byte_before_the_last_acknowledged_frame(self):
        progress = support.Progress("live-journal")
        with support.scratch() as folder:
            killed, acknowledged = kill_an_import(folder)
            journal = os.path.join("journal", "0", "00000001.ewj")
            end, entries = acknowledged_region(killed.path(journal), acknowledged)
            whole = killed.copy_to(os.path.join(folder, "whole"))
            self.assertEqual(whole.run("verify").returncode, 0)
            while progress.done < support.count(12, 300):
                random = progress.random()
                data = copy_sparse(killed, os.path.join(folder, "damaged"))
                place = random.randrange(64) if random.random() < 0.1 else random.randrange(end)
                flip(data.path(journal), place, random.randrange(1, 256))
                with self.subTest(seed=support.SEED, round=progress.done, place=place):
                    self.check_found(data, place)
                    progress.add(frames_still_there=self.check_readable(data, acknowledged, entries, place))
                data.remove()
                progress.step()
        progress.print()

    def check_found(self, data, place):
        verified = data.run("verify")
        said = verified.stdout + verified.stderr
        self.assertEqual(verified.returncode, 1, said)
        offsets = [int(offset) for offset in re.findall(r"00000001\.ewj at (\d+)", said)]
        self.assertTrue(any(offset <= place < offset + 80_000 for offset in offsets), said)
        kept = data.path("journal-damaged")
        self.assertEqual(len(os.listdir(kept)), 1)
        # It goes on being said until somebody has looked and removed what was kept.
        self.assertEqual(data.run("verify").returncode, 1)
        shutil.rmtree(kept)
        verified = data.run("verify")
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)

    def check_readable(self, data, acknowledged, entries, place):
        """Every acknowledged frame is there but those of the damaged entry's part from the damaged one on."""
        hit = next(((part, number) for part, number, begin, end in entries if begin <= place < end), None)
        stored = data.stored_frames()
        there = 0
        for part, frame, _ in acknowledged:
            if hit and part == hit[0] and frame >= hit[1]:
                continue
            self.assertLess(frame, stored.get(part, 0), f"frame {frame} of part {part}")
            there += 1
        return there


def kill_an_import(folder):
    capture = support.make_load(folder, calls=100, packets=30_000)
    data = support.Data(os.path.join(folder, "killed"))
    ack_log = os.path.join(folder, "acknowledged")
    importing = data.start("import", "--realtime", capture, ack_log=ack_log)
    while importing.poll() is None and len(support.read_ack_log(ack_log)) < 400:
        time.sleep(0.01)
    importing.kill()
    importing.wait()
    return data, support.read_ack_log(ack_log)


def acknowledged_region(path, acknowledged):
    """The end of the last acknowledged frame's entry, and (part, frame number, begin, end) of all entries of parts before it, as
    docs/formats/journal.md has them; an `open` or `end` counts as frame 0 or the last."""
    wanted = {(part, frame) for part, frame, _ in acknowledged}
    with open(path, "rb") as file:
        data = file.read()
    at, end, entries = 64, 0, []
    while at + 24 <= len(data):
        length, kind = struct.unpack_from("<IB", data, at + 4)
        if kind not in (1, 2, 3, 4):
            break
        size = (24 + length + 7) // 8 * 8
        body = data[at + 24:at + 24 + length]
        if kind == 1:
            entries.append((support.read_part.read_header(body)["part"], 0, at, at + size))
        elif kind == 2:
            frame = struct.unpack_from("<Q", body, 24)[0]
            part = str(support.read_part.uuid.UUID(bytes=body[:16]))
            entries.append((part, frame, at, at + size))
            if (part, frame) in wanted:
                end = at + size
        at += size
    assert end > 64, "nothing was acknowledged"
    return end, entries


def copy_sparse(data, folder):
    """As Data.copy_to, without writing the zeros that a journal reserves."""
    other = support.Data(folder)
    subprocess.run(["cp", "-a", "--sparse=always", data.data, other.data], check=True)
    subprocess.run(["cp", "-a", data.keys, other.keys], check=True)
    return other


def flip(path, place, mask):
    with open(path, "r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ mask]))


if __name__ == "__main__":
    unittest.main()
