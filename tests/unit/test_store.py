"""What is kept between runs: gone when its stamp is another, and of no harm when it is broken."""

from __future__ import annotations

import os
import pickle
import shutil
import sqlite3
import time
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from tests.conftest import REPOSITORY

from threatbrief.checks import check
from threatbrief.checks.memo import FindingsMemo
from threatbrief.records import RecordCache, load, read, read_records
from threatbrief.store import StampedTable, unpickle, write_whole

RECORDS = REPOSITORY / "content/records"


def keep(file: Path, stamp: str, *rows: tuple[str, bytes]) -> list[tuple[str, bytes]]:
    with StampedTable(file, stamp, "key TEXT PRIMARY KEY, value BLOB") as table:
        table.put(rows)
        return table.select("key, value")


def test_rows_are_kept_for_one_stamp_and_replaced_by_key(tmp_path: Path) -> None:
    file = tmp_path / "private" / "rows.db"
    assert keep(file, "one", ("a", b"1"), ("b", b"2")) == [("a", b"1"), ("b", b"2")]
    assert keep(file, "one", ("b", b"3")) == [("a", b"1"), ("b", b"3")]
    assert keep(file, "two") == []
    assert file.parent.stat().st_mode & 0o077 == 0


def test_a_broken_database_is_removed_and_a_folder_in_its_place_is_no_fault(tmp_path: Path) -> None:
    file = tmp_path / "rows.db"
    file.write_bytes(b"no database at all, but long enough to be read as the head of one" * 20)
    assert keep(file, "one", ("a", b"1")) == []
    assert keep(file, "one", ("a", b"1")) == [("a", b"1")]
    (tmp_path / "folder").mkdir()
    assert keep(tmp_path / "folder", "one", ("a", b"1")) == []


def test_a_broken_pickle_is_nothing() -> None:
    assert unpickle(b"") is None
    assert unpickle(pickle.dumps(date(2026, 1, 1))[:-3]) is None
    assert unpickle(b"cthreatbrief.gone\nThing\n.") is None


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    write_whole(tmp_path / "new" / "kept", b"one")
    assert (tmp_path / "new" / "kept").read_bytes() == b"one"
    write_whole(tmp_path / "new" / "kept" / "below", b"two")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["kept"]


def test_findings_that_other_code_pickled_are_not_read(tmp_path: Path) -> None:
    memo = tmp_path / "findings"
    memo.write_bytes(b"older code\ncthreatbrief.gone\nThing\n.")
    kb, _ = load(RECORDS)
    first = list(check(kb, memo=FindingsMemo(memo, "this code")))
    assert first == list(check(kb, memo=FindingsMemo(memo, "this code"))) == list(check(kb))
    assert memo.read_bytes().startswith(b"this code\n")
    memo.write_bytes(b"this code\nbroken")
    assert first == list(check(kb, memo=FindingsMemo(memo, "this code")))


def test_records_whose_pickle_is_broken_are_read_again(tmp_path: Path) -> None:
    file = tmp_path / "records.db"
    whole = read_records(RECORDS, cache=RecordCache(file, "code"))
    assert break_kept(file) > 0
    assert read_records(RECORDS, cache=RecordCache(file, "code")) == whole


def test_only_what_has_changed_is_parsed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = tmp_path / "records"
    shutil.copytree(RECORDS, records)
    files = sorted(records.rglob("*.md"))
    for file in files:
        os.utime(file, (time.time() - 3600,) * 2)  # old enough for its time stamp to be trusted
    parsed: list[str] = []
    parse = read.parse_record
    monkeypatch.setattr(read, "parse_record", lambda *job: parsed.append(job[1]) or parse(*job))

    def load_again(stamp: str = "code") -> list[str]:
        parsed.clear()
        found = read_records(records, cache=RecordCache(tmp_path / "records.db", stamp))
        again = list(parsed)
        assert found == read_records(records)
        return again

    assert len(load_again()) == len(files)
    assert load_again() == []
    files[0].write_text(files[0].read_text(encoding="utf-8") + "\nMore.\n", encoding="utf-8")
    files[1].unlink()
    assert load_again() == [files[0].relative_to(records).as_posix()]
    files[2].rename(files[2].with_name(f"other-{files[2].name}"))
    assert len(load_again()) == 2  # that one, and the one that was written a moment ago
    assert len(load_again("other code")) == len(files) - 1


def break_kept(file: Path) -> int:
    with closing(sqlite3.connect(file)) as base, base:
        return base.execute("UPDATE kept SET packed = x'80'").rowcount
