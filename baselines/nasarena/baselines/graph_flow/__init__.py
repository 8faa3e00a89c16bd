"""Predictors that let information flow along an architecture's graph: GATES and FLAN.

FLAN's optional extra inputs (vectors of arch2vec, of CATE, and of zero-cost scores) are not here:
the vectors that its release reads were computed for whole spaces in advance. CATE (Yan et al., ICML
2021, arXiv:2102.07108) is not here as a method either: its Transformer has to be pre-trained on
pairs of architectures of a listed space with similar numbers of parameters, for which no cheap form
was written, and the search of its release has a mistake in its expected improvement (a stray + 1).
Searches in embeddings that are learned without labels are `arch2vec-bo` and `arch2vec-rl`.
"""
