"""The limit of a check over HTTP: JSON in, one indexed look-up, JSON out, without any framework.

`/` only looks; `/record` also inserts one durable row, as anything that must prove a check has to.
"""

import json
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

import psycopg2

from config import environment as env

_LOCAL = threading.local()
_QUERY = (
    "SELECT l.id, l.name, l.status FROM registry_matchkey k JOIN registry_listing l ON l.id = k.listing_id"
    " WHERE k.digest = %s AND k.kind = 1"
)
StartResponse = Callable[[str, list[tuple[str, str]]], object]


def _cursor() -> Any:
    if not hasattr(_LOCAL, "cursor"):
        database = env.database(os.environ["DATABASE_URL"])
        connection = psycopg2.connect(host=database["HOST"], user=database["USER"], dbname=database["NAME"])
        connection.autocommit = True
        _LOCAL.connection, _LOCAL.cursor = connection, connection.cursor()
    return _LOCAL.cursor


def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    found: list[Any] = []
    if environ["REQUEST_METHOD"] == "POST":
        asked = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        cursor = _cursor()
        cursor.execute(_QUERY, [bytes.fromhex(asked["digest"])])
        found = [{"listing": row[0], "name": row[1], "status": row[2]} for row in cursor.fetchall()]
        if environ["PATH_INFO"] == "/record":
            cursor.execute("INSERT INTO bench_record (asked, answer) VALUES (%s, %s)", [asked["digest"], len(found)])
    body = json.dumps({"outcome": "hit" if found else "clear", "matches": found}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
