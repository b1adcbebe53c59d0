"""`python -m threatbrief`."""

from threatbrief.cli import run

run()
