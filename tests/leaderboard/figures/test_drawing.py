"""How figures are drawn: on which sheet, in which formats, with what names, the same every time."""

import os
import re
import subprocess
import sys
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from xml.etree import ElementTree

import matplotlib
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasarena.leaderboard.figures.drawing import Drawing, add_legend, drawing_of, look, mark
from nasarena.leaderboard.figures.sheets import (
    ONE_COLUMN,
    PAGE,
    TWO_COLUMNS,
    Sheet,
    on_sheet,
    sheet,
)
from nasarena.leaderboard.figures.styles import method_styles
from nasarena.leaderboard.figures.text_widths import shortened, text_width

HOSTILE = '<b>"&$\\frac{1}$%\x1b font-family: d="M 1.23456 #010203" 漢'
SVG = "{http://www.w3.org/2000/svg}"


def draw(names: Sequence[str] = ("a", "b"), name: str = "x") -> Drawing:
    """A curve for each name."""
    styles = method_styles(names)
    with look(name) as (figure, axes):
        for place, (method, style) in enumerate(styles.items()):
            mark(axes.plot([1, 2], [place, 1], color=style.colour), method, f"{method}: 1 %")
        axes.fill_between([1, 2], [0, 0], [1, 1], alpha=0.1)
        axes.scatter([1, 2], [0, 1], s=9)
        axes.text(1, 1, "said", fontsize=9)
        axes.set(xlabel="queries", ylabel="regret")
        add_legend(figure, styles)
        drawing = drawing_of(figure, name, "Title", "Description", pd.DataFrame({"method": names}))
    return drawing


def on(chosen: Sheet, *formats: str, names: Sequence[str] = ("a", "b")) -> Drawing:
    with on_sheet(replace(chosen, formats=frozenset(formats))):
        return draw(names)


def test_only_the_formats_of_the_sheet_are_drawn() -> None:
    page = draw()
    assert page.svg.startswith("<svg")
    assert page.pdf.startswith(b"%PDF-")
    assert page.png == b""
    png = on(ONE_COLUMN, "png")
    assert png.png.startswith(b"\x89PNG")
    assert (png.svg, png.pdf) == ("", b"")
    assert png.data == "method\na\nb\n"
    assert (png.title, png.description) == ("Title", "Description")


def test_the_sheet_is_put_back_also_after_an_error() -> None:
    inside = []
    with suppress(ZeroDivisionError), on_sheet(TWO_COLUMNS):
        inside.append(sheet())
        raise ZeroDivisionError
    assert inside == [TWO_COLUMNS]
    assert sheet() is PAGE


def size_of_png(png: bytes) -> tuple[int, int]:
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


@pytest.mark.parametrize(("chosen", "inches"), [(ONE_COLUMN, 3.3), (TWO_COLUMNS, 6.9)])
def test_a_figure_for_a_paper_has_its_width_and_readable_type(chosen: Sheet, inches: float) -> None:
    drawing = on(chosen, "svg", "pdf", "png")
    width = float(re.search(r'<svg[^>]* width="([0-9.]+)pt"', drawing.svg)[1])
    assert width == pytest.approx(72 * inches, abs=0.1)
    box = re.search(rb"/MediaBox \[ ?0 0 ([0-9.]+)", drawing.pdf)
    assert float(box[1]) == pytest.approx(72 * inches, abs=0.1)
    assert size_of_png(drawing.png)[0] == pytest.approx(300 * inches, abs=1)
    sizes = [float(size) for size in re.findall(r"font(?:-size)?: ?([0-9.]+)px", drawing.svg)]
    assert len(sizes) > 5
    assert 7 <= min(sizes) <= max(sizes) <= 8


def test_a_smaller_sheet_has_thinner_lines() -> None:
    def line(drawing: Drawing) -> float:
        group = next(
            group
            for group in ElementTree.fromstring(drawing.svg).iter(f"{SVG}g")
            if group.get("class") == "series"
        )
        return float(
            re.search(r"stroke-width: ([0-9.]+)", group.find(f"{SVG}path").get("style"))[1]
        )

    assert line(on(ONE_COLUMN, "svg")) == pytest.approx(ONE_COLUMN.scale * line(draw()), rel=1e-3)


