"""What every connector must do, whatever its CRM: inherit `ConnectorContract`, give a `scene`.

A connector's test module defines a class `TestNAME(ConnectorContract)` and a fixture `scene` that
sets up a CRM to talk to. Nothing here knows a CRM's wire or names.
"""

from __future__ import annotations

from tests.connectors.contract.reading import Reading
from tests.connectors.contract.scene import Scene, Trouble
from tests.connectors.contract.setup import Setup
from tests.connectors.contract.troubles import Troubles
from tests.connectors.contract.writing import Writing

__all__ = ["ConnectorContract", "Scene", "Trouble"]


class ConnectorContract(Reading, Writing, Troubles, Setup):
    """Inherited, so that pytest runs every test once per connector."""
