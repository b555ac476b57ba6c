"""Foreign keys of the tables that a batch writes, checked for a whole statement at a time.

A foreign key of PostgreSQL asks once per row, and a batch writes some ten of them per row of its file: a quarter of the
time of applying it. A reference here asks once per statement and refuses the same: a row whose parent does not exist,
and the removal of a parent that a row still names. What it needs is in docs/decisions/0012-references-per-statement.md.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

_CHILD = """
CREATE FUNCTION "{name}_whole"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    has_missing boolean;
    has_others boolean;
BEGIN
    -- EXECUTE plans anew each time: a plan made for one row must not serve a million, nor the other way round.
    EXECUTE 'SELECT bool_or(p.id IS NULL), bool_or(p.xmin <> pg_current_xact_id()::xid)
               FROM new_rows n LEFT JOIN {parent} p ON p.id = n.{column} WHERE n.{column} IS NOT NULL'
       INTO has_missing, has_others;
    -- Nobody else sees the rows of this transaction; any other parent is held against its removal.
    IF has_others THEN
        EXECUTE 'SELECT FROM {parent} p WHERE p.id IN (SELECT {column} FROM new_rows)
                    AND p.xmin <> pg_current_xact_id()::xid FOR KEY SHARE';
        EXECUTE 'SELECT bool_or(p.id IS NULL)
                   FROM new_rows n LEFT JOIN {parent} p ON p.id = n.{column} WHERE n.{column} IS NOT NULL'
           INTO has_missing;
    END IF;
    IF has_missing THEN
        RAISE foreign_key_violation USING TABLE = TG_TABLE_NAME, COLUMN = '{column}', CONSTRAINT = '{name}',
            MESSAGE = format('%s of %s names a row that is not in {parent}', '{column}', TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER "{name}" AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION "{name}_whole"();
"""
_MOVED_ROW = """
CREATE FUNCTION "{name}_row"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM {parent} p WHERE p.id = NEW.{column} FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE foreign_key_violation USING TABLE = TG_TABLE_NAME, COLUMN = '{column}', CONSTRAINT = '{name}',
            MESSAGE = format('%s of %s names a row that is not in {parent}', '{column}', TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER "{name}_moved" AFTER UPDATE OF {column} ON {table} FOR EACH ROW
    WHEN (NEW.{column} IS NOT NULL AND NEW.{column} IS DISTINCT FROM OLD.{column})
    EXECUTE FUNCTION "{name}_row"();
"""
_MOVED_WHOLE = """
CREATE TRIGGER "{name}_moved" AFTER UPDATE ON {table} REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION "{name}_whole"();
"""
_PARENT = """
CREATE FUNCTION "{name}_parent"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM old_rows p JOIN {table} c ON c.{column} = p.id) THEN
        RAISE foreign_key_violation USING TABLE = '{table}', COLUMN = '{column}', CONSTRAINT = '{name}',
            MESSAGE = format('a row of %s is still named by {table}', TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER "{name}" AFTER DELETE ON {parent} REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION "{name}_parent"();
CREATE TRIGGER "{name}_key" BEFORE UPDATE OF id ON {parent} FOR EACH ROW
    WHEN (NEW.id IS DISTINCT FROM OLD.id) EXECUTE FUNCTION "registry_key_stays"();
"""
_UNDO = """
DROP TRIGGER "{name}_key" ON {parent};
DROP TRIGGER "{name}" ON {parent};
DROP TRIGGER "{name}_moved" ON {table};
DROP TRIGGER "{name}" ON {table};
DROP FUNCTION "{name}_parent"();
DROP FUNCTION IF EXISTS "{name}_row"();
DROP FUNCTION "{name}_whole"();
"""
KEY_STAYS = """
CREATE FUNCTION "registry_key_stays"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE foreign_key_violation USING TABLE = TG_TABLE_NAME, COLUMN = 'id',
        MESSAGE = format('the key of a row of %s does not change', TG_TABLE_NAME);
END $$
"""


# Columns that one statement changes for a whole batch; the others change one at a time.
_MOVED_IN_BULK = {("registry_batchrow", "listing_id")}


class SetwiseReference(migrations.RunSQL):
    """Migration operation: `column` of `table` names a row of `parent` by its id. Errors name `name`. Reversible."""

    def __init__(self, name: str, table: str, column: str, parent: str) -> None:
        self.given = (name, table, column, parent)
        names = {"name": name, "table": table, "column": column, "parent": parent}
        moved = _MOVED_WHOLE if (table, column) in _MOVED_IN_BULK else _MOVED_ROW
        super().__init__(
            sql="".join(part.format(**names) for part in (_CHILD, moved, _PARENT)), reverse_sql=_UNDO.format(**names)
        )

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, list(self.given), {}

    def describe(self) -> str:
        return f"Let {self.given[1]}.{self.given[2]} name rows of {self.given[3]}"
