"""Rules in CEL: syntax, types, checks and evaluation."""
