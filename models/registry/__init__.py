"""The registry of published bundles, and which of them decides."""

from models.registry.aliases import Promotion, Role, Trial
from models.registry.registry import Admit, Registry
from models.registry.shelf import Entry

__all__ = ["Admit", "Entry", "Promotion", "Registry", "Role", "Trial"]
