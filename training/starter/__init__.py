"""``nba init``: a journey file and a training file to begin with."""
