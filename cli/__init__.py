"""What the command lines have in common: how they print and how they end."""
