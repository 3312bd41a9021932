"""Operating a deployed system: `python -m ops`."""
