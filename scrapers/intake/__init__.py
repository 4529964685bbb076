"""What people drop: one file, several, a folder, an archive; and what has changed since the last time."""
