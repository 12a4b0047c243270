"""The same odd requests to an upstream directly and through the proxy: each difference is explained in
odd_reasons.py, and each explained one is there."""

import pytest

import odd_answers
import odd_reasons
import odd_requests
from edge_process import Edge
from odd_client import differences, exchange, was_seen
from odd_upstream import odd_upstream
from proxying import proxy_settings
from settings import settings

REQUESTS = [*odd_requests.REQUESTS, *odd_answers.REQUESTS]


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """(the upstream's address, the proxy's)."""
    with odd_upstream(odd_answers.ANSWERS) as upstream:
        # What fails on purpose must not count against the endpoint.
        proxy = proxy_settings(upstream, upstream={"max_failures": 0, "retries": 0})
        with Edge(tmp_path_factory.mktemp("proxy"), settings=settings(proxy=proxy)) as edge:
            yield upstream, edge.client


def always(outcome):
    """The differences that every request makes which gets to the upstream."""
    return {f"{number}: {name}" if number > 1 else name
            for number, answer in enumerate(outcome[0], 1) if was_seen(answer)
            for name in odd_reasons.ALWAYS}


@pytest.mark.parametrize("odd", REQUESTS, ids=lambda odd: odd.name[:50])
def test_each_difference_is_explained(both, odd):
    direct, proxied = (exchange(address, odd.raw, odd.methods, odd.then) for address in both)
    assert direct[0] or odd.name.startswith("answer:"), "the upstream itself did not answer"
    found = differences(direct, proxied)
    expected = set(odd_reasons.DIFFERS.get(odd.name, {}))
    if not any("refused" in name for name in found):
        expected |= always(proxied) - set(odd_reasons.NOT_THEN.get(odd.name, {}))
    unexplained = {name: found[name] for name in found if name not in expected}
    assert not unexplained, "different, and no reason is given"
    missing = {name: odd_reasons.DIFFERS.get(odd.name, {}).get(name) for name in expected - set(found)}
    assert not missing, "a reason is given, and it is not different"


def test_the_reasons_are_of_requests_that_are_made():
    names = [odd.name for odd in REQUESTS]
    assert len(names) == len(set(names))
    assert {*odd_reasons.DIFFERS, *odd_reasons.NOT_THEN} <= set(names)
    assert all(why for reasons in odd_reasons.DIFFERS.values() for why in reasons.values())
