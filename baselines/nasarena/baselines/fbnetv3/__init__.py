"""FBNetV3's predictor: pre-trained on what is free, fine-tuned on labels."""
