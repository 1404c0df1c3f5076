"""The registry of published bundles, and which of them decides."""

from models.registry.aliases import Promotion, Role, Trial
from models.registry.files import Admit
from models.registry.registry import Registry
from models.registry.shelf import Entry

__all__ = ["Admit", "Entry", "Promotion", "Registry", "Role", "Trial"]
