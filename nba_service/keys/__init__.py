"""API keys, tokens, scopes and visitor ids as values."""
