"""Measures: rollups of what happened, and what they say."""

from nba_service.measures.measures import Measures
from nba_service.measures.questions import Question

__all__ = ["Measures", "Question"]
