"""The local system: the project's real Pulumi program, deployed into an AWS emulator on this machine."""
