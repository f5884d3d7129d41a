"""The terminal's doors: the `gateway` command, one module a group of commands."""
