"""The gate's questions, asked with the data at hand.

The verdict travels in the manifest. What a verdict is: ``models/bundle/gate.py``.
"""

from training.gate.contest import Choices, Contest, choose_all, contestants
from training.gate.judge import judge

__all__ = ["Choices", "Contest", "choose_all", "contestants", "judge"]
