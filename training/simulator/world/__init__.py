"""A simulated world: customers who move by stated equations.

A kind of world of its own is a subclass of ``World``: docs/how-to/add-a-world.md.
"""

from training.simulator.world.events import Events, make_events
from training.simulator.world.state import State
from training.simulator.world.world import World

__all__ = ["Events", "State", "World", "make_events"]
