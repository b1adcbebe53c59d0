"""Disk → knowledge base: read the files, parse the front matter, validate, filter by marking."""

from threatbrief.records.cache import RecordCache
from threatbrief.records.load import Loaded, load, read_records
from threatbrief.records.parse import KINDS

__all__ = ["KINDS", "Loaded", "RecordCache", "load", "read_records"]
