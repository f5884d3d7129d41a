"""The terminal: the `gateway` command, one module a group of commands."""
