"""The MkDocs plugin: a thin adapter. MkDocs makes the hand-written pages, threatbrief everything else.

Works on MkDocs 1.6 and on ProperDocs, which redirects every `mkdocs` import to itself.
"""

from __future__ import annotations

import gc
import logging
import re
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal, NamedTuple

from markupsafe import Markup
from mkdocs.commands.build import build as build_mkdocs
from mkdocs.commands.serve import serve as serve_mkdocs
from mkdocs.config import load_config
from mkdocs.config.base import Config
from mkdocs.config.config_options import Choice, Optional, Type
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, BuildError, ConfigurationError, PluginError
from mkdocs.plugins import BasePlugin
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.theme import Theme

from threatbrief.build.cache import CacheFolders
from threatbrief.build.inputs import Standing
from threatbrief.build.publish import Publication, Published, publication
from threatbrief.build.runner import Progress
from threatbrief.diagnostics import Diagnostic, has_errors
from threatbrief.errors import ConfigError, ContentError, ThreatbriefError
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Tlp
from threatbrief.outputs.pages import home_page, page_addresses, prose_page
from threatbrief.preview.edits import Loaded
from threatbrief.preview.held import Held
from threatbrief.preview.server import fit
from threatbrief.project import (
    Caches,
    LatestBuild,
    Project,
    choose_outputs,
    choose_severities,
    find_fonts,
    find_logo,
    load_publishable,
    make_site_config,
    name_logo,
    publish_files,
    stamp_fonts,
    template_folders,
)
from threatbrief.render.engine import Engine
from threatbrief.views.feed import changed_feeds
from threatbrief.views.frame import PageView

NAME = "threatbrief"
_HOME = ("index.md", "README.md")
_SITE_OPTIONS = ("authority", "id_prefix", "language", "tlp", "drafts", "pdf", "paper", "websub_hub", "cards")
_LEVELS = {"error": logging.ERROR, "warning": logging.WARNING, "note": logging.DEBUG}

log = logging.getLogger(f"mkdocs.plugins.{NAME}")


class Options(Config):  # type: ignore[no-untyped-call]
    """The plugin's options in mkdocs.yml; SiteConfig checks what they hold."""

    records = Type(str, default="content/records")
    templates = Type(str, default="templates")
    publisher = Type(dict, default={})
    licence = Type(dict, default={})
    authority = Optional(Type(str))
    id_prefix = Optional(Type(str))
    language = Optional(Type(str))
    tlp = Choice(tuple(label.value for label in Tlp), default="CLEAR")
    drafts = Type(bool, default=False)
    pdf = Type(bool, default=True)
    paper = Choice(("a4", "us-letter"), default="a4")
    fonts = Type(list, default=[])
    colours = Type(dict, default={})
    digests = Optional(Type(list))
    cards = Type(bool, default=True)
    csaf = Type(dict, default={})
    security_txt = Type(dict, default={})
    websub_hub = Optional(Type(str))
    severity = Type(dict, default={})
    outputs = Optional(Type(list))
    workers = Optional(Type(int))
    cache = Type(bool, default=True)
    cluster = Optional(Type(str))


