"""What each treatment is worth in EUR."""
