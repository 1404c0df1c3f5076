"""World files: names and numbers of a simulated world, checked against its journey."""
