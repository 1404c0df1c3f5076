"""Commands about rollups and measures."""
