"""threatbrief: curated incident records in, a public advisory site, feeds, briefs and exports out."""

__version__ = "0.1.0"
