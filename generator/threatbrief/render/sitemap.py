"""sitemap.xml (sitemaps.org 0.9) and robots.txt (RFC 9309)."""

from __future__ import annotations

from xml.sax.saxutils import escape

from threatbrief.views.sitemap import RobotsView, SitemapView

_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def render_sitemap(view: SitemapView) -> bytes:
    """A sitemap, or an index of sitemaps, as XML."""
    root, row = ("sitemapindex", "sitemap") if view.is_index else ("urlset", "url")
    lines = [f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{_NAMESPACE}">']
    for url in view.urls:
        changed = f"<lastmod>{url.lastmod}</lastmod>" if url.lastmod else ""
        lines.append(f"<{row}><loc>{escape(url.loc)}</loc>{changed}</{row}>")
    return "\n".join([*lines, f"</{root}>\n"]).encode()


def render_robots(view: RobotsView) -> bytes:
    """robots.txt that allows everything and names the sitemap, or allows nothing."""
    rule = "Disallow:" if view.is_open else "Disallow: /"
    sitemap = f"\nSitemap: {view.sitemap}\n" if view.sitemap else ""
    return f"User-agent: *\n{rule}\n{sitemap}".encode()
