"""Steps between phases, measured."""
