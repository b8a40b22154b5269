"""What a resource does in each step of its life, on plain property maps: knows no SDK of Pulumi."""
