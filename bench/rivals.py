"""The peers' database, as full as the list, and the servers they answer from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg2

from bench.cast import Cast
from bench.place import Place, Web

_FILL = """
    INSERT INTO peers_plainlisting (name, id_number, kind, sex, age, court, area, case_number, filed_on, basis_number,
           obligation, performance, circumstances, published_on, status)
    SELECT '名' || n, lpad((n * 7919)::text, 18, '9'), 'person', '2', 30, '某某人民法院', '山东',
           '（2020）鲁9执' || n || '号', date '2020-01-01', '（2019）鲁9民初1号', '偿还借款本金1万元及利息。',
           '全部未履行', '违反财产报告制度', date '2021-01-01' + (n %% 1800)::int, 'active'
      FROM generate_series(%s::bigint, %s::bigint - 1) AS n"""


@dataclass(slots=True)
class Rivals:
    """Servers, and the token of the plain project's user."""

    platform: Web
    bare: Web
    plain: Web
    plain_persistent: Web
    token: str
    filled: int = 0

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Token {self.token}"}

    def webs(self) -> dict[str, Web]:
        return {
            "platform": self.platform,
            "bare": self.bare,
            "drf": self.plain,
            "drf_persistent": self.plain_persistent,
        }


def start(place: Place, cast: Cast) -> Rivals:
    """Make the peers' database with the known applicants in it, and start all servers."""
    with connected(place, "app") as connection, connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE peers")
        cursor.execute("CREATE TABLE bench_record (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
                       " asked text, answer int, at timestamptz DEFAULT now())")  # fmt: skip
    settings = {"DJANGO_SETTINGS_MODULE": "bench.peers.settings"}
    token = place.run("bench.peers.prepare", **settings)["token"]
    with connected(place, "peers") as connection, connection.cursor() as cursor:
        known = [(row["name"], row["identifier"], row["case_number"]) for row in cast.listed]
        cursor.executemany(
            "INSERT INTO peers_plainlisting (name, id_number, case_number, kind, sex, court, area, basis_number,"
            " obligation, performance, circumstances, status)"
            " VALUES (%s, %s, %s, '', '', '', '', '', '', '', '', 'active')",
            known,
        )
    return Rivals(
        platform=place.serve("platform", "config.wsgi"),
        bare=place.serve("bare", "bench.peers.bare"),
        plain=place.serve("drf", "bench.peers.wsgi", **settings),
        plain_persistent=place.serve("drf_persistent", "bench.peers.wsgi", PEERS_PERSISTENT="1", **settings),
        token=token,
        filled=len(known),
    )


def grow_to(place: Place, rivals: Rivals, rows: int) -> None:
    """Fill the plain table up to `rows`."""
    with connected(place, "peers") as connection, connection.cursor() as cursor:
        if rows > rivals.filled:
            cursor.execute("SET synchronous_commit = off")
            cursor.execute(_FILL, [rivals.filled, rows])
            rivals.filled = rows
        cursor.execute("VACUUM (ANALYZE) peers_plainlisting")


class connected:  # noqa: N801 reads as a verb
    """A plain connection in autocommit, closed at the end."""

    def __init__(self, place: Place, database: str) -> None:
        self.connection: Any = psycopg2.connect(host=str(place.sockets), user="app", dbname=database)
        self.connection.autocommit = True

    def __enter__(self) -> Any:
        return self.connection

    def __exit__(self, *_: object) -> None:
        self.connection.close()
