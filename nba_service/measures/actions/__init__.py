"""What actions earn, and which of their texts."""
