"""The tests, as a package of our own: an SDK among the development dependencies installs one of this name."""
