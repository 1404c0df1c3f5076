"""A bundle is what training publishes and the service loads.

``save_bundle`` writes trained models, the journey file and golden rows; ``load_bundle`` verifies the hash
of every file before any byte of it is used, and golden rows after. With ``models/registry``
the only part of the core that touches files. Knows nothing of which bundle is in use.

Terms: docs/glossary.md. Layout and promises: docs/adr/0002-bundle-and-registry.md.
"""

from models.bundle.child import check_in_child, problem_in_child
from models.bundle.contents import Bundle, Models
from models.bundle.golden import GoldenRows
from models.bundle.load import load_bundle, read_manifest, verify_bundle
from models.bundle.manifest import BUNDLE_ID, Manifest, Provenance
from models.bundle.save import save_bundle

__all__ = [
    "BUNDLE_ID",
    "Bundle",
    "GoldenRows",
    "Manifest",
    "Models",
    "Provenance",
    "check_in_child",
    "load_bundle",
    "problem_in_child",
    "read_manifest",
    "save_bundle",
    "verify_bundle",
]
