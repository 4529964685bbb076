"""Photo files to upright, straight RGB."""
