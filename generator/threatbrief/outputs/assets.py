"""The site's own files: styles, script, faces, icon. Their names carry a fingerprint of their content."""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from threatbrief.build.artifact import Artifact
from threatbrief.config import LIGHT_PAPER, SiteConfig
from threatbrief.errors import RenderError
from threatbrief.knowledge import KnowledgeBase
from threatbrief.render.engine import Engine
from threatbrief.views.brand import BrandView, LogoView, brand_sheet, logo_address

FOLDER: Final = "assets"
MANIFEST: Final = "site.webmanifest"
_SERVED: Final = frozenset([".css", ".js", ".woff2", ".svg", ".png", ".ico", ".txt"])
_URL: Final = re.compile(r"url\(\s*[\"']?([^\"')\s]+)[\"']?\s*\)")
_IMPORT: Final = re.compile(r"@import\s+(?:url\(\s*)?[\"']?([^\"')\s;]+\.css)[\"']?\s*\)?\s*;")
_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_Read = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class AssetView:
    """A file of the templates' assets; `names` are the published names of what its text refers to."""

    source: str
    names: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ManifestView:
    """The web app manifest (W3C): how the site is called where it is kept on a device."""

    name: str
    language: str
    description: str
    icon: str


class AssetsOutput:
    """Everything under assets/, and site.webmanifest."""

    name = "assets"
    version = 1

    def plan(self, kb: KnowledgeBase, site: SiteConfig) -> Iterator[Artifact]:
        names = {source: path for source, path in site.assets if source != MANIFEST}
        linked = tuple(sorted((s, path) for s, path in names.items() if not s.endswith(".css")))
        for source, path in sorted(names.items()):
            view = AssetView(source, linked if source.endswith(".css") else ())
            yield Artifact(PurePosixPath(path), view, owner=f"asset {source}", output=self.name)
        if brand := brand_sheet(site):
            yield Artifact(PurePosixPath(brand[0]), brand[1], owner="own colours", output=self.name)
        if logo := logo_address(site):
            yield Artifact(PurePosixPath(logo), LogoView(site.logo), owner="logo", output=self.name)
        icon = names.get("favicon.svg", "")
        manifest = ManifestView(site.site_name, site.language, site.description or "", icon)
        yield Artifact(PurePosixPath(MANIFEST), manifest, owner="web app manifest", output=self.name)

    def render(self, artifact: Artifact, engine: Engine) -> bytes:
        view: AssetView | ManifestView | BrandView | LogoView = artifact.view
        if isinstance(view, BrandView):
            return view.css.encode()
        if isinstance(view, LogoView):
            return dict(engine.images)[view.image].read_bytes()
        if isinstance(view, ManifestView):
            return _manifest(view)
        if view.source.endswith(".css"):
            return _publish_css(view.source, dict(view.names), lambda name: _find(engine.templates, name))
        content = _find(engine.templates, view.source)
        if content is None:
            raise _gone(view.source)
        return content


def find_assets(templates: tuple[Path, ...]) -> tuple[tuple[str, str], ...]:
    """Logical name → published address of every asset, by name; an overriding folder stands first.

    A style sheet's fingerprint covers the names of the files it refers to and the sheets it imports.
    A sheet that another of ours imports is part of that one and has no address of its own.
    """
    sources: dict[str, Path] = {}
    for folder in reversed(templates):
        root = folder / "site" / FOLDER
        for path in root.rglob("*"):
            if path.is_file() and path.suffix in _SERVED:
                sources[path.relative_to(root).as_posix()] = path
    contents = {source: path.read_bytes() for source, path in sources.items()}
    sheets = sorted(source for source in sources if source.endswith(".css"))
    inlined = {target for sheet in sheets for target in _imports(sheet, contents[sheet]) if target != sheet}
    names = {s: _fingerprinted(s, contents[s]) for s in sorted(sources) if not s.endswith(".css")}
    published = {
        s: _fingerprinted(s, _publish_css(s, names, contents.get)) for s in sheets if s not in inlined
    }
    return (*sorted({**names, **published}.items()), (MANIFEST, MANIFEST))


def _fingerprinted(source: str, content: bytes) -> str:
    """`style.css` is `assets/style.1a2b3c4d.css`; licences keep their names."""
    path = PurePosixPath(source)
    if path.suffix == ".txt":
        return f"{FOLDER}/{source}"
    digest = hashlib.sha256(content).hexdigest()[:8]
    return f"{FOLDER}/{path.with_name(f'{path.stem}.{digest}{path.suffix}')}"


def _publish_css(source: str, names: Mapping[str, str], read: _Read) -> bytes:
    """A style sheet with those it imports in their places, and the published names of what it refers to.

    Comments and indents are left out. An import of a sheet that is not ours stays as it is.
    """
    text = _expand(source, names, read, posixpath.dirname(source), ())
    lines = (line.strip() for line in text.splitlines())
    return ("\n".join(line for line in lines if line) + "\n").encode()


def _expand(source: str, names: Mapping[str, str], read: _Read, top: str, within: tuple[str, ...]) -> str:
    """The text of a sheet as part of one in the folder `top`; `within` are the sheets it stands in."""
    content = read(source)
    if content is None:
        raise _gone(source)

    def refer(match: re.Match[str]) -> str:
        published = names.get(_beside(source, match.group(1)))
        if published is None:
            return match.group(0)
        return f"url({posixpath.relpath(published, posixpath.join(FOLDER, top))})"

    def insert(match: re.Match[str]) -> str:
        target = _beside(source, match.group(1))
        if target in (source, *within):
            return ""
        if read(target) is None:
            return match.group(0)
        return _expand(target, names, read, top, (source, *within))

    text = _COMMENT.sub("", content.decode())
    parts = _IMPORT.split(text)
    imports = [insert(match) for match in _IMPORT.finditer(text)]
    rest = [_URL.sub(refer, part) for part in parts[::2]]
    return "".join(map("".join, zip(rest, (*imports, ""), strict=True)))


def _imports(source: str, content: bytes) -> list[str]:
    text = _COMMENT.sub("", content.decode())
    return [_beside(source, match.group(1)) for match in _IMPORT.finditer(text)]


def _beside(source: str, reference: str) -> str:
    """The name of what a sheet refers to."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), reference))


def _find(templates: tuple[Path, ...], source: str) -> bytes | None:
    for folder in templates:
        path = folder / "site" / FOLDER / source
        if path.is_file():
            return path.read_bytes()
    return None


def _gone(source: str) -> RenderError:
    return RenderError(f"the asset {source} has gone from the templates since the build was planned")


def _manifest(view: ManifestView) -> bytes:
    document = {
        "name": view.name,
        "lang": view.language,
        "description": view.description,
        "start_url": "./",
        "scope": "./",
        "display": "browser",
        "background_color": LIGHT_PAPER,
        "theme_color": LIGHT_PAPER,
        "icons": [{"src": view.icon, "type": "image/svg+xml", "sizes": "any"}] if view.icon else [],
    }
    kept = {key: value for key, value in document.items() if value}
    return (json.dumps(kept, ensure_ascii=False, indent=1) + "\n").encode()
