"""The learner: boosted trees, a full and a plain logistic regression, joined and calibrated on customers new to them.

Within the training part the customers are dealt into three (two, where there are very many). In turn, the models learn
from the other parts and speak about one; a logistic regression over their log odds, fitted to what they said there,
joins and calibrates them (Platt's sigmoid, with three scores). Asked about others, the teams speak, each calibrated,
and their mean is the answer.

Source: D. H. Wolpert, *Stacked generalization*, Neural Networks 5 (1992); J. Platt, *Probabilistic outputs for support
vector machines* (1999); G. Ke et al., *LightGBM*, NeurIPS (2017), after which scikit-learn's trees are made.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from troth.trust.logit import expit, fit_logit, logit
from troth.trust.table import Bools, Floats, Ints, Table
from troth.trust.threads import one_thread

FOLDS: Final = 5
MANY: Final = 40_000
"""From so many rows on, halves teach as well as thirds, and take half the time."""
_TREES: Final = 100
_SEED: Final = 1
"""Fixed: the trees see all rows and all columns, so that it decides nothing but ties."""


@dataclasses.dataclass(frozen=True)
class Model:
    """One model with the columns that it reads."""

    fitted: Any
    columns: Sequence[int]

    def chance(self, values: Floats) -> Floats:
        """Return its probability of a bad outcome for rows of facts."""
        return np.asarray(self.fitted.predict_proba(values[:, self.columns])[:, 1], dtype=np.float64)


@dataclasses.dataclass(frozen=True)
class Learner:
    """What has been learned: teams of models, each with the line that joins it."""

    teams: Sequence[tuple[Sequence[Model], Floats]]

    def chance(self, values: Floats) -> Floats:
        """Return the probability of a bad outcome for rows of facts."""
        with _one_thread():
            said = [expit(_scores(models, values) @ joined) for models, joined in self.teams]
        return np.asarray(np.mean(said, axis=0), dtype=np.float64)


def folds_of(clusters: Ints) -> Ints:
    """Return the fold of each customer, by its number alone: the same customers share a fold whoever else is there."""
    return np.asarray(clusters % FOLDS, dtype=np.int64)


def learn(table: Table, values: Floats, bad: Bools, weights: Floats, clusters: Ints) -> Learner:
    """Learn from rows of facts.

    Args:
        table: Describes the columns.
        values: The rows; all customers of one number fall into one part.
        bad: Whether each was bad.
        weights: How many subjects each stands for.
        clusters: Number of the customer.
    """
    count = 3 if len(values) < MANY else 2
    part, teams = (clusters // FOLDS) % count, []
    with _one_thread():
        for number in range(count):
            inside, outside = part != number, part == number
            share = (table, values[inside], bad[inside], weights[inside])
            models = (grow(*share), draw(*share), plain(*share))
            truth = bad[outside].astype(np.float64)
            teams.append((models, fit_logit(_scores(models, values[outside]), truth, weights[outside], ridge=1e-4)))
    return Learner(teams)


def _one_thread() -> Any:
    """Return a context of one thread; only libraries that are loaded can be limited, so these come first."""
    import sklearn.ensemble
    import sklearn.linear_model  # noqa: F401

    return one_thread()


def _scores(models: Sequence[Model], values: Floats) -> Floats:
    """Return the constant and the log odds of each model."""
    return np.column_stack([np.ones(len(values)), *(logit(model.chance(values)) for model in models)])


def _told(values: Floats, columns: Sequence[int]) -> list[int]:
    """Return the columns of which anything is known in these rows."""
    return [column for column in columns if not np.isnan(values[:, column]).all()]


def grow(table: Table, values: Floats, bad: Bools, weights: Floats) -> Model:
    """Return boosted trees; what is not known goes its own way in every split."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    columns = _told(values, range(values.shape[1]))
    model = HistGradientBoostingClassifier(
        learning_rate=0.08,
        max_iter=_TREES,
        max_leaf_nodes=8,
        min_samples_leaf=30,
        l2_regularization=5.0,
        max_bins=63,
        categorical_features=table.words[columns],
        early_stopping=False,
        random_state=_SEED,
    )
    return Model(model.fit(values[:, columns], bad, sample_weight=weights), columns)


def draw(table: Table, values: Floats, bad: Bools, weights: Floats) -> Model:
    """Return a logistic regression over all facts: words by value, what is not known at the median and marked."""
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    columns = _told(values, range(values.shape[1]))
    words = table.words[columns]
    encoder = OneHotEncoder(handle_unknown="ignore", min_frequency=30)
    parts = [("numbers", _numbers(), np.flatnonzero(~words)), ("words", encoder, np.flatnonzero(words))]
    model = make_pipeline(ColumnTransformer(parts), LogisticRegression(C=0.3, solver="newton-cholesky"))
    return Model(_fitted(model, values[:, columns], bad, weights), columns)


def plain(table: Table, values: Floats, bad: Bools, weights: Floats) -> Model:
    """Return the plain model to compare with: a logistic regression over few facts, its classes weighted alike."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    columns = _told(values, table.plain)
    model = make_pipeline(_numbers(), LogisticRegression(class_weight="balanced", solver="newton-cholesky"))
    with _one_thread():
        return Model(_fitted(model, values[:, columns], bad, weights), columns)


def _numbers() -> Any:
    """Return what makes numbers ready: median for what is not known, a mark that it was so, one scale."""
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())


def _fitted(model: Any, values: Floats, bad: Bools, weights: Floats) -> Any:
    """Return a pipeline fitted with weights."""
    return model.fit(values, bad, logisticregression__sample_weight=weights)
