"""The console: a web page on loopback that shows the local system at work."""
