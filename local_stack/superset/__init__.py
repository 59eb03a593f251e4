"""Superset on both warehouses, in an environment of its own: its datasets, charts and dashboards are `assets/`.

Superset's environment imports this package as well, so nothing that only ours has may be imported here.
"""

from pathlib import Path

ROOM = Path(__file__).parent
# In the format that Superset exports.
ASSETS = ROOM / "assets"
