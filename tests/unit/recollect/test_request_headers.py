"""The headers of a request are read once, and those that are repeated keep their meaning."""

from recollect.http.request_headers import all_values, request_headers


def test_the_first_of_repeated_values_counts_and_a_list_has_them_all() -> None:
    headers = [(b"accept", b"a/b"), (b"host", b"x"), (b"accept", b"c/d"), (b"name", b"\xe9")]
    scope = {"headers": headers}
    assert request_headers(scope) == {"accept": "a/b", "host": "x", "name": "é"}
    assert request_headers(scope) is request_headers(scope)
    assert all_values(scope, b"accept") == "a/b,c/d"
    assert all_values(scope, b"cookie") == ""