class ThreatbriefPlugin(BasePlugin[Options]):  # type: ignore[no-untyped-call]
    """Loads and checks before MkDocs touches the site, builds beside it, publishes both as one."""

    project: Project
    kb: KnowledgeBase
    watched: KnowledgeBase
    published: Published | None = None
    standing: Standing | None = None
    found: tuple[Diagnostic, ...] = ()
    reports = True
    _collects = False
    progress: Progress = staticmethod(lambda stage, done, total: None)
    held: Caches | None = None
    loaded: Loaded | None = None
    is_alone = False
    _deploys = False
    _end_serving: Callable[[], None] = staticmethod(lambda: None)

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        """Its presence keeps this object for every rebuild of `serve`."""
        self._deploys = command == "gh-deploy"
        self.held = Held() if command == "serve" else None

    def begin(self, progress: Progress) -> None:
        """Forget an earlier build, since MkDocs keeps plugins from one to the next; report nothing itself."""
        self.progress, self.reports = progress, False
        self.published, self.standing, self.found = None, None, ()

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Load and check all records; faults end the build before anything is touched."""
        self._collects = self._collects or gc.isenabled()
        gc.disable()  # a build makes much, and no cycles; collecting would walk every record over and over
        try:
            self.project = read_project(config, self.config)
            if self._deploys and self.project.site.tlp is not Tlp.CLEAR:
                raise ConfigError("a build above TLP:CLEAR is not deployed to a public site")
            self.kb, found = self.loaded or load_publishable(self.project, self.held)
        except ContentError as fault:
            self.report(fault.found)
            raise PluginError(str(fault)) from None
        except ThreatbriefError as fault:
            raise PluginError(str(fault)) from None
        self.report(found)
        self.is_alone = _is_alone(config)
        config.theme = Theme(name=None, custom_dir=str(self.project.templates[-1] / "site"))
        config.theme.dirs[:0] = [str(folder / "site") for folder in self.project.templates[:-1]]
        config.theme.static_templates = set()
        return config

    def on_pre_build(self, *, config: MkDocsConfig) -> None:
        """From here on MkDocs writes (and empties) a folder beside the site, not the site."""
        self._config, self._site_dir, self._stack = config, config.site_dir, ExitStack()
        try:
            self._publication: Publication = self._stack.enter_context(publication(Path(config.site_dir)))
        except ThreatbriefError as fault:
            raise PluginError(str(fault)) from None
        config.site_dir = str(self._publication.staged)

    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        """Record pages are known to MkDocs while it resolves links, and only then."""
        for file in [file for file in files if file.src_dir in config.theme.dirs]:
            files.remove(file)
        taken = {file.dest_uri: file for file in files}
        self._registered = []
        prose = "\n".join(file.content_string for file in files.documentation_pages())
        concerned = _mentions_records(prose) or any(_mentions_records(f"({path}") for path in taken)
        for path in page_addresses(self.kb, self.project.site) if concerned else ():
            if path not in taken:
                if path.removesuffix("/index.html").rpartition("/")[2] not in prose:
                    continue  # nobody links to it, and a page that MkDocs knows costs it 0.3 ms
                file = File.generated(config, path, content="", inclusion=InclusionLevel.INCLUDED)
                self._registered.append(file)
                files.append(file)
            elif path != "index.html":
                page = taken[path].src_uri
                raise PluginError(f"{page} would be written to {path}, a record's page; rename {page}")
        return files

    def on_nav(self, nav: Navigation, *, config: MkDocsConfig, files: Files) -> Navigation:
        self._nav = nav
        return nav

    def on_env(self, env: Any, *, config: MkDocsConfig, files: Files) -> Any:
        """Hand-written pages are known by title now; they are rendered by our environment."""
        for file in self._registered:
            files.remove(file)
        pages = [page for page in self._nav.pages if page.file.src_uri not in _HOME]
        named = tuple((str(page.title or page.url), page.url) for page in pages)
        self.project = self.project.with_site(nav_pages=named)
        return Engine(self.project.templates).jinja

    def on_page_content(self, html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """A hand-written index page introduces the home page; MkDocs picks the template after this."""
        if page.file.src_uri in _HOME:
            page.meta.setdefault("template", "home.html")
        return html

    def on_page_context(self, context: Any, *, page: Page, config: MkDocsConfig, nav: Navigation) -> Any:
        """A template sees the site, the page's frame and the text, as on record pages."""
        site = self.project.site
        frame: PageView[Any]
        if page.file.src_uri in _HOME:
            frame = home_page(self.kb, site)
        else:
            title, description = str(page.title or ""), str(page.meta.get("description") or "")
            frame = prose_page(site, page.url, title, description, self.kb)
        content = Markup(page.content or "")  # noqa: S704 (the publisher's own page)
        return {"site": frame.site, "page": frame.page, "view": frame.view, "content": content}

    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Render every record's files, then swap all into the site."""
        if config.strict and _has_warnings():
            raise BuildError("There were warnings and the build is strict; the site stays as it was.")
        try:
            made = publish_files(self.project, self.kb, self._publication, self.progress)
            self.published, self.watched = made
            self.standing = self._publication.standing
        except ThreatbriefError as fault:
            raise BuildError(str(fault)) from fault
        done = self.published
        log.info(f"{done.written} files written, {done.unchanged} unchanged, {done.removed} removed")
        self._restore()

    def on_build_error(self, *, error: Exception) -> None:
        self._restore()

    def on_serve(self, server: Any, *, config: MkDocsConfig, builder: Callable[..., Any]) -> Any:
        """Records, templates and styles are watched; the reload script, and it alone, is admitted."""
        for folder in (self.project.records, *self.project.templates):
            if folder.is_dir():
                server.watch(str(folder))
        self._end_serving = fit(server, self)
        return server

    def on_shutdown(self) -> None:
        """What is kept of the folder that MkDocs served goes with it: the next has another name."""
        self._end_serving()
        if self.held and self.__dict__.get("project"):
            CacheFolders.of(self.project.root).forget(self.project.site_dir)

    def _restore(self) -> None:
        if self._collects:
            gc.enable()
        if stack := self.__dict__.pop("_stack", None):
            self._config.site_dir = self._site_dir
            stack.close()

    def report(self, found: tuple[Diagnostic, ...]) -> None:
        """Say what was found; of what is no error, only what an earlier report did not say."""
        told, self.found = frozenset(self.found), found
        for diagnostic in found if self.reports else ():
            if diagnostic in told and diagnostic.severity != "error":
                continue
            hint = f" ({diagnostic.hint})" if diagnostic.hint else ""
            log.log(_LEVELS[diagnostic.severity], f"{diagnostic}{hint}")


