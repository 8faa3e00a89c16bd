"""How well predictors order whole spaces, after so many labels."""
