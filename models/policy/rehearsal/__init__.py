"""Past decisions under another policy, and the prices that hold shares and capacities."""
