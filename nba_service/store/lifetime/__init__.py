"""How long rows live: months, partitions and retention."""
