"""The gate's questions, asked with the data at hand. The verdict travels in the manifest.

What a verdict is: ``models/bundle/gate.py``.
"""

from training.gate.judge import judge
from training.gate.play import LineUp, Play, line_up, play

__all__ = ["LineUp", "Play", "judge", "line_up", "play"]
