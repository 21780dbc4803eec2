from xml.etree import ElementTree as ET

from benchmarks.rounds import LOOP, RECEIVER, Case, Measured

from benchmarks import plot, report

SIZES = (1, 100, 1_000, 5_000)


def measured(case: Case) -> dict[str, Measured]:
    """Let everybody take a millisecond a record, but the loop forty."""
    each = {name: Measured() for name in (contestant.name for contestant in case.contestants())}
    for name, numbers in each.items():
        seconds = case.records * (0.04 if name == LOOP else 0.001)
        counts = {"calls": {"PutItem": 2 * case.records if name == LOOP else 5}, "in_sequence": 4}
        for _ in range(case.rounds):
            numbers.add({"wall": seconds, "processor": seconds / 2, "peak_mb": 90}, counts)
    return each


def results() -> list[tuple[Case, dict[str, Measured]]]:
    """Give a run at 5 ms."""
    return [(case, measured(case)) for case in (Case(5, records, 3) for records in SIZES)]


def test_checks_hold_or_not() -> None:
    """Each says what was measured and what was wanted."""
    checks = {check.what: check for check in report.checks(results())}

    faster = checks["1,000 records, 5 ms: the loop's wall, times ours"]
    assert (round(faster.value), faster.holds) == (40, True)
    slope = checks["5 ms: log-log slope from 100 records on"]
    assert (round(slope.value, 3), slope.holds) == (1, True)
    seconds = checks["5,000 records, 5 ms: seconds"]
    assert (seconds.value, seconds.holds) == (5, True)
    assert str(seconds) == "ok  5,000 records, 5 ms: seconds: 5 (wanted ≤ 25)"


def test_the_loop_takes_no_part_where_it_would_outlast_the_gateway() -> None:
    """5,000 records by two calls each of 5 ms are far over 30 seconds."""
    assert LOOP in measured(Case(5, 1_000, 1))
    assert LOOP not in measured(Case(5, 5_000, 1))


def test_tls_is_told_beside_the_checks() -> None:
    """What is measured over TLS has a line of its own, and no limit."""
    case = Case(5, 1, 3, tls=True)
    over_tls = [(case, measured(case))]

    assert list(report.checks(over_tls)) == []
    assert list(report.overheads(over_tls))[-1] == (
        "1 records, 5 ms, TLS: processor 0.03 times the loop's; the loop's wall 40.0 times ours; first 0 ms"
    )


def test_table() -> None:
    """A line for each, with the ratio to the receiver."""
    case, numbers = results()[2]

    line = next(line for line in report.table(case, numbers).splitlines() if line.startswith(LOOP))

    assert line.split()[2:] == [
        "40000.0",
        "40000.0-40000.0",
        "40.00",
        "20000",
        "40.00",
        "2.000",
        "4",
        "0",
        "90",
    ]


def test_plot_is_svg_with_a_line_for_each() -> None:
    """Well formed, and every series has its points."""
    root = ET.fromstring(plot.svg(results()))  # noqa: S314 - our own

    lines = root.findall("{http://www.w3.org/2000/svg}polyline")
    points = {len(line.attrib["points"].split()) for line in lines}
    assert (len(lines), points) == (6, {4, 3})
    assert RECEIVER in {"".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")}
