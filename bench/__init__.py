"""What the function costs, measured against what a user would pick instead: `make bench`."""
