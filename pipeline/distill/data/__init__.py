"""Sets of overlapping views to distil on: prepared from ScanNet++, or of made rooms, drawn when asked for."""