def test_hostile_names_are_text_and_attributes() -> None:
    shown = HOSTILE.replace("\x1b", "\ufffd")
    root = ElementTree.fromstring(draw([HOSTILE, "b"]).svg)
    groups = [group for group in root.iter(f"{SVG}g") if group.get("data-series") == shown]
    assert [group.get("class") for group in groups] == ["series", "key", "key"]
    assert groups[0].findtext(f"{SVG}title") == f"{shown}: 1 %"
    (cut,) = shortened([HOSTILE], 15 * 9.5 / 72, 9.5)
    assert "".join(groups[2].itertext()).strip() == cut


@pytest.mark.filterwarnings("error")
def test_letters_that_the_font_lacks_are_no_warning() -> None:
    assert on(ONE_COLUMN, "svg", "pdf", "png", names=["漢字", "b"]).pdf


def test_ids_begin_with_the_name() -> None:
    one, other = (re.findall(r' id="([^"]+)"', draw(name=name).svg) for name in ("one", "other"))
    assert len(one) == len(other) > 2
    assert not set(one) & set(other)


def test_nothing_of_the_callers_settings_is_seen_or_changed() -> None:
    first = draw()
    with matplotlib.rc_context({"lines.linewidth": 7, "font.size": 30, "pdf.fonttype": 3}):
        before = dict(matplotlib.rcParams)
        assert draw() == first
        assert dict(matplotlib.rcParams) == before


def test_other_processes_draw_the_same_bytes() -> None:
    program = (
        "import sys, pandas as pd\n"
        "from nasarena.leaderboard.figures import drawing as d, sheets as s\n"
        "with s.on_sheet(s.Sheet(3.3, 1, 1, frozenset({'svg', 'pdf', 'png'}))):\n"
        "    with d.look('x') as (figure, axes):\n"
        "        axes.plot([1, 2], label='abc')\n"
        "        axes.set_xlabel('queries')\n"
        "        it = d.drawing_of(figure, 'x', 'T', 'D', pd.DataFrame({'a': [1]}))\n"
        "sys.stdout.buffer.write(it.svg.encode() + it.pdf + it.png)"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": seed},
        ).stdout
        for seed in ("1", "1000000000")
    ]
    assert outputs[0] == outputs[1]
    assert len(outputs[0]) > 10_000


def test_a_pdf_names_no_date_and_embeds_its_fonts() -> None:
    pdf = draw().pdf
    assert b"Date" not in pdf
    assert b"/Type3" not in pdf
    assert b"/FontFile2" in pdf
    streams = re.findall(rb"stream\r?\n(.*?)endstream", pdf, flags=re.DOTALL)
    # Dark ink, whatever the page of the site: the stand-in is almost black.
    assert any(b"0.0039215" in zlib.decompress(s) for s in streams if s[:1] == b"\x78")


def test_legends_stay_inside() -> None:
    """Names of all lengths, on every sheet: no key begins left of the figure or ends beyond."""
    names = ["a", "x" * 12, "regularized-evolution-paper", "w" * 90, *(f"m-{n}" for n in range(9))]
    for chosen in (PAGE, ONE_COLUMN, TWO_COLUMNS):
        svg = on(chosen, "svg", names=names).svg
        for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
            text = group.find(f"{SVG}text")
            if group.get("class") == "key" and text is not None:
                left = float(text.get("x"))
                size = float(re.search(r"font(?:-size)?: ?([0-9.]+)px", text.get("style"))[1])
                end = left / 72 + text_width(text.text, size)
                assert 0 < left / 72 < end < chosen.width, (text.text, chosen)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.text("aw[]=,.", min_size=1, max_size=60), min_size=1, max_size=6, unique=True),
    st.floats(0.6, 4),
)
def test_names_are_cut_to_the_width_and_stay_different(names: list[str], width: float) -> None:
    shown = shortened(names, width, 9)
    assert len(set(shown)) == len(names)
    for name, cut in zip(names, shown, strict=True):
        if text_width(name, 9) <= width:
            assert cut == name
        else:
            assert text_width(cut, 9) <= width
            assert "…" in cut
