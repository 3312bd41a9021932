"""Coverage-guided fuzzing of all that reads what a stranger sends: `make fuzz`."""
