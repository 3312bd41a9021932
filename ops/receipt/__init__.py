"""What a deployed system costs, as a model and as it was used: `python -m ops receipt`."""
