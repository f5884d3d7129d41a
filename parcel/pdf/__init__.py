"""PDF: read by our own grammar before any library sees it."""
