"""The regression gate: new runs of a method held against stored ones."""
