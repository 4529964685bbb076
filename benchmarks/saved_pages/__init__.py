"""Pages that a real Chromium saves, in six forms."""
