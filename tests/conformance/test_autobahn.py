"""Autobahn's cases against the echo: none failed, none non-strict.

Groups 1 to 10 by default; `pytest tests/conformance --all-cases` runs 12 and 13 (compression) too.
"""

import asyncio

import kosoku
import pytest

GROUPS = {"1": 16, "2": 11, "3": 7, "4": 10, "5": 20, "6": 145, "7": 37, "9": 54, "10": 1}
COMPRESSION_CASES = 216
PARALLEL = 2


def run_cases(address, include):
    async def run():
        try:
            return await kosoku.run_fuzzingclient(address, include, None, concurrency=PARALLEL)
        except kosoku.FailureError as failure:
            return failure.results
    return asyncio.run(run())


def unacceptable(results, good=("OK", "INFORMATIONAL")):
    """A case passes when it is OK, or says by itself that it only informs."""
    return [(result.case_id, result.behavior.value, result.behavior_close.value, result.result)
            for result in results
            if result.behavior.value not in good or result.behavior_close.value not in good]


@pytest.mark.parametrize("group", GROUPS)
def test_group(echo_address, group):
    results = run_cases(echo_address, [f"{group}.*"])
    assert len(results) == GROUPS[group]
    assert unacceptable(results) == []


def test_the_groups_are_the_301_cases_without_compression():
    assert sum(GROUPS.values()) == 301


def test_compression(echo_address, request):
    if not request.config.getoption("--all-cases"):
        pytest.skip("only with --all-cases")
    results = run_cases(echo_address, ["12.*", "13.*"])
    assert len(results) == COMPRESSION_CASES
    # The offer of compression may be declined; what is then said of a case is that it is not there.
    assert unacceptable(results, ("OK", "INFORMATIONAL", "UNIMPLEMENTED")) == []