def read_project(config: MkDocsConfig, options: Any) -> Project:
    """The project that an mkdocs.yml describes. ConfigError names an option that cannot be used."""
    config_file = Path(config.config_file_path or "mkdocs.yml").resolve()
    root = config_file.parent
    templates = template_folders(root / options["templates"])
    chosen = {key: options[key] for key in _SITE_OPTIONS}
    outputs = choose_outputs(options["outputs"])
    publisher = {"name": config.site_name, **options["publisher"]}
    logo = find_logo(root, publisher.get("logo"))
    fonts = find_fonts(root, options["fonts"])
    site = make_site_config(
        {
            **chosen,
            "site_name": config.site_name,
            "site_url": _configured_url(config),
            "description": config.site_description,
            "publisher": publisher,
            "licence": options["licence"] or None,
            "colours": options["colours"] or None,
            "logo": name_logo(logo),
            "fonts": stamp_fonts(fonts),
            "digests": options["digests"],
            "outputs": tuple(output.name for output in outputs) if options["outputs"] is not None else None,
            "csaf": options["csaf"] or None,
            "security_txt": options["security_txt"] or None,
        },
        templates,
    )
    return Project(
        root=root,
        config_file=config_file,
        records=root / options["records"],
        docs=Path(config.docs_dir),
        templates=templates,
        site_dir=Path(config.site_dir),
        site=site,
        strict=bool(config.strict),
        severities=choose_severities(options["severity"]),
        outputs=outputs,
        workers=options["workers"],
        cache=options["cache"],
        cluster=options["cluster"] or "",
        fonts=fonts,
        logo=logo,
    )


def open_project(config_file: Path, overrides: dict[str, Any] | None = None, **mkdocs: Any) -> Project:
    """The project of an mkdocs.yml; ConfigError where there is none or it does not use the plugin."""
    config, plugin = _load(config_file, overrides, mkdocs)
    return read_project(config, plugin.config)


