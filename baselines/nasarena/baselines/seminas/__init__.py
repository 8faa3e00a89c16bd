"""SemiNAS: an encoder, an accuracy predictor and a decoder, trained with pseudo-labels too."""
