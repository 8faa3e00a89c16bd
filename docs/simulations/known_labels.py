"""How well the best cells of a table can be foreseen from the labels of all others.

    python docs/simulations/known_labels.py nasbenchgraph/citeseer

fits boosted trees (600 of depth 8) to nine tenths of the labels, one cell for each isomorphism
class, and predicts the last tenth, ten times. It prints the share of the variance that is
explained, and the ranks that the three best have among the predictions. A minute of CPU time.
"""

import sys

import numpy as np
from second_contender import Cells
from sklearn.model_selection import KFold, cross_val_predict
from xgboost import XGBRegressor

from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.targets import rank_gaussian


def main(benchmark: str) -> None:
    cells = Cells(load_benchmark(benchmark))
    labels = rank_gaussian(cells.labels)
    trees = XGBRegressor(
        n_estimators=600, max_depth=8, learning_rate=0.05, subsample=0.8, colsample_bytree=0.5
    )
    features = np.concatenate([cells.one_hot, cells.features("both")[0]], axis=1)
    folds = KFold(10, shuffle=True, random_state=0)
    predicted = cross_val_predict(trees, features, labels, cv=folds)
    explained = 1 - ((labels - predicted) ** 2).mean() / labels.var()
    ranks = [1 + int((predicted > predicted[cell]).sum()) for cell in np.argsort(-labels)[:3]]
    print(f"{benchmark}: {100 * explained:.0f} % explained, ranks {ranks} of {labels.size}")


if __name__ == "__main__":
    main(*sys.argv[1:])
