"""Figures of a page and of papers."""
