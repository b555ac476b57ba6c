"""Watched folders: each list file is uploaded once, still waits for a person, and ends where its fate can be read."""

from __future__ import annotations

import os
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from core.errors import Conflict, IllegalMove, InvalidInput, NotFound
from registry.choices import BatchStatus, SourceStatus
from registry.models import Batch, Listing, Source, SourceItem, SourceRun
from registry.services import drawing, folders, reading, sources
from tests import builders
from tests.builders import NOW, another_person_id
from tests.registry.builders import apply, row, write_list

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=10)


@pytest.fixture
def administrator(db: None) -> Any:
    return builders.make_user("admin", "administrator")


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.SOURCES_DIR = tmp_path / "sources"
    return Path(settings.SOURCES_DIR) / "court-0116"


@pytest.fixture
def source(folder: Path, court: Any, clerk: Any, administrator: Any) -> Source:
    return sources.watch_folder(
        name="莱芜法院报送", path="court-0116", court=court, username=clerk.username, by=administrator, at=NOW
    )


def put(folder: Path, name: str, *rows: dict[str, str], content: bytes | None = None, age: float = 60) -> Path:
    """A file that was last written `age` seconds before the turn; only the mtime can be set, so the turn is later."""
    path = folder / name
    if content is None:
        write_list(path, rows or [row()])
    else:
        path.write_bytes(content)
    return path


def draw(source: Source, seconds: float = 60) -> list[SourceRun]:
    """A turn, so many seconds from now: a file's change time cannot be set."""
    from django.utils.timezone import now

    return drawing.draw(source.pk, at=now() + timedelta(seconds=seconds))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def test_a_file_becomes_a_batch_that_a_second_person_approves(
    source: Source, folder: Path, clerk: Any, reviewer: Any
) -> None:
    put(folder, "十一月.csv", row(), row(案号="（2020）鲁0116执2号"))
    (run,) = draw(source)
    assert (run.status, run.counts) == ("done", {"uploaded": 1})
    batch = Batch.objects.get()
    assert (batch.status, batch.uploaded_by_id, batch.court_id) == (BatchStatus.QUEUED, clerk.pk, source.court_id)
    assert batch.note == "来源：莱芜法院报送"
    assert names(folder) == []
    assert names(folder / "done") == ["十一月.csv", "十一月.csv.txt"]
    assert str(batch.pk) in (folder / "done" / "十一月.csv.txt").read_text(encoding="utf-8")
    batch = reading.read_batch(batch.pk, at=NOW)
    assert batch.status == BatchStatus.PREVIEWED and not Listing.objects.exists()
    apply(batch, reviewer)
    assert Listing.objects.count() == 2


def test_the_same_content_is_uploaded_once_whatever_its_name(source: Source, folder: Path) -> None:
    path = put(folder, "名单.csv")
    content = path.read_bytes()
    draw(source)
    put(folder, "名单.csv", content=content)
    put(folder, "另一个名字.csv", content=content)
    (run,) = draw(source)
    assert run.counts == {"repeated": 2}
    assert Batch.objects.count() == SourceItem.objects.count() == 1
    assert len(names(folder / "done")) == 6
    assert "没有再报送" in (folder / "done" / "另一个名字.csv.txt").read_text(encoding="utf-8")


def test_a_file_that_is_none_is_turned_away_with_the_reason(source: Source, folder: Path) -> None:
    put(folder, "空.csv", content=b"")
    put(folder, "不是名单.csv", content="甲,乙\n1,2\n".encode())
    (run,) = draw(source)
    assert run.counts == {"rejected": 2}
    assert names(folder / "rejected") == ["不是名单.csv", "不是名单.csv.txt", "空.csv", "空.csv.txt"]
    assert "未收：" in (folder / "rejected" / "空.csv.txt").read_text(encoding="utf-8")
    assert not Batch.objects.exists()
    assert SourceItem.objects.filter(status="rejected").exclude(reason="").count() == 2


def test_what_is_still_being_written_or_is_no_list_is_left_alone(source: Source, folder: Path, tmp_path: Path) -> None:
    put(folder, "正在写.csv")
    put(folder, "说明.txt", content=b"x")
    put(folder, ".隐藏.csv")
    outside = put(tmp_path, "外面.csv")
    (folder / "链接.csv").symlink_to(outside)
    (folder / "文件夹.csv").mkdir()
    assert draw(source, seconds=5) == []
    assert draw(source, seconds=60)[0].counts == {"uploaded": 1}
    assert names(folder) == [".隐藏.csv", "说明.txt", "链接.csv"]


def test_an_old_time_stamp_does_not_make_a_file_settled(source: Source, folder: Path) -> None:
    path = put(folder, "拷贝.csv")
    os.utime(path, (1, 1))
    assert draw(source, seconds=5) == []


def test_what_a_killed_worker_had_taken_is_taken_up_again(
    source: Source, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder, "一.csv")

    def killed(*_: Any, **__: Any) -> None:
        raise SystemExit

    def turn_that_dies_in(step: str) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(folders, step, killed)
            with pytest.raises(SystemExit):
                draw(source)

    turn_that_dies_in("_upload")
    assert names(folder / ".taken") == ["一.csv"]
    turn_that_dies_in("_put_away")
    assert Batch.objects.count() == 1 and names(folder / ".taken") == ["一.csv"]
    draw(source)
    assert Batch.objects.count() == 1
    assert names(folder / ".taken") == [] and len(names(folder / "done")) == 2


