"""The rules of revoking, and what carries them out: knows nothing of Pulumi."""
