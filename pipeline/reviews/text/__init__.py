"""Reviews to sentences, words and embeddings."""
