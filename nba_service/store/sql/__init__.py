"""The SQL database under the store: connections, tables, rows and queries."""
