"""The registry of published bundles and its log of promotions."""
