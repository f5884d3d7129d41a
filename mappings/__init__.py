"""The contract: every message kind as a folder of data, and the small code that reads it."""
