"""NPENAS: evolution guided by a graph network, which predicts errors or their distributions."""
