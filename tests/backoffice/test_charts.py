"""Bars stand where they should, as high as their numbers."""

from datetime import date

from apps.backoffice.charts import Chart, Series, side_by_side, stacked

DAYS = [date(2026, 12, 1), date(2026, 12, 2)]
GOOD, BAD = Series("good", "s0", [6, 0]), Series("bad", "s1", [2, 4])


def boxes(chart: Chart) -> list[tuple[str, float, float]]:
    """Colour, top and height of each."""
    return [(bar.colour, float(bar.y), float(bar.height)) for bar in chart.bars]


def test_stacked_bars_reach_the_top_on_the_best_day() -> None:
    chart = stacked("Tasks", DAYS, [GOOD, BAD])
    assert chart.top == 8
    assert boxes(chart) == [("s0", 25, 75), ("s1", 0, 25), ("s1", 50, 50)]


def test_bars_side_by_side_are_measured_by_the_largest_one() -> None:
    chart = side_by_side("Points", DAYS, [GOOD, BAD])
    assert chart.top == 6
    assert [height for _, _, height in boxes(chart)] == [100, 33.33, 66.67]
    lefts = [float(bar.x) for bar in chart.bars]
    assert lefts == sorted(set(lefts))


def test_days_without_anything_draw_nothing() -> None:
    chart = stacked("Tasks", DAYS, [Series("good", "s0", [0, None])])
    assert (chart.top, list(chart.bars)) == (0, [])
    assert chart.rows == [(DAYS[1], [None]), (DAYS[0], [0])]


def test_a_bar_says_its_number_to_whoever_points_at_it() -> None:
    bars = stacked("Tasks", DAYS[:1], [Series("good", "s0", [12345])]).bars
    assert bars[0].title == "2026-12-01: 12,345 good"
