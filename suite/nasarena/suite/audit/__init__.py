"""Checking results that somebody else made: records, reruns and the decoy test."""
