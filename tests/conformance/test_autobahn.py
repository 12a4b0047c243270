"""Autobahn's cases against the echo: none failed, none non-strict.

Groups 1 to 10 and a few cases of 12 and 13 (compression) by default; `pytest tests/conformance
--all-cases` runs all of these, for twelve minutes.
"""

import asyncio

import kosoku
import pytest

GROUPS = {"1": 16, "2": 11, "3": 7, "4": 10, "5": 20, "6": 145, "7": 37, "9": 54, "10": 1}
# 12.DATA.SIZE: five kinds of data in 18 sizes and ways to fragment. 13.OFFER.SIZE: seven offers.
COMPRESSION_CASES = 216
# A small and a medium size of each, and one in fragments.
SHORT = ([f"12.{data}.{size}" for data in range(1, 6) for size in (1, 4)] +
         [f"13.{offer}.{size}" for offer in range(1, 8) for size in (1, 3)] + ["12.1.11", "13.3.11"])
PARALLEL = 2


def run_cases(address, include, parallel=PARALLEL):
    async def run():
        try:
            return await kosoku.run_fuzzingclient(address, include, None, concurrency=parallel)
        except kosoku.FailureError as failure:
            return failure.results
    return asyncio.run(run())


def unacceptable(results):
    """What did not pass. A case passes when it is OK, or says by itself that it only informs."""
    good = ("OK", "INFORMATIONAL")
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


def test_compression(echo_address):
    results = run_cases(echo_address, SHORT)
    assert len(results) == len(SHORT)
    assert unacceptable(results) == []


def test_all_of_compression(echo_address, request):
    if not request.config.getoption("--all-cases"):
        pytest.skip("only with --all-cases")
    # One at a time: the largest do not finish in kosoku's time when two of them share the cores.
    results = run_cases(echo_address, ["12.*", "13.*"], parallel=1)
    assert len(results) == COMPRESSION_CASES
    assert unacceptable(results) == []
