"""Companies drawn at random, to judge methods on worlds that nobody shaped."""
