"""`gateway demo`: both ends in one fresh home."""
from console.cli.door import Door
def demo(door: Door) -> None:
    """x."""
