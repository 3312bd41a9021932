"""The published contract: what consumers may rely on."""
