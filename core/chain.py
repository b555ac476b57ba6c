"""Append-only tables whose rows are numbered without a gap and hashed into a chain.

Writers insert rows without a number, so nobody queues. `sequence` numbers what has
been committed, in id order, one at a time per table, and computes the running hash

    hash(n) = hex(sha256(hash(n-1) + "\\n" + str(n) + "\\n" + content(n)))      hash(0) = 64 zeros

where content is the row's `chain_content()`. Whoever changes or removes a numbered
row breaks the chain from there on, and `verify` says where.
"""

import hashlib
from dataclasses import dataclass
from typing import Any, ClassVar

from django.apps import apps
from django.db import connection, migrations, models, transaction
from django.db.models.functions import Now

GENESIS = "0" * 64
CHUNK = 20_000


class ChainedRow(models.Model):
    """A row of a chained table. Its migration adds `AppendOnly("table")`; its Meta inherits this one."""

    id = models.BigAutoField(primary_key=True)
    number = models.BigIntegerField(null=True, unique=True, editable=False)
    hash = models.TextField(default="", db_default="", editable=False)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[models.Manager[Any]]

    class Meta:
        abstract = True
        indexes = [models.Index(fields=["id"], condition=models.Q(number=None), name="%(class)s_pending")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(number=None, hash="") | models.Q(number__isnull=False, number__gt=0, hash__gt=""),
                name="%(class)s_numbered_is_hashed",
            ),
        ]

    def chain_content(self) -> str:
        """The text that the chain fixes, for ever; made of columns only: `self` may be a tuple of them."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What `verify` found: rows walked, rows not yet numbered, and the first bad number, if any."""

    table: str
    checked: int
    pending: int
    first_bad: int | None = None
    problem: str = ""

    @property
    def is_intact(self) -> bool:
        return self.first_bad is None


def chained_models() -> list[type[ChainedRow]]:
    """Every concrete chained model of the installed apps."""
    return [model for model in apps.get_models() if issubclass(model, ChainedRow)]


def next_hash(previous: str, number: int, content: str) -> str:
    return hashlib.sha256(f"{previous}\n{number}\n{content}".encode()).hexdigest()


def sequence(model: type[ChainedRow], *, wait: bool = True) -> int:
    """Number and hash all committed pending rows of `model`; return how many.

    One transaction per chunk of 20,000 rows under the table's advisory lock. With
    `wait=False` it leaves at once when somebody else is sequencing the table.
    """
    total = 0
    while done := _sequence_chunk(model, wait):
        total += done
        if done < CHUNK:
            break
    return total


@transaction.atomic
def _sequence_chunk(model: type[ChainedRow], wait: bool) -> int:
    table = model._meta.db_table
    with connection.cursor() as cursor:
        lock = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
        cursor.execute(f"SELECT {lock}(hashtextextended(%s, 0))", [f"chain:{table}"])
        if not wait and not cursor.fetchone()[0]:
            return 0
        rows: Any = model.objects.filter(number=None).order_by("id").values_list(named=True)[:CHUNK]
        last = model.objects.exclude(number=None).order_by("-number").values_list("number", "hash").first()
        number, running = last or (0, GENESIS)
        ids, numbers, hashes = [], [], []
        for row in rows:
            number += 1
            running = next_hash(running, number, model.chain_content(row))
            ids.append(row.id)
            numbers.append(number)
            hashes.append(running)
        if ids:
            cursor.execute(
                f"UPDATE {connection.ops.quote_name(table)} AS t SET number = v.number, hash = v.hash"  # noqa: S608 our own table's name
                " FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS v(id, number, hash) WHERE t.id = v.id",
                [ids, numbers, hashes],
            )
    return len(ids)


def verify(model: type[ChainedRow]) -> ChainReport:
    """Walk the chain of `model` from the beginning, streaming; stop at the first bad number."""
    running, walked = GENESIS, 0
    pending = model.objects.filter(number=None).count()
    for row in model.objects.exclude(number=None).order_by("number").iterator(chunk_size=2_000):
        running = next_hash(running, walked + 1, row.chain_content())
        if row.number != walked + 1 or row.hash != running:
            problem = "缺号" if row.number != walked + 1 else "内容与校验值不符"
            return ChainReport(model._meta.db_table, walked, pending, walked + 1, problem)
        walked += 1
    return ChainReport(model._meta.db_table, walked, pending)


class AppendOnly(migrations.RunSQL):
    """Migration operation: `table` accepts INSERT only.

    UPDATE may number a row once and change nothing else (never, with `chained=False`);
    DELETE and TRUNCATE raise. Reversible.
    """

    def __init__(self, table: str, chained: bool = True) -> None:
        self.table, self.chained = table, chained
        numbering = """
                IF TG_OP = 'UPDATE' AND OLD.number IS NULL AND NEW.number IS NOT NULL THEN
                    OLD.number := NEW.number;
                    OLD.hash := NEW.hash;
                    IF OLD IS NOT DISTINCT FROM NEW THEN
                        RETURN NEW;
                    END IF;
                END IF;"""
        super().__init__(
            sql=[
                f"""CREATE FUNCTION "{table}_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN{numbering if chained else ""}
                RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
            END $$""",
                f"""CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON "{table}"
                FOR EACH ROW EXECUTE FUNCTION "{table}_append_only"()""",
                f"""CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON "{table}"
                FOR EACH STATEMENT EXECUTE FUNCTION "{table}_append_only"()""",
            ],
            reverse_sql=[
                f'DROP TRIGGER append_only_whole ON "{table}"',
                f'DROP TRIGGER append_only ON "{table}"',
                f'DROP FUNCTION "{table}_append_only"()',
            ],
        )

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.table], {} if self.chained else {"chained": False}

    def describe(self) -> str:
        return f"Make {self.table} append-only"