def test_a_file_name_with_an_identifier_is_shown_nowhere(
    source: Source, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    number = another_person_id()
    put(folder, f"{number}.csv")
    put(folder, f"名单 {number}.csv", content=b"")
    draw(source)
    shown = " ".join(SourceItem.objects.values_list("file_name", flat=True)) + Batch.objects.get().file_name
    assert number not in shown + caplog.text + str(list(SourceRun.objects.values()))


def test_files_that_were_taken_go_after_a_week(source: Source, folder: Path, settings: Any) -> None:
    put(folder, "名单.csv")
    draw(source)
    for path in (folder / "done").iterdir():
        os.utime(path, (1_000, 1_000))
    draw(source)
    assert names(folder / "done") == []


def test_an_account_that_may_no_longer_upload_stops_nothing_but_says_so(
    source: Source, folder: Path, clerk: Any
) -> None:
    put(folder, "名单.csv")
    clerk.is_active = False
    clerk.save()
    (run,) = draw(source)
    assert (run.status, run.error_code) == ("failed", "account_inactive")
    assert names(folder) == ["名单.csv"]
    (again,) = draw(source)
    assert (again.pk, again.repeats) == (run.pk, 1)
    clerk.is_active = True
    clerk.save()
    assert draw(source)[0].counts == {"uploaded": 1}


@pytest.mark.parametrize("path", ["", "/etc", "..", "../x", "a/../../x", ".taken", "x/done", "a\\b", "a\x00"])
def test_only_folders_beneath_the_directory_of_sources_are_watched(
    path: str, folder: Path, court: Any, clerk: Any, administrator: Any
) -> None:
    with pytest.raises(InvalidInput) as refused:
        sources.watch_folder(name="甲", path=path, court=court, username=clerk.username, by=administrator, at=NOW)
    assert {each.field for each in refused.value.errors} == {"path"}


def test_a_folder_is_watched_for_one_court_under_an_account_of_it(
    source: Source, court: Any, clerk: Any, administrator: Any
) -> None:
    other = builders.make_court("鲁0104", "槐荫区人民法院", builders.make_region("370104", "槐荫区"))
    with pytest.raises(Conflict):
        sources.watch_folder(
            name="乙", path="court-0116", court=court, username=clerk.username, by=administrator, at=NOW
        )
    for where, username in ((other, clerk.username), (court, "nobody"), (court, administrator.username)):
        with pytest.raises(InvalidInput):
            sources.watch_folder(name="乙", path="b", court=where, username=username, by=administrator, at=NOW)
    with pytest.raises(NotFound):
        sources.pause_source(source_id=source.pk, by=clerk, at=NOW)


def test_a_source_rests_and_wakes(source: Source, folder: Path, administrator: Any) -> None:
    put(folder, "名单.csv")
    sources.pause_source(source_id=source.pk, by=administrator, at=NOW)
    with pytest.raises(IllegalMove):
        sources.pause_source(source_id=source.pk, by=administrator, at=NOW)
    assert draw(source) == [] and names(folder) == ["名单.csv"]
    assert drawing.enqueue_due(at=LATER) == 0
    sources.wake_source(source_id=source.pk, by=administrator, at=NOW)
    assert Source.objects.get().status == SourceStatus.ACTIVE
    assert drawing.enqueue_due(at=LATER) == 1
    assert draw(source)[0].counts == {"uploaded": 1}
    with pytest.raises(IllegalMove):
        sources.wake_source(source_id=source.pk, by=administrator, at=NOW)
    with pytest.raises(IllegalMove):
        sources.resync_source(source_id=source.pk, by=administrator, at=NOW)


def test_a_whole_list_becomes_a_batch_of_what_differs(
    folder: Path, court: Any, clerk: Any, reviewer: Any, administrator: Any, bring_in: Any
) -> None:
    stays, changes, leaves = (row(案号=f"（2020）鲁0116执{n}号") for n in (1, 2, 3))
    bring_in(stays, changes, leaves)
    full = sources.watch_folder(
        name="每晚全量", path="full", court=court, username=clerk.username, is_full=True, by=administrator, at=NOW
    )
    comes = row(案号="（2020）鲁0116执4号")
    put(folder.parent / "full", "全量.csv", stays, {**changes, "履行情况": "全部已履行"}, comes)
    draw(full)
    batch = Batch.objects.get(note="来源：每晚全量")
    batch = reading.read_batch(batch.pk, at=NOW)
    counts = (batch.count_add, batch.count_update, batch.count_unchanged, batch.count_missing)
    assert (batch.mode, batch.status, counts) == ("snapshot", "previewed", (1, 1, 1, 1))
    assert Listing.objects.filter(status="active").count() == 3  # a person has to approve


@pytest.mark.django_db(transaction=True)
def test_two_processes_never_take_one_file(source: Source, folder: Path) -> None:
    for n in range(6):
        put(folder, f"{n}.csv")
    results: list[Any] = []

    def turn() -> None:
        try:
            results.append(draw(source))
        finally:
            connection.close()

    threads = [threading.Thread(target=turn) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 3
    assert Batch.objects.count() == SourceItem.objects.count() == 6
    assert len(names(folder / "done")) == 12
