"""Every method has its colour and dash, for good, and can be seen on both pages."""

import numpy as np
import pytest

from nasarena.leaderboard.figures.styles import COLOURS, PLACES, method_styles


@pytest.mark.parametrize("count", [1, 28, 49])
def test_so_many_methods_are_all_drawn_differently(count: int) -> None:
    methods = [*PLACES, *(f"stranger-{index}" for index in range(49))][:count]
    assert len(set(method_styles(methods).values())) == count


def test_more_than_can_be_told_apart_still_have_styles() -> None:
    methods = [*PLACES, *(f"stranger-{index}" for index in range(100))]
    styles = method_styles(methods)
    assert set(styles) == set(methods)
    assert len(set(styles.values())) == 49


def test_the_projects_methods_keep_their_style_whoever_else_is_there() -> None:
    strangers = [f"stranger-{index}" for index in range(60)]
    both = method_styles([*PLACES, *strangers])
    for method in PLACES:
        assert method_styles([method])[method] == both[method]


def test_a_method_with_other_parameters_has_its_colour_and_another_dash() -> None:
    styles = method_styles(["path-gp", "path-gp[skip_twins=False]", "path-gp[noise=1]"])
    assert len({style.colour for style in styles.values()}) == 1
    assert len(set(styles.values())) == 3
    alone = method_styles(["path-gp[skip_twins=False]"])
    assert list(alone.values()) == [styles["path-gp"]]


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, as WCAG defines it."""
    channels = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("page", ["#ffffff", "#14171b"])
def test_colours_are_seen_on_light_and_dark(page: str) -> None:
    for colour in COLOURS:
        darker, lighter = sorted([luminance(colour), luminance(page)])
        assert (lighter + 0.05) / (darker + 0.05) >= 3
