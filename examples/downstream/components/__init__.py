"""What the program deploys, one component a file."""
