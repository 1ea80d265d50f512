"""Every notebook of the course keeps the conventions, and runs from its first cell to its last in the ci profile.

A notebook that runs here has also shown that its solutions pass their checks and that its empty holes do not:
`course.execute` makes a check that goes the wrong way an error.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest

from srm_lab import claims, course, course_rules, profiles
from srm_lab.course_outputs import outputs
from srm_lab.errors import SrmLabError

CI = profiles.named("ci")
try:
    NOTEBOOKS = course.notebooks()
except SrmLabError:  # the package is tested without the clone's notebooks
    NOTEBOOKS = []
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=course_rules.name)


@each_notebook
def test_it_keeps_the_conventions(path):
    found = course_rules.review(path)
    assert not found, "\n" + "\n".join(found)


@pytest.fixture(scope="module")
def running(request):
    """Every notebook that this session tests, two at a time with a core each: path -> the future of its run."""
    items = [item for item in request.session.items if "running" in getattr(item, "fixturenames", ())]
    paths = [item.callspec.params["path"] for item in items]
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as pool:
        patch.setenv("OMP_NUM_THREADS", "1")
        yield {path: pool.submit(course.execute, path, CI) for path in paths}
        pool.shutdown(cancel_futures=True)


@each_notebook
@pytest.mark.slow
def test_it_runs_in_the_ci_profile(path, running):
    nb = running[path].result()  # raises for a cell that fails, with its number and first line, and over time
    errors = [out.ename for _, _, out in outputs(nb) if out.output_type == "error"]
    assert errors == []


RECORDS = [
    pytest.param(key, record, id=key)
    for path in sorted(claims.results_folder().glob("[0-9][0-9].json"))
    for key, record in claims.load(path.stem).items()
]
FIELDS = {
    "key", "statement", "value", "low", "high", "unit", "n", "seeds", "at_least", "at_most", "details",
    "level", "verdict", "profile", "machine", "versions", "command", "date",
}  # fmt: skip


@pytest.mark.parametrize(("key", "record"), RECORDS)
def test_a_stored_claim_has_every_field_and_the_verdict_that_its_interval_gives(key, record):
    assert set(record) == FIELDS
    assert record["key"] == key
    stored = claims.from_record(record)
    assert stored.verdict == record["verdict"] != "too few to say"
    assert stored.low <= stored.value <= stored.high
    assert record["profile"] in ("cpu", "gpu")
    counts = [name for name in stored.details if name.startswith("k")]
    assert all(0 <= stored.details[name] <= stored.n for name in counts)
    if "k_a" in stored.details:
        assert stored.value == pytest.approx((stored.details["k_b"] - stored.details["k_a"]) / stored.n)


def test_every_running_time_belongs_to_a_notebook():
    names = {course_rules.name(path) for path in NOTEBOOKS}
    assert set(course.running_times()) <= names
