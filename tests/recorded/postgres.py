"""The recorded PostgreSQL store, put into a schema of a server."""

from __future__ import annotations

import lzma
from typing import Final

from .exchanges import HERE

SCHEMA: Final = "nba_recorded"


def schema_url(server: str, schema: str) -> str:
    separator = "&" if "?" in server else "?"
    return f"{server}{separator}options=-csearch_path%3D{schema}"


def make_schema(server: str, schema: str, *, drop: bool = False) -> None:
    """An empty schema of that name, or none."""
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE".encode())
        if not drop:
            connection.execute(f"CREATE SCHEMA {schema}".encode())


def load_dump(server: str, schema: str) -> None:
    """The store as it was recorded, in a schema that does not exist yet."""
    import psycopg

    text = lzma.decompress((HERE / "store.postgresql.sql.xz").read_bytes()).decode()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(text.replace(SCHEMA, schema).encode())
