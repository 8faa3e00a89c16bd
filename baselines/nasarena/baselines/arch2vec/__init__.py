"""arch2vec: embeddings of architectures that are learned without labels, and searches in them."""
