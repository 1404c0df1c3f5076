"""People with several ids: their profiles, and how they are parted."""
