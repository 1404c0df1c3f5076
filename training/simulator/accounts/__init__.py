"""Accounts with known truth: several people, one journey."""
