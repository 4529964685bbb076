"""Distilling large models into small ones, and the made rooms that both learn from."""
