"""Every rule, by service."""

from __future__ import annotations

from policy.rules import api, data, function, identity, logs, messaging, network

RULES = (
    *function.RULES,
    *data.RULES,
    *messaging.RULES,
    *logs.RULES,
    *identity.RULES,
    *network.RULES,
    *api.RULES,
)
"""All rules; a rule's id is its name."""
