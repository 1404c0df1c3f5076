"""How the advantage of treatments is learned from a log whose probabilities are known."""
