"""The feed under eight writers: no gap, no repeat, nothing lost, and no number before the one below it."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from agencies.services.accounts import issue_key
from core import chain
from registry.models import Change, Listing
from registry.services import feed, listings
from tests import builders, services
from tests.agencies.builders import RNG
from tests.builders import NOW, TODAY

GENESIS = "0" * 64
WRITERS = 8


class Follower:
    """A client that only ever asks for what comes after its last number, and computes the running hash itself."""

    def __init__(self, key: str, limit: int) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {key}"})
        self.limit = limit
        self.lines: list[dict[str, Any]] = []
        self.running = GENESIS

    def read(self) -> int:
        """One page; how many lines it had."""
        last = self.lines[-1]["number"] if self.lines else 0
        answer = self.client.get("/api/v1/changes/", {"after": last, "limit": self.limit})
        assert answer.status_code == 200, answer.content
        page = answer.json()
        for line in page["changes"]:
            assert line["number"] == last + 1, f"{line['number']} came after {last}"
            last = line["number"]
            at = datetime.fromisoformat(line["at"]).astimezone(UTC).isoformat()
            content = f"{line['kind']}\n{line['listing']}\n{at}"
            self.running = hashlib.sha256(f"{self.running}\n{last}\n{content}".encode()).hexdigest()
            assert line["hash"] == self.running, f"{last}: the hash is not the client's own"
        self.lines += page["changes"]
        assert page["last"] >= last
        return len(page["changes"])


def in_thread(work: Any, failures: list[BaseException]) -> threading.Thread:
    def guarded() -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=guarded)
    thread.start()
    return thread


@pytest.fixture
def people(transactional_db: None) -> Any:
    court = builders.make_court()
    clerk, finance = builders.make_clerk(court=court), builders.make_staff()
    key = issue_key(user=finance, by=finance, at=NOW, purpose="跟随", rng=RNG).text
    return court, clerk, key


def toggle(listing: Listing, clerk: Any, *, is_suspended: bool) -> None:
    move = listings.resume_listing if is_suspended else listings.suspend_listing
    move(listing_id=listing.pk, ground="核实", document_number="", happened_on=TODAY, by=clerk, at=datetime.now(UTC))


def write_at_random(mine: list[Listing], clerk: Any, rng: Random) -> list[int]:
    """Transactions of one to three acts; every fifth is rolled back, some dawdle. The ids of what was committed."""
    written: list[int] = []
    suspended = [False] * len(mine)
    for turn in range(24):
        after = list(suspended)
        acts = [rng.randrange(len(mine)) for _ in range(rng.randint(1, 3))]
        with transaction.atomic():
            for which in acts:
                toggle(mine[which], clerk, is_suspended=after[which])
                after[which] = not after[which]
            if rng.random() < 0.3:
                time.sleep(rng.random() / 50)  # commits late: others with higher ids are numbered before
            own = Change.objects.filter(listing__in=mine).order_by("-id").values_list("pk", flat=True)[: len(acts)]
            made = list(own)
            if turn % 5 == 4:
                transaction.set_rollback(True)
                continue
        suspended = after
        written += made
    return written


def test_a_client_that_asks_only_after_its_last_number_misses_nothing_under_eight_writers(people):
    """Each writer on its own connection, some transactions long, some rolled back; sequencers run all the while."""
    court, clerk, key = people
    mine = [[builders.make_listing(court=court) for _ in range(3)] for _ in range(WRITERS)]
    written: list[int] = []
    failures: list[BaseException] = []
    ended = threading.Event()

    def until_the_end(work: Callable[[], object]) -> Callable[[], None]:
        def repeat() -> None:
            while not ended.is_set():
                work()

        return repeat

    readers = [Follower(key, limit) for limit in (1, 7, 1000)]
    background = [in_thread(until_the_end(reader.read), failures) for reader in readers]
    background += [in_thread(until_the_end(lambda: chain.sequence(Change)), failures) for _ in range(2)]
    writers = [
        in_thread(lambda n=n: written.extend(write_at_random(mine[n], clerk, Random(n))), failures)
        for n in range(WRITERS)
    ]
    for thread in writers:
        thread.join()
    ended.set()
    for thread in background:
        thread.join()
    assert not failures, failures
    chain.sequence(Change)
    stored = dict(Change.objects.order_by("number").values_list("number", "pk"))
    assert sorted(stored.values()) == sorted(written) and len(written) > WRITERS * 19
    assert list(stored) == list(range(1, len(written) + 1))
    assert list(stored.values()) != sorted(written), "nobody committed late: the test has tried nothing"
    assert chain.verify(Change).is_intact
    lines = [(n, kind, str(of)) for n, kind, of in Change.objects.numbered().values_list("number", "kind", "listing")]
    for reader in readers:
        while reader.read():
            pass
        assert [(line["number"], line["kind"], line["listing"]) for line in reader.lines] == lines


KILLED_WRITER = """
import os, sys, django
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()
from datetime import datetime, UTC
from django.db import transaction
from django.utils.timezone import localdate
from agencies.models import User
from core import chain
from registry.models import Change
from registry.services import listings
by, mine, role, today = User.objects.get(username="clerk"), sys.argv[2:], sys.argv[1], localdate()
print("ready", flush=True)
while role == "sequencer":
    chain.sequence(Change)
