"""Entry certificates as the enterprise asks for them: previewed, shown, downloaded."""
