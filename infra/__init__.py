"""The infrastructure: one noun a file, each an args dataclass and a component."""
