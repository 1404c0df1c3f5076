"""Rules in CEL: their syntax, their types, their check before use, and their evaluation."""