attempts = done = 0
while role == "writer":
    attempts += 1
    with transaction.atomic():
        for listing in mine:
            act = listings.resume_listing if done % 2 else listings.suspend_listing
            act(listing_id=listing, ground="核实", document_number="", happened_on=today, by=by, at=datetime.now(UTC))
        if attempts % 7 == 0:
            transaction.set_rollback(True)
        else:
            done += 1
"""


def start(role: str, own: list[Listing]) -> subprocess.Popen[bytes]:
    database = services.CeleryWorker(str(connection.settings_dict["NAME"])).environ
    return subprocess.Popen(
        [sys.executable, "-c", KILLED_WRITER, role, *(str(each.pk) for each in own)],
        env=database,
        cwd=services.ROOT,
        stdout=subprocess.PIPE,
    )


def test_writers_and_sequencers_killed_at_any_moment_leave_every_change_whole_or_absent(people):
    """Processes of their own, killed with SIGKILL and started again; each transaction writes two changes or none."""
    court, _, key = people
    pairs = [[builders.make_listing(court=court) for _ in range(2)] for _ in range(3)]
    processes = [start("writer", pair) for pair in pairs] + [start("sequencer", [])]
    rng, reader = Random(5), Follower(key, 50)
    try:
        for process in processes:
            assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        for kill in range(6):
            wanted, end = Change.objects.count() + 8 + rng.randrange(8), time.monotonic() + 120
            while Change.objects.count() < wanted:
                reader.read()
                assert time.monotonic() < end, "the writers stand still"
            victim = kill % len(processes)
            os.kill(processes[victim].pid, signal.SIGKILL)
            processes[victim].wait()
            if victim < len(pairs):  # a writer begins with a listing that may be acted on either way
                pairs[victim] = [builders.make_listing(court=court) for _ in range(2)]
            processes[victim] = start("writer" if victim < len(pairs) else "sequencer", (*pairs, [])[victim])
    finally:
        for process in processes:
            process.kill()
            process.wait()
    chain.sequence(Change)
    while reader.read():
        pass
    assert Change.objects.filter(number=None).count() == 0
    total = Change.objects.count()
    assert [line["number"] for line in reader.lines] == list(range(1, total + 1)) and total >= 6 * 8
    assert feed.acknowledge(number=total, hash=reader.running).in_step
    for listing in Listing.objects.all():
        kinds = list(listing.changes.order_by("id").values_list("kind", flat=True))
        assert kinds == [("suspended", "resumed")[n % 2] for n in range(len(kinds))]
        assert listing.status == ("suspended" if len(kinds) % 2 else "active")
    for first, second in zip(*[iter(Listing.objects.order_by("id"))] * 2, strict=True):
        assert first.changes.count() == second.changes.count(), "half of a transaction stands"


def test_no_number_is_seen_before_the_one_below_it(people):
    """One sequencer numbers while readers in repeatable looks compare what they see: always 1…n without a hole."""
    court, clerk, _ = people
    mine = [builders.make_listing(court=court) for _ in range(WRITERS)]
    failures: list[BaseException] = []
    ended = threading.Event()

    def write(listing: Listing) -> None:
        for n in range(20):
            toggle(listing, clerk, is_suspended=n % 2 == 1)  # numbers after its own commit, beside all the others

    looks = []

    def look() -> None:
        while not ended.is_set():
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(number), coalesce(max(number), 0) FROM registry_change")
                count, highest = cursor.fetchone()
            assert count == highest, f"{highest} is visible, but only {count} numbers are"
            looks.append(highest)

    lookers = [in_thread(look, failures) for _ in range(2)]
    writers = [in_thread(lambda listing=listing: write(listing), failures) for listing in mine]
    for thread in writers:
        thread.join()
    ended.set()
    for thread in lookers:
        thread.join()
    assert not failures, failures
    assert len(set(looks)) > 5, "the feed did not grow while it was looked at"
    chain.sequence(Change)
    assert Change.objects.last_number() == WRITERS * 20
