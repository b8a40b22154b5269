"""The lifecycles of the resources on plain property maps. Doesn't import Pulumi."""
