"""Compiled templates, kept from build to build. Losing them costs time and nothing else."""

from __future__ import annotations

from pathlib import Path

from jinja2.bccache import Bucket, BytecodeCache

from threatbrief.store import StampedTable


class CompiledTemplates(BytecodeCache):
    """One database of them, for one `stamp` of what compiles: Jinja2 asks by a template's name, and takes
    what it is given where the source is the same. It is code that will run, so the file lies in a folder
    that only its user may write."""

    def __init__(self, file: Path, stamp: str) -> None:
        self._table = StampedTable(file, stamp, "key TEXT PRIMARY KEY, code BLOB")

    def load_bytecode(self, bucket: Bucket) -> None:
        with self._table as table:
            for (code,) in table.select("code", "key = ?", bucket.key):
                bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        with self._table as table:
            table.put([(bucket.key, bucket.bytecode_to_string())])
