"""OpenFeature remote evaluation, for its providers as they are."""
