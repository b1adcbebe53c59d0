"""`python -m threatbrief`."""

from threatbrief.cli import main

main()
