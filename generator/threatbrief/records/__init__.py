"""Disk → knowledge base: read the files, parse the front matter, validate, filter by marking."""

from threatbrief.records.load import KINDS, Loaded, load, read_records

__all__ = ["KINDS", "Loaded", "load", "read_records"]
