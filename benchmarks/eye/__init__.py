"""The eye on photos with truth."""
