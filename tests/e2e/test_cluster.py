"""The same site rendered by a Dask cluster of two workers, and by spawned processes."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.conftest import read_tree
from tests.e2e.test_incremental import CONFIG, make_corpus
from threatbrief.errors import ThreatbriefError
from threatbrief.mkdocs_plugin import build_site

distributed = pytest.importorskip("distributed", reason="of the cluster extra")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("cluster")
    make_corpus(root / "content/records", 12)
    (root / "content/pages").mkdir(parents=True)
    (root / "mkdocs.yml").write_text(CONFIG.format(words="A site"))
    return root


def build(root: Path, site: str, **options: object) -> dict[str, bytes]:
    build_site(root / "mkdocs.yml", {"cache": False, **options}, lambda *_: None, site_dir=str(root / site))
    return read_tree(root / site)


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_gives_the_same_bytes(project: Path) -> None:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True
    ) as cluster:
        by_cluster = build(project, "by-cluster", cluster=cluster.scheduler_address)
    assert len(by_cluster) > 300
    assert by_cluster == build(project, "alone", workers=1, cluster="")


def test_spawned_workers_give_the_same_bytes(project: Path) -> None:
    idle = threading.Event()
    other = threading.Thread(target=idle.wait)
    other.start()  # while another thread runs, workers are not forked
    try:
        spawned = build(project, "spawned", workers=2, cluster="")
    finally:
        idle.set()
        other.join()
    assert spawned == build(project, "alone", workers=1, cluster="")


def test_a_scheduler_that_is_not_there_is_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threatbrief.build.runner._CLUSTER_ANSWERS_WITHIN", "1s")
    with pytest.raises(ThreatbriefError):
        build(project, "nowhere", cluster="tcp://127.0.0.1:9")
