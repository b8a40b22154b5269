"""Make foreign text printable; suggest names for unknown ones."""
