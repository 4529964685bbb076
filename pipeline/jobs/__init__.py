"""Durable work: the queue, its workers, their presence and the record of their runs."""
