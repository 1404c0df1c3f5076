"""The gate's questions, asked with the data at hand. The verdict travels in the manifest: ``models/gate``."""

from training.gate.judge import judge

__all__ = ["judge"]
