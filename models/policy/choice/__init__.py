"""The choice among candidates: arms, bounds, exploration, slates and the best time."""
