"""What `serve` adds to a build: it keeps what was read, and shows an edited record's page before the rest."""
