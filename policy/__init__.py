"""Rules that every deployment must keep, named like the public checks that they answer."""
