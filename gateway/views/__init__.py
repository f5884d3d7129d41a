"""What people look at and carry away: query screens, sheets, notices, tables."""
