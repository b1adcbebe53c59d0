"""The command line as an interface: help, exit codes, new records, a site of one's own."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import copy_site, run_threatbrief

HELP = Path(__file__).parent / "help"
COMMANDS = [
    "",
    "init",
    "new",
    "new incident",
    "new actor",
    "new software",
    "check",
    "explain",
    "build",
    "cache",
    "serve",
    "pdf",
    "pdf brief",
    "pdf dossier",
    "pdf digest",
    "markdown",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_help(command: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    run = run_threatbrief(*command.split(), "--help", cwd=tmp_path, env={"COLUMNS": "100"})
    assert run.returncode == 0
    text = re.sub(r"Usage: \S+( -m threatbrief)?", "Usage: threatbrief", run.stdout, count=1)
    kept = HELP / f"{command.replace(' ', '-') or 'threatbrief'}.txt"
    if request.config.getoption("--update"):
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(text, encoding="utf-8")
    assert text == kept.read_text(encoding="utf-8")


def test_no_config_is_a_usage_error(tmp_path: Path) -> None:
    for command in ("check", "build"):
        run = run_threatbrief(command, cwd=tmp_path)
        assert (run.returncode, run.stdout) == (2, "")
        assert "no mkdocs.yml" in run.stderr
        assert "threatbrief init" in run.stderr


def test_config_without_the_plugin(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text("site_name: x\n", encoding="utf-8")
    run = run_threatbrief("check", cwd=tmp_path)
    assert run.returncode == 2
    assert "plugins: [threatbrief]" in run.stderr


@pytest.mark.parametrize(
    ("option", "word"),
    [
        ("authority: nonsense", "authority"),
        ("id_prefix: tb", "id_prefix"),
        ("publisher: {nam: x}", "publisher.nam"),
    ],
)
def test_a_wrong_option_is_named(tmp_path: Path, option: str, word: str) -> None:
    (tmp_path / "docs").mkdir()
    text = f"site_name: x\nplugins:\n  - threatbrief:\n      {option}\n"
    (tmp_path / "mkdocs.yml").write_text(text, encoding="utf-8")
    run = run_threatbrief("check", cwd=tmp_path)
    assert run.returncode == 2
    assert word in run.stderr
    assert "Traceback" not in run.stderr


@pytest.fixture
def site(tmp_path: Path) -> Path:
    run = run_threatbrief("init", "mine", "--name", 'Ours: a "test"', "--prefix", "XY", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    return tmp_path / "mine"


def test_init_gives_a_site_without_a_fault(site: Path) -> None:
    run = run_threatbrief("check", "--strict", cwd=site)
    assert run.returncode == 0, run.stdout
    run = run_threatbrief("build", "--strict", cwd=site)
    assert run.returncode == 0, run.stderr
    assert "Ours: a &#34;test&#34;" in (site / "site/index.html").read_text(encoding="utf-8").replace(
        "&quot;", "&#34;"
    )


def test_init_refuses_a_folder_in_use(site: Path) -> None:
    run = run_threatbrief("init", ".", cwd=site)
    assert run.returncode == 2
    assert "not empty" in run.stderr


def test_new_records_are_whole_drafts(site: Path) -> None:
    for arguments in (
        ("incident", 'A: "quoted" title # here', "--kind", "takedown", "--disclosed", "2024-05"),
        ("actor", "Fancy Bear"),
        ("software", "X-Agent"),
    ):
        run = run_threatbrief("new", *arguments, cwd=site)
        assert run.returncode == 0, run.stderr
        assert (site / "content/records" / run.stdout.strip().removeprefix("content/records/")).is_file()
    written = {p.name for p in (site / "content/records").rglob("*.md")}
    assert {"fancy-bear.md", "x-agent.md"} <= written
    assert any(
        re.fullmatch(r"xy-2024-[0-9a-hjkmnp-tv-z]{4}-a-quoted-title-here\.md", name) for name in written
    )
    run = run_threatbrief("check", cwd=site)
    assert run.returncode == 0, run.stdout
    run = run_threatbrief("new", "actor", "Fancy Bear", cwd=site)
    assert run.returncode == 2
    assert "there already" in run.stderr


def test_new_incident_wants_a_date(site: Path) -> None:
    run = run_threatbrief("new", "incident", "x", "--disclosed", "May 2024", cwd=site)
    assert run.returncode == 2
    assert "2019-12-18" in run.stderr


def test_against_a_git_ref(site: Path) -> None:
    def git(*arguments: str) -> None:
        name = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        subprocess.run(["git", *name, *arguments], cwd=site, check=True, capture_output=True)

    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "x")
    assert run_threatbrief("check", "--against", "HEAD", cwd=site).returncode == 0
    record = next((site / "content/records/incidents").rglob("*.md"))
    record.write_text(record.read_text().replace("summary: This record is", "summary: This brief is"))
    run = run_threatbrief("check", "--strict", "--against", "HEAD", cwd=site)
    assert run.returncode == 1
    assert "revision" in run.stdout
    run = run_threatbrief("check", "--against", "nowhere", cwd=site)
    assert run.returncode == 2
    assert "nowhere" in run.stderr


def test_severity_is_configurable(site: Path) -> None:
    config = site / "mkdocs.yml"
    text = config.read_text()
    config.write_text(text + "      severity: {B107: error}\n")
    run = run_threatbrief("check", cwd=site)
    assert run.returncode == 1
    assert "B107 error" in run.stdout
    config.write_text(text + "      severity: {Z999: off}\n")
    run = run_threatbrief("check", cwd=site)
    assert run.returncode == 2
    assert "Z999" in run.stderr


def test_revise_withdraw_rename(site: Path) -> None:
    record = next((site / "content/records/incidents").rglob("*.md"))
    record_id = record.read_text().split("id: ")[1].split()[0]
    run = run_threatbrief(
        "revise", record_id, "--kind", "correction", "--note", "A: better number.", cwd=site
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == record.relative_to(site).as_posix()
    run = run_threatbrief("rename", "example-group", "other-group", cwd=site)
    assert run.returncode == 0, run.stderr
    assert "actor: other-group" in record.read_text()
    assert "[[other-group]]" in record.read_text()
    assert run_threatbrief("check", cwd=site).returncode == 0
    assert run_threatbrief("build", cwd=site).returncode == 0
    assert "A: better number." in (site / "site/feeds/corrections-rss.xml").read_text(encoding="utf-8")
    assert "other-group" in (site / "site/actors/example-group/index.html").read_text(encoding="utf-8")
    run = run_threatbrief("withdraw", record_id, "--reason", "It was invented.", cwd=site)
    assert run.returncode == 0, run.stderr
    assert run_threatbrief("build", cwd=site).returncode == 0
    page = (site / f"site/incidents/{record_id.lower()}/index.html").read_text(encoding="utf-8")
    assert "It was invented." in page
    assert "sign-in" not in page
    run = run_threatbrief("withdraw", "XX-2000-0000", "--reason", "x", cwd=site)
    assert run.returncode == 2
    assert "no record" in run.stderr


def test_fmt_is_idempotent(site: Path) -> None:
    assert run_threatbrief("fmt", cwd=site).returncode == 0
    run = run_threatbrief("fmt", "--check", cwd=site)
    assert (run.returncode, run.stdout) == (0, "")
    assert run_threatbrief("check", "--strict", cwd=site).returncode == 0


def test_watching_tells_of_each_change_and_ends_when_interrupted(tmp_path: Path) -> None:
    site = copy_site(tmp_path / "site")
    record = next((site / "content/records/actors").glob("*.md"))
    command = [sys.executable, "-m", "threatbrief", "check", "--watch"]
    with subprocess.Popen(
        command, cwd=site, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1
    ) as run:
        assert run.stdout
        try:
            first = list(iter(run.stdout.readline, "Waiting for changes\n"))
            assert first[0] == "Checking the records\n"
            record.write_text(record.read_text(encoding="utf-8").replace("tlp: CLEAR", "tlp: BLUE", 1))
            second = list(iter(run.stdout.readline, "Waiting for changes\n"))
            assert any(f"{record.name}:" in line and " error: " in line for line in second)
            run.send_signal(signal.SIGINT)
            assert run.wait(timeout=20) == 0
        finally:
            run.kill()
