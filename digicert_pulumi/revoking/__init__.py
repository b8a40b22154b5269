"""The rules of revoking, and the code that carries them out. Doesn't import Pulumi."""
