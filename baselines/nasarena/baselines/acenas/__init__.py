"""AceNAS: a graph network that is pre-trained on what is free, and learns to rank."""
