"""Tables as text: for the terminal, Markdown, CSV, LaTeX, JSON."""
