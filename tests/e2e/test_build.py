"""The main job as a user runs it: records in, a whole site out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import feedparser
import pytest

from tests.conftest import REPOSITORY, copy_site, read_tree, run_threatbrief

MINIMAL = """---
id: TB-2019-7K3Q
title: Microsoft takes control of 50 domains
tlp: CLEAR
status: published
kind: takedown
disclosed: 2019-12-30
summary: One sentence, bottom line first.
sources:
  ms: {publisher: Microsoft, title: "A title", url: "https://example.org/a"}
---
Text with a citation [@ms].
"""

BROKEN = """---
id: TB-2020-2B2B
title: A record with five faults
kind: takedown
status: published
disclosed: 2020-13-01
sumary: A key that is not one.
summary: A summary.
assessment: {actor: nobody-knows, confidence: low, why: No reason., sources: [one]}
sources:
  one: {publisher: P, title: T, url: "https://example.org/"}
---
A citation [@one] and one of nothing [@two].
"""


def record_ids(folder: str) -> list[str]:
    files = (REPOSITORY / "content/records" / folder).rglob("*.md")
    lines = (
        next(x for x in f.read_text(encoding="utf-8").splitlines() if x.startswith("id:")) for f in files
    )
    return [line.split(":", 1)[1].strip().lower() for line in lines]


def test_every_record_has_its_files(shipped_site: Path) -> None:
    for record_id in record_ids("incidents"):
        folder = shipped_site / "incidents" / record_id
        assert {"index.html", "brief.pdf", "record.json"} <= {p.name for p in folder.iterdir()}
        assert (folder / "brief.pdf").read_bytes().startswith(b"%PDF-")
    for actor_id in record_ids("actors"):
        folder = shipped_site / "actors" / actor_id
        assert {"index.html", "rss.xml", "record.json"} <= {p.name for p in folder.iterdir()}
    for software_id in record_ids("software"):
        assert (shipped_site / "software" / software_id / "index.html").is_file()
    for page in ("index.html", "404.html", "about/index.html", "method/index.html", "feeds/rss.xml"):
        assert (shipped_site / page).is_file(), page
    assert len(json.loads((shipped_site / "data/records.json").read_bytes())["records"]) == sum(
        len(record_ids(folder)) for folder in ("incidents", "actors", "software")
    )


def test_feed_and_its_archives_list_the_published_incidents(shipped_site: Path) -> None:
    documents = [shipped_site / "feeds/rss.xml", *(shipped_site / "feeds/archive").glob("rss-*.xml")]
    feeds = [feedparser.parse(document.read_bytes()) for document in documents]
    assert not any(feed.bozo for feed in feeds)
    listed = {entry.id.rsplit(":", 1)[1].lower() for feed in feeds for entry in feed.entries}
    assert listed == set(record_ids("incidents"))


def test_a_second_build_changes_nothing(shipped: Path, tmp_path: Path) -> None:
    copy = tmp_path / "again"
    shutil.copytree(shipped, copy)
    run = run_threatbrief("build", cwd=copy)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("0 files written,")
    assert run.stdout.rstrip().endswith(" 0 removed")


@pytest.mark.slow
@pytest.mark.parametrize("host", ["mkdocs", "properdocs"])
def test_other_path_other_host_same_bytes(shipped: Path, tmp_path: Path, host: str) -> None:
    pytest.importorskip(host)
    elsewhere = copy_site(tmp_path / "some" / "other path")
    command = [sys.executable, "-m", host, "build", "--strict", "-f", "mkdocs.yml"]
    env = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Seoul", "LC_ALL": "C"}
    run = subprocess.run(command, cwd=elsewhere, env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    ours, theirs = read_tree(shipped / "site"), read_tree(elsewhere / "site")
    assert sorted(ours) == sorted(theirs)
    assert [path for path in ours if ours[path] != theirs[path]] == []


def test_five_faults_in_one_run_and_the_old_site_stays(shipped: Path, tmp_path: Path) -> None:
    copy = tmp_path / "faulty"
    shutil.copytree(shipped, copy)
    before = read_tree(copy / "site")
    path = "content/records/incidents/2020/broken.md"
    (copy / path).parent.mkdir(parents=True, exist_ok=True)
    (copy / path).write_text(BROKEN, encoding="utf-8")
    for command in ("check", "build"):
        run = run_threatbrief(command, cwd=copy)
        assert run.returncode == 1
        said = [line for line in (run.stdout + run.stderr).splitlines() if line.startswith(path)]
        expected = {
            "tlp": f"{path}:1:",
            "'2020-13-01'": f"{path}:6:",
            "sumary": f"{path}:7:",
            "nobody-knows": f"{path}:9:",
            "two": f"{path}:13:",
        }
        for word, place in expected.items():
            assert any(line.startswith(place) and word in line for line in said), (word, said)
        assert "Traceback" not in run.stderr
    assert read_tree(copy / "site") == before


def test_minimal_site(tmp_path: Path) -> None:
    (tmp_path / "mkdocs.yml").write_text(
        "site_name: Mine\ndocs_dir: content/pages\nplugins: [threatbrief]\n", encoding="utf-8"
    )
    (tmp_path / "content/pages").mkdir(parents=True)
    (tmp_path / "content/pages/index.md").write_text("# Welcome\n\nTo my site.\n", encoding="utf-8")
    (tmp_path / "content/records/incidents").mkdir(parents=True)
    (tmp_path / "content/records/incidents/one.md").write_text(MINIMAL, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    home = (tmp_path / "site/index.html").read_text(encoding="utf-8")
    assert "To my site." in home
    assert 'href="./incidents/tb-2019-7k3q/"' in home
    page = (tmp_path / "site/incidents/tb-2019-7k3q/index.html").read_text(encoding="utf-8")
    assert "Microsoft takes control of 50 domains" in page
    assert (tmp_path / "site/incidents/tb-2019-7k3q/brief.pdf").is_file()
    assert (tmp_path / "site/feeds/rss.xml").is_file()


def test_a_draft_is_not_published(tmp_path: Path) -> None:
    test_minimal_site(tmp_path)
    record = tmp_path / "content/records/incidents/one.md"
    record.write_text(MINIMAL.replace("status: published\n", ""), encoding="utf-8")
    assert run_threatbrief("build", cwd=tmp_path).returncode == 0
    assert not (tmp_path / "site/incidents/tb-2019-7k3q").exists()
    assert run_threatbrief("build", "--drafts", cwd=tmp_path).returncode == 0
    assert (tmp_path / "site/incidents/tb-2019-7k3q/index.html").is_file()


def test_a_broken_link_of_a_page_is_a_warning_and_strict_keeps_the_site(tmp_path: Path) -> None:
    test_minimal_site(tmp_path)
    before = read_tree(tmp_path / "site")
    (tmp_path / "content/pages/index.md").write_text("# New\n\n[gone](gone.md)\n", encoding="utf-8")
    run = run_threatbrief("build", "--strict", cwd=tmp_path)
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    assert read_tree(tmp_path / "site") == before


def test_pages_link_to_records(tmp_path: Path) -> None:
    test_minimal_site(tmp_path)
    page = tmp_path / "content/pages/index.md"
    page.write_text("# New\n\n[brief](incidents/tb-2019-7k3q/index.html)\n", encoding="utf-8")
    command = [sys.executable, "-m", "mkdocs", "build"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "tb-2019-7k3q" not in run.stderr
    assert 'href="incidents/tb-2019-7k3q/"' in (tmp_path / "site/index.html").read_text(encoding="utf-8")


def test_a_page_in_a_records_place_is_refused(tmp_path: Path) -> None:
    test_minimal_site(tmp_path)
    page = tmp_path / "content/pages/incidents/tb-2019-7k3q.md"
    page.parent.mkdir()
    page.write_text("# Mine\n", encoding="utf-8")
    run = run_threatbrief("build", cwd=tmp_path)
    assert run.returncode == 1
    assert "incidents/tb-2019-7k3q.md" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.slow
def test_wheel_outside_the_repository(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    made = subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), str(REPOSITORY)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    wheel = next(tmp_path.glob("threatbrief-*.whl"))
    target = tmp_path / "packages"
    subprocess.run([*pip, "install", "-q", "--no-deps", "--target", str(target), str(wheel)], check=True)
    env = {"PYTHONPATH": str(target)}
    made_site = run_threatbrief("init", "x", cwd=tmp_path, env=env)
    assert made_site.returncode == 0, made_site.stderr
    run = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict"],
        cwd=tmp_path / "x", env={**os.environ, **env}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    names = set(read_tree(tmp_path / "x/site"))
    assert {"index.html", "about/index.html", "feeds/rss.xml", "actors/example-group/index.html"} <= names
    assert any(name.endswith("brief.pdf") for name in names)
    assert any(name.startswith("assets/style.") for name in names)
    where = subprocess.run(
        [sys.executable, "-c", "import threatbrief; print(threatbrief.__file__)"],
        env={**os.environ, **env}, cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert Path(where.stdout.strip()).is_relative_to(target)


def test_code_blocks_keep_their_lines(tmp_path: Path) -> None:
    test_minimal_site(tmp_path)
    record = tmp_path / "content/records/incidents/one.md"
    record.write_text(MINIMAL + "\n```\nfirst\n\n  third\n```\n", encoding="utf-8")
    assert run_threatbrief("build", cwd=tmp_path).returncode == 0
    page = (tmp_path / "site/incidents/tb-2019-7k3q/index.html").read_text(encoding="utf-8")
    assert "first\n\n  third\n" in page
