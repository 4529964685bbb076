"""Training of the models that are fitted on data of one's own."""
