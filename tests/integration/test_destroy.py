"""What is left when the system is torn down."""

from __future__ import annotations

from local.aws import Clients
from local.deployment import Deployment
from local.emulator import Emulator
from local.inventory import PENDING_DELETION
from local.settings import parse_sources, stack_config
from local.xray import XRayDaemon


def test_destroy_leaves_nothing_but_the_keys_deletion_window() -> None:
    """After destroy no list call shows anything of the system, except the key that AWS keeps for seven days."""
    with XRayDaemon() as xray:
        emulator = Emulator(port=0, xray_address=xray.address)
        emulator.start()
        try:
            deployment = Deployment(clients=Clients(emulator.endpoint_url))
            deployment.up(stack_config("gone", parse_sources(())))
            left = deployment.destroy()
            (key,) = left
            assert key.startswith(PENDING_DELETION)
        finally:
            emulator.stop()
