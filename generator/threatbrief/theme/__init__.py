"""Lets mkdocs.yml say `theme: threatbrief`. The plugin puts the site's template folders in its place."""
