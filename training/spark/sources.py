"""The four tables in Spark, each row with its customer's bucket.

The user's SQL over Parquet files. The SQL of ``training.yaml`` runs as Spark's. Where files lie is Spark's
business: local, S3, GCS, ABFS.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from models.errors import TrainingConfigError, TrainingDataError
from training.config import TABLES, Source, TrainingConfig
from training.data.load import names_any
from training.shards.bucket import moved_between_accounts

BUCKET: Final = "_bucket"
ID_HASH: Final = "_id_hash"

_LAST_ORDER: Final = re.compile(
    r"\s+ORDER\s+BY\s+(?!.*\b(?:ORDER|SELECT|FROM|LIMIT|OFFSET|FETCH)\b)[^()'\"`/-]*$",
    re.IGNORECASE | re.DOTALL,
)
"""The order of a whole query: nothing behind it but columns."""


def read_rows(
    session: Any, config: TrainingConfig, data: str, buckets: int, *, accounts: bool = False
) -> dict[str, Any]:
    """Rows of each table in a data frame, with two columns of ours.

    ``_bucket`` says where a row belongs; outcomes follow the customer of their decision. ``_id_hash`` tells
    ids apart where a table has one of its own.

    Args:
        accounts: a bucket is one of accounts; customers without one are their own.

    Raises:
        TrainingConfigError: a source is not Parquet.
        TrainingDataError: a source has no file, SQL fails, or somebody was in several accounts.
    """
    from pyspark.sql import functions

    tables = _tables(session, config, data)
    owners = _accounts(tables.get("customers")) if accounts else None
    with_bucket = {
        name: _with_bucket(table, owners, buckets) for name, table in tables.items() if name != "outcomes"
    }
    if "outcomes" in tables:
        with_bucket["outcomes"] = _follow(tables["outcomes"], with_bucket.get("decisions"))
    return {
        name: table
        if name == "customers" or _key(name) not in table.columns
        else table.withColumn(ID_HASH, functions.xxhash64(_key(name)))
        for name, table in with_bucket.items()
    }


def _key(name: str) -> str:
    return f"{name[:-1]}_id"


def _tables(session: Any, config: TrainingConfig, data: str) -> dict[str, Any]:
    missing = set()
    for name, source in config.sources.items():
        found = _read(session, source, data, name)
        if found is None:
            missing.add(name)
        else:
            found.createOrReplaceTempView(name)
    tables = {}
    for view, sql in config.views.items():
        _sql(session, f"view {view!r}", sql).createOrReplaceTempView(view)
    for name in TABLES:
        if name in config.tables and not names_any(config.tables[name], missing):
            tables[name] = _sql(session, f"table {name!r}", without_order(config.tables[name]))
    return tables


def without_order(sql: str) -> str:
    """A query without the order of all its rows, which buckets do not keep: each sorts its own."""
    return _LAST_ORDER.sub("", sql.strip().rstrip(";"))


def _sql(session: Any, what: str, sql: str) -> Any:
    from pyspark.errors import PySparkException

    try:
        return session.sql(sql.strip().rstrip(";"))
    except PySparkException as error:
        reason = " ".join(str(error).split())[:400]
        raise TrainingDataError(
            f"{what}: {reason}. The SQL runs as Spark's; correct it or the files."
        ) from error


def _read(session: Any, source: Source, data: str, name: str) -> Any:
    for pattern in source.files:
        if not pattern.endswith(".parquet"):
            raise TrainingConfigError(
                f"source {name!r}: Spark reads Parquet files, got {pattern!r}. Write the tables once with "
                "`nba tables`, and train on those."
            )
        folder, deep, _ = pattern.partition("/**/")
        path = f"{data.rstrip('/')}/{folder if deep else pattern}"
        if _exists(session, path):
            reader = session.read.option("recursiveFileLookup", bool(deep))
            return reader.parquet(path)
    if source.optional:
        return None
    raise TrainingDataError(
        f"source {name!r}: no file matches {' or '.join(source.files)} in {data}. Check --data."
    )


def _exists(session: Any, path: str) -> bool:
    """By the file systems that Spark knows."""
    hadoop = session._jvm.org.apache.hadoop.fs.Path(path)
    found = hadoop.getFileSystem(session._jsc.hadoopConfiguration()).globStatus(hadoop)
    return found is not None and len(found) > 0


def read_table(session: Any, data: str, name: str) -> Any:
    """A whole exported table, as Arrow; None: it is not there."""
    path = f"{data.rstrip('/')}/{name}.parquet"
    return session.read.parquet(path).toArrow() if _exists(session, path) else None


def _with_bucket(table: Any, owners: Any, buckets: int) -> Any:
    """Rows with the bucket of their customer, or of the account that the customer is in."""
    from pyspark.sql import functions

    customer = functions.col("customer_id").cast("string")
    if owners is None:
        return table.withColumn(BUCKET, _bucket_of(customer, buckets))
    joined = table.join(owners, customer == owners["_customer"], "left")
    bucket = _bucket_of(functions.coalesce(functions.col("_account"), customer), buckets)
    return joined.withColumn(BUCKET, bucket).drop("_customer", "_account")


def _accounts(customers: Any) -> Any:
    """Each customer's account; None: the table does not say.

    Raises:
        TrainingDataError: somebody was in several.
    """
    from pyspark.sql import functions

    if customers is None or "account_id" not in customers.columns:
        return None
    account = functions.col("account_id").cast("string")
    by_customer = customers.groupBy(functions.col("customer_id").cast("string").alias("_customer")).agg(
        functions.max(account).alias("_account"), functions.countDistinct(account).alias("_n")
    )
    moved = by_customer.where("_n > 1").orderBy("_customer").limit(1).collect()
    if moved:
        raise moved_between_accounts(moved[0][0])
    return by_customer.drop("_n")


def _bucket_of(key: Any, buckets: int) -> Any:
    from pyspark.sql import functions

    hashed = functions.crc32(key.cast("binary"))
    bucket = functions.pmod(hashed, functions.lit(buckets))
    return functions.coalesce(bucket, functions.lit(0)).cast("int")


def _follow(outcomes: Any, decisions: Any) -> Any:
    """Outcomes in the bucket of their decision; those without one in the first."""
    from pyspark.sql import functions

    if decisions is None:
        return outcomes.withColumn(BUCKET, functions.lit(0))
    owners = decisions.groupBy(functions.col("decision_id").cast("string").alias("_decision")).agg(
        functions.min(BUCKET).alias("_of")
    )
    joined = outcomes.join(owners, outcomes["decision_id"].cast("string") == owners["_decision"], "left")
    return joined.withColumn(BUCKET, functions.coalesce(functions.col("_of"), functions.lit(0))).drop(
        "_decision", "_of"
    )


def refuse_repeats(tables: Mapping[str, Any], names: Iterable[str]) -> None:
    """An id may come again in its bucket, where it is rejected; no bucket sees what is in another.

    Args:
        tables: as ``read_rows`` gave them.
        names: of those where hashes came again; should two be equal by chance, the words decide.

    Raises:
        TrainingDataError: an id is in several buckets.
    """
    from pyspark.sql import functions

    least, most = functions.min(BUCKET).alias("least"), functions.max(BUCKET).alias("most")
    for name in names:
        key = _key(name)
        again = tables[name].groupBy(key).agg(least, most).where("least < most").limit(1).collect()
        if again:
            raise TrainingDataError(
                f"table {name!r}: {key} {again[0][0]!r} belongs to several customers, expected each id "
                "once. Correct the SQL, or train with `nba train --shards`, which rejects the later row."
            )