class BuiltSite(NamedTuple):
    """What a build did, what it found in the records, and the URLs of the feeds that it changed."""

    published: Published
    found: tuple[Diagnostic, ...]
    changed_feeds: tuple[str, ...]


def build_site(config_file: Path, overrides: dict[str, Any], progress: Progress, **mkdocs: Any) -> BuiltSite:
    """`mkdocs build`, driven from here. ContentError where records forbid it, ThreatbriefError else."""
    config, plugin = _load(config_file, overrides, mkdocs)
    plugin.begin(progress)
    project = read_project(config, plugin.config)
    latest = LatestBuild.of(project, repr(_layers(config))) if _is_alone(config) else None
    if latest and (known := latest.recall()):
        return BuiltSite(*known, ())
    try:
        build_mkdocs(config)
    except (Abort, PluginError, BuildError):
        if plugin.published is None and has_errors(plugin.found, strict=bool(config.strict)):
            raise ContentError(plugin.found) from None
        raise ThreatbriefError("the build was stopped; the site stays as it was") from None
    if plugin.published is None:
        raise ThreatbriefError("MkDocs ended the build early; the site stays as it was")
    if latest and plugin.standing:
        latest.learn(plugin.standing, plugin.found)
    feeds = changed_feeds(plugin.published.changed, plugin.watched, plugin.project.site)
    return BuiltSite(plugin.published, plugin.found, feeds)


def _mentions_records(prose: str) -> bool:
    """Whether a text may name an address of ours: planning all of them takes seconds on a large site."""
    return _OURS.search(prose) is not None


_OURS = re.compile(
    r"[(<\"'/\s](?:actors|corrections|countries|data|feeds|incidents|search|sectors|software|techniques|timeline|years)\b"
    r"|404\.html"
)


def _is_alone(config: MkDocsConfig) -> bool:
    """Whether nothing but our plugin has a part in the site: others may look at what we do not."""
    return list(config.plugins) == [NAME] and not config.hooks


def serve_site(config_file: Path, address: str | None, *, open_in_browser: bool = False) -> None:
    """`mkdocs serve`, until interrupted."""
    _load(config_file, {}, {})
    serve_mkdocs(str(config_file), dev_addr=address, open_in_browser=open_in_browser)


def _load(
    config_file: Path, overrides: dict[str, Any] | None, mkdocs: dict[str, Any]
) -> tuple[MkDocsConfig, ThreatbriefPlugin]:
    try:
        config = load_config(str(config_file), **{k: v for k, v in mkdocs.items() if v is not None})
    except (ConfigurationError, Abort) as fault:
        raise ConfigError(f"{config_file}: {fault}".strip()) from None
    plugin = config.plugins.get(NAME)
    if not isinstance(plugin, ThreatbriefPlugin):
        raise ConfigError(f"{config_file.name} does not use the plugin; add to it: plugins: [threatbrief]")
    for key, value in (overrides or {}).items():
        plugin.config[key] = value
    return config, plugin


def _configured_url(config: MkDocsConfig) -> str | None:
    """site_url as mkdocs.yml has it: `serve` overwrites it with its own address."""
    given = [layer["site_url"] for layer in _layers(config) if layer.get("site_url")]
    return str(given[-1]) if given else config.site_url or None


def _layers(config: MkDocsConfig) -> list[Any]:
    """The files and options that the configuration was read from; MkDocs 1.6 warns whoever looks."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return [dict(layer) for layer in config.user_configs]


def _has_warnings() -> bool:
    """Whether MkDocs has counted a warning so far in a strict build."""
    handlers = logging.getLogger("mkdocs").handlers + logging.getLogger("properdocs").handlers
    return any(handler.get_counts() for handler in handlers if hasattr(handler, "get_counts"))
