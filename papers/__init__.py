"""What people hold: sheets, drafts and certificates on paper."""
