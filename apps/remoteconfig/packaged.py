"""The values every installation begins with; with everything else away they are still there."""

from pathlib import Path

from apps.remoteconfig.document import Values, parse

PACKAGED = Path(__file__).with_name("defaults.json")
# Read at import: a package with broken defaults must not start at all.
DEFAULTS: Values = parse(PACKAGED.read_bytes()).values
