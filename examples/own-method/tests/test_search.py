"""The method needs as few samples as its baseline says."""

from own_method import OwnMethod


def test_it_needs_no_more_samples_than_before(nasarena_run, nasarena_gate):
    runs = nasarena_run(OwnMethod, benchmarks="nasbench201/*", seeds=30, budget=600)
    nasarena_gate(runs, baseline="baseline")


def test_speed(nasarena_run, benchmark):
    nasarena_run(OwnMethod, benchmarks="nasbench201/*", seeds=30, budget=600, benchmark=benchmark)
