"""The catalogue of published files that users fetch, and what reads them."""
