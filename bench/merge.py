"""The limit of a batch: COPY and one merge into a table like `registry_listing`, same columns, same indexes, as full.

Writes one table where the platform writes seven, and reads, checks, digests and encrypts nothing.
"""

from io import StringIO
from time import perf_counter
from typing import Any

TABLE = "bench_listing"
_KEY = "(subject_id, court_id, case_key) WHERE status IN ('active', 'pending', 'suspended')"


def prepare(cursor: Any) -> None:
    """A copy of the list with its indexes and checks (no foreign keys)."""
    cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
    cursor.execute(f"CREATE TABLE {TABLE} (LIKE registry_listing INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
    cursor.execute(f"INSERT INTO {TABLE} SELECT * FROM registry_listing")
    cursor.execute("SET maintenance_work_mem = '512MB'")
    cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'registry_listing'")
    for number, (name, definition) in enumerate(cursor.fetchall()):
        theirs, ours = f"INDEX {name} ON public.registry_listing", f"INDEX {TABLE}_{number} ON {TABLE}"
        cursor.execute(definition.replace(theirs, ours))
    cursor.execute("RESET maintenance_work_mem")
    cursor.execute(f"VACUUM (ANALYZE) {TABLE}")


def rows_to_copy(cursor: Any, rows: int, turn: int) -> StringIO:
    """`rows` new listings as COPY reads them: real ones with another id and another case."""
    buffer = StringIO()
    cursor.execute("SELECT attname FROM pg_attribute WHERE attrelid = 'registry_listing'::regclass AND attnum > 0"
                   " AND NOT attisdropped ORDER BY attnum")  # fmt: skip
    columns = [row[0] for row in cursor.fetchall()]
    new = {
        "id": "uuidv7()",
        "case_key": f"case_key || '/{turn}'",
        "status": "'active'",
        "exit_ground": "''",
        "exit_document": "''",
        "exit_on": "NULL",
    }
    picked = ", ".join(f"{new.get(column, column)} AS {column}" for column in columns)
    cursor.copy_expert(f"COPY (SELECT {picked} FROM registry_listing LIMIT {int(rows)}) TO STDOUT", buffer)
    buffer.seek(0)
    return buffer


def copy_and_merge(connection: Any, buffer: StringIO) -> float:
    """Seconds from the first byte to the end of the commit."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS bench_stage (LIKE {TABLE})")
        cursor.execute("TRUNCATE bench_stage")
        connection.commit()
        started = perf_counter()
        cursor.copy_expert("COPY bench_stage FROM STDIN", buffer)
        cursor.execute("ANALYZE bench_stage")
        cursor.execute(f"""
            INSERT INTO {TABLE} SELECT * FROM bench_stage ORDER BY id
            ON CONFLICT {_KEY} DO UPDATE
               SET content_digest = excluded.content_digest, changed_at = excluded.changed_at
             WHERE {TABLE}.content_digest <> excluded.content_digest""")
        connection.commit()
        return perf_counter() - started
