"""F, S, D101, R101: what reading and validating a file finds. Listed here so that every code is explained."""

from __future__ import annotations

from typing import Final

from threatbrief.checks.finding import Check


def _file(code: str, name: str, why: str, hint: str) -> Check:
    return Check(code, "error", name, why, hint, firm=True)


_HIDES: Final = "It hides from a reader of the file what the record says."
_BYTES: Final = "What cannot be read for sure is not guessed."

CHECKS: Final = (
    _file("F001", "not-utf8", _BYTES, "save the file as UTF-8"),
    _file(
        "F002", "empty-file", "An empty file is a record that was lost.", "write a record, or delete the file"
    ),
    _file(
        "F003",
        "file-too-large",
        "A record of this size is no record.",
        "a record may have 4096 KiB; split it",
    ),
    _file(
        "F004",
        "control-character",
        "XML and feeds forbid control characters, and overrides make text read as what it is not.",
        "take the character out",
    ),
    _file("F005", "no-front-matter", _BYTES, "begin with a line ---, then keys, then a line ---"),
    _file("F006", "not-yaml", _BYTES, "put text that holds a colon, #, or a leading sign in quotes"),
    _file("F007", "front-matter-without-keys", _BYTES, "write key: value lines"),
    _file("F008", "yaml-directive", _HIDES, "keep to plain keys and values, one document a file"),
    _file("F009", "yaml-anchor", _HIDES, "write the value out where it is meant"),
    _file("F010", "yaml-tag", _HIDES, "take the tag out; every value is text"),
    _file("F011", "nested-too-deep", "A record has few levels.", "see the record format"),
    _file("F012", "key-not-text", _HIDES, "write plain words as keys"),
    _file("F013", "key-twice", _HIDES, "keep one of the two"),
    _file("F014", "file-unreadable", _BYTES, "check the file's permissions"),
    Check(
        "F015",
        "warning",
        "file-skipped",
        "A file that is silently left out is missed by nobody.",
        "records end in .md and lie in incidents, actors or software; pictures lie in a folder named figures",
    ),
    _file(
        "F016", "link-out-of-records", "A build reads nothing from outside its content.", "copy the file here"
    ),
    _file("F017", "unprintable-file-name", "It cannot be told, or steers the terminal.", "rename the file"),
    _file("F018", "no-plain-file", "A pipe or a device would keep the build waiting.", "put a file here"),
    _file("F019", "too-many-values", "A record of this size is no record.", "split the record"),
    _file(
        "S101",
        "unknown-key",
        "A misspelt key would be a value that silently does nothing.",
        "see the record format",
    ),
    _file("S102", "missing-key", "Every page, feed and export needs it.", "add the key"),
    _file(
        "S103", "unknown-word", "Lists and exports count by words of a closed list.", "write one of the words"
    ),
    _file(
        "S104",
        "malformed-value",
        "The value is not of the shape that its standard gives it.",
        "see the record format",
    ),
    _file(
        "S105",
        "more-faults",
        "A file that is wrong from end to end is told in parts.",
        "mend the others first",
    ),
    _file(
        "D101",
        "not-a-date",
        "A date is kept as precise as it was written, and compared.",
        "write 2019, 2019-12 or 2019-12-18",
    ),
    _file(
        "R101",
        "id-taken",
        "An id is the address of one record, for ever.",
        "mint a new id: `threatbrief new`",
    ),
)
