"""How the networks of the suite's own table are trained."""

RECIPE = 1
"""Counted up when anything here, the images or the training change: two recipes do not mix."""

SIDE = 8
"""Height and width of an image, pixels."""

MOST_DEGREES = 45.0
"""Images are turned by up to so much, either way."""

TRAINING, VALIDATION, TEST = 1_000, 2_000, 2_000
"""Images of each split."""

STEM_CHANNELS = 6
STACKS, MODULES_PER_STACK = 3, 1
EPOCHS = 12
BATCH = 50
PEAK_LEARNING_RATE = 0.3
WARM_UP = 0.15
"""Share of the steps in which the learning rate rises to its peak; then it falls as a cosine."""

MOMENTUM = 0.9
"""Nesterov's, of stochastic gradient descent."""

WEIGHT_DECAY = 1e-3
BATCH_NORM_MOMENTUM = 0.1
"""Weight of a new batch in the running statistics, as PyTorch counts (nasbench-pytorch's own
default, 0.997, is what TensorFlow calls momentum)."""
