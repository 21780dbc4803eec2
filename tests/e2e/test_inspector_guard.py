import re

import pytest
from tests.e2e.browsing import Visitor, ask
from tests.e2e.serving import Served, contato, serving

SECRET = "Zuleica"


@pytest.fixture(scope="module")
def visitor(served: Served) -> Visitor:
    """Come in by the printed URL, to a stack that holds a person."""
    assert served.post([contato("341", nome=SECRET)])[0] == 200
    return Visitor(served.where["inspector_url"])


def test_the_key_leaves_the_address_and_becomes_a_cookie(served: Served) -> None:
    """HttpOnly, for this site alone, under a name of this port; the page that follows has no key."""
    url = served.where["inspector_url"]
    address, query = re.fullmatch(r"http://(127\.0\.0\.1:\d+)/\?(.+)", url).groups()  # type: ignore[union-attr]
    answer = ask(address, "GET", f"/entregas?dia=2026-11-24&{query}")
    assert (answer.status, answer.headers["location"]) == (303, "/entregas?dia=2026-11-24")
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith(f"inspetor-{address.rpartition(':')[2]}=")
    assert {"httponly", "samesite=strict", "path=/"} <= {each.strip() for each in cookie.split(";")}


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "/%0d%0aX: y"])
def test_the_key_leads_to_no_other_place(visitor: Visitor, path: str) -> None:
    """Whatever stands in the path, the redirect stays here."""
    answer = ask(visitor.entrance.netloc, "GET", f"{path}?{visitor.entrance.query}".replace(" ", "%20"))
    assert re.fullmatch(r"/[^/\\].*", answer.headers["location"])


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("host", ["rebound.example", "127.0.0.1.rebound.example:3001", "", "evil.example:80"])
def test_another_host_gets_nothing(visitor: Visitor, method: str, host: str) -> None:
    """A name that a page gave this machine's address (DNS rebinding), even with the cookie."""
    headers = {"Host": host, "Cookie": visitor.cookie, "Origin": f"http://{host}"}
    answer = ask(visitor.entrance.netloc, method, "/registros/contato/341", headers=headers)
    assert answer.status == 403
    assert "set-cookie" not in answer.headers


def test_a_forged_host_does_not_use_up_the_key(visitor: Visitor) -> None:
    """The key stays valid for as long as the process lives, for more than one browser."""
    entrance = f"/?{visitor.entrance.query}"
    assert ask(visitor.entrance.netloc, "GET", entrance, headers={"Host": "evil.example"}).status == 403
    for _ in range(2):
        assert ask(visitor.entrance.netloc, "GET", entrance).status == 303


@pytest.mark.parametrize("cookie", [{}, {"Cookie": "inspetor-1=x"}, {"Cookie": "inspetor-{port}=wrong"}])
def test_without_the_key_there_is_no_page(visitor: Visitor, cookie: dict[str, str]) -> None:
    """Other programs and people of this machine read nothing, not even whether a page exists."""
    headers = {name: value.format(port=visitor.entrance.port) for name, value in cookie.items()}
    for path in (
        "/",
        "/entregas",
        "/registros/contato/341",
        "/nada",
        "/static/inspector.js",
        "/?chave=errada",
    ):
        answer = ask(visitor.entrance.netloc, "GET", path, headers=headers)
        assert answer.status == 403
        assert SECRET not in answer.text


@pytest.mark.parametrize(
    "origin",
    [
        {},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": ""},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/mostrar", "/testar", "/registros", "/entregas/x/dispensar"])
def test_a_form_of_another_page_changes_nothing(visitor: Visitor, path: str, origin: dict[str, str]) -> None:
    """Also one of another port of this machine, to which the browser adds the cookie: 403."""
    headers = {"Cookie": visitor.cookie, "Content-Type": "application/x-www-form-urlencoded", **origin}
    answer = ask(visitor.entrance.netloc, "POST", path, "o_que=contato/341&motivo=teste&corpo=[]", headers)
    assert answer.status == 403
    assert SECRET not in visitor.get("/registros/contato/341").text


@pytest.mark.parametrize("path", ["/entregas", "/registros/contato/341", "/nada", "/static/inspector.css"])
def test_every_answer_is_closed_to_others(visitor: Visitor, path: str) -> None:
    """Nothing is cached, framed, or loaded from elsewhere; no script stands in a page."""
    answer = visitor.get(path)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<script(?! src)|\son\w+=|\sstyle=", answer.text)


def test_the_key_is_another_each_time(served: Served) -> None:
    """And stands in no line of the log; without the pages there is no URL."""
    key = served.where["inspector_url"].partition("=")[2]
    assert key not in served.log.read_text()
    with serving(served.log.with_name("other"), "--no-inspector") as other:
        assert other.where["inspector_url"] is None
    with serving(served.log.with_name("third")) as third:
        assert key not in third.where["inspector_url"]
