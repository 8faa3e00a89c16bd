"""Results that somebody proposes for a board: are they complete, whole, and what they say?"""
