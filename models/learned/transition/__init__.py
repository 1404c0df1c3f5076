"""The phase-transition model: where customers go next, and what a treatment changes in that."""
