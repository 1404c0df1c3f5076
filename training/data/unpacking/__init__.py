"""Files that DuckDB cannot read, as files that it can."""
