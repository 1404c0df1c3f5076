"""What pages show, gathered and judged; nothing here draws."""
