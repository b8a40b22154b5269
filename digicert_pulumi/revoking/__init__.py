"""The rules for revoking, and the code that carries them out. Doesn't import Pulumi."""
