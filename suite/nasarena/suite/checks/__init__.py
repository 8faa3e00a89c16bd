"""Whether stored runs can be what they say, and what an audit said of them."""
