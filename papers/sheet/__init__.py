"""A certificate as a table of what it says: 核对单 for checking, 草稿 for the enterprise's answer."""
