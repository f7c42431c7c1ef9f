"""The API as it describes itself: every address and parameter is in the document, on the page and in docs/api.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from plugin.api.documents import with_code
from plugin.api.forms import MIMETYPES
from plugin.api.operations import operations
from plugin.api.page import page
from plugin.api.queries import AnswersQuery, ExplainQuery, Query, ReportQuery, TicketsQuery
from plugin.api.serving import PREFIX, SCOPES
from plugin.app import close_app, create_app
from tests.plugin.api_world import API, WEEK, opened
from workers import answer_list
from workers.rules import SettingsSchema
from workers.settings import Settings
from workers.store.database import open_database
from workers.ticket_rows import COLUMNS

DOCS = Path(__file__).parents[2] / "docs" / "api.md"
QUERIES: dict[str, type[Query]] = {
    "report": ReportQuery, "tickets": TicketsQuery, "answers": AnswersQuery, "explain": ExplainQuery,
}  # fmt: skip
WELL = {"report": f"report?{WEEK}", "tickets": "tickets", "answers": "answers", "settings": "settings",
        "explain": f"explain?metric=csat&{WEEK}"}  # fmt: skip


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What the API says of itself does not depend on the database."""
    return sqlite_url


@pytest.fixture
def api(settings: Settings) -> Iterator[API]:
    with opened(settings) as made:
        yield made


@pytest.fixture
def document(api: API) -> Any:
    return api.well("/openapi.json", token="")


class Page(HTMLParser):
    """Whether every element is closed, and what stands in the page."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in {"meta", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def names(query: type[Query]) -> set[str]:
    return {field.data_key or name for name, field in query().fields.items()}


class TestDocument:
    def test_it_names_every_address_that_there_is(self, api: API, document: Any) -> None:
        rules = {
            (re.sub(r"<(\w+)>", r"{\1}", str(rule)), method.lower())
            for rule in api.app.url_map.iter_rules()
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
            if "<account>" in str(rule)
        }
        assert {
            (path, method) for path, item in document["paths"].items() for method in item if method != "parameters"
        } == rules
        assert {path.rpartition("/")[2] for path, _ in rules} == set(SCOPES)

    @pytest.mark.parametrize("name", QUERIES)
    def test_it_names_every_parameter_with_what_it_says(self, document: Any, name: str) -> None:
        told = document["paths"][f"{PREFIX}/accounts/{{account}}/{name}"]["get"]["parameters"]
        assert {each["name"] for each in told if each["in"] == "query"} == names(QUERIES[name])
        assert all(each["description"].endswith(".") for each in told)

    def test_it_is_openapi(self, document: Any) -> None:
        assert document["openapi"] == "3.1.0"
        assert document["components"]["securitySchemes"]["token"] == {"type": "http", "scheme": "bearer"}
        assert document["security"] == [{"token": []}]
        references = set(re.findall(r"'\$ref': '#/components/(\w+)/(\w+)'", str(document)))
        assert [(kind, name) for kind, name in references if name not in document["components"][kind]] == []

    @pytest.mark.parametrize("name", WELL)
    def test_the_answers_are_as_it_says(self, api: API, document: Any, name: str) -> None:
        path = document["paths"][f"{PREFIX}/accounts/{{account}}/{name}"]["get"]
        schema = path["responses"]["200"]["content"]["application/json"]["schema"]
        whole = {**schema, "components": document["components"]}
        jsonschema.Draft202012Validator(whole).validate(api.well(WELL[name]))

    @pytest.mark.parametrize("name", ["report", "explain", "tickets", "answers"])
    def test_no_answer_holds_what_it_does_not_say(self, api: API, document: Any, name: str) -> None:
        path = document["paths"][f"{PREFIX}/accounts/{{account}}/{name}"]["get"]
        reference = path["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        said = document["components"]["schemas"][reference.rpartition("/")[2]]["properties"]
        assert set(api.well(WELL[name])) <= set(said)

    def test_every_form_of_an_answer_is_named(self, document: Any) -> None:
        path = document["paths"][f"{PREFIX}/accounts/{{account}}/tickets"]["get"]
        assert set(path["responses"]["200"]["content"]) == set(MIMETYPES.values())

    def test_an_error_is_as_it_says(self, api: API, document: Any) -> None:
        for operation in operations(document):
            assert {"401", "403", "422", "429", "503"} <= {code for code, _ in operation.errors}
        whole = {"$ref": "#/components/schemas/Error", "components": document["components"]}
        jsonschema.Draft202012Validator(whole).validate(api.ask("report?x=1").get_json())

    def test_the_rows_are_those_of_the_exports(self, document: Any) -> None:
        schemas = document["components"]["schemas"]
        assert set(schemas["Ticket"]["properties"]) == set(COLUMNS)
        assert set(schemas["Answer"]["properties"]) == set(answer_list.COLUMNS)

    def test_the_settings_are_those_of_the_file(self, document: Any) -> None:
        said = set(document["components"]["schemas"]["Settings"]["properties"])
        assert said == {field.data_key or name for name, field in SettingsSchema().fields.items()}


class TestPage:
    def test_it_needs_no_token_no_script_and_nothing_from_elsewhere(self, api: API) -> None:
        answer = api.ask("/docs", token="")
        assert (answer.status_code, answer.mimetype) == (200, "text/html")
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self';")
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        found = Page()
        found.feed(answer.text)
        assert found.open == []
        assert {name for name, _ in found.attributes} & {"style", "src", "onclick"} == set()
        assert "<script" not in answer.text
        linked = [value for name, value in found.attributes if name == "href"]
        assert all(value.startswith((f"{PREFIX}/", "#")) for value in linked)

    def test_every_operation_and_parameter_is_on_it(self, api: API, document: Any) -> None:
        found = Page()
        found.feed(api.ask("/docs", token="").text)
        for operation in operations(document):
            assert f"{operation.method} {operation.path}" in found.text
            assert all(parameter.name in found.text for parameter in operation.parameters)

    def test_what_stands_in_backticks_is_code_and_the_rest_is_inert(self, api: API) -> None:
        assert with_code("`a` <b>, `c`") == "<code>a</code> &lt;b&gt;, <code>c</code>"
        assert "`" not in api.ask("/docs", token="").text

    def test_its_style_sheet_is_served(self, api: API) -> None:
        (path,) = re.findall(r'rel="stylesheet" href="([^"]+)"', api.ask("/docs", token="").text)
        answer = api.ask(path.removeprefix("/api/v1"), token="")
        assert (answer.status_code, answer.mimetype) == (200, "text/css")
        assert "url(" not in answer.text


class TestDocs:
    def test_the_generated_page_is_the_one_in_docs(self) -> None:
        assert DOCS.read_text(encoding="utf-8") == page(), "run python -m plugin.api.page"

    def test_every_address_parameter_and_scope_is_in_it(self) -> None:
        text = DOCS.read_text(encoding="utf-8")
        for name, scope in SCOPES.items():
            section = text.split(f"## GET {PREFIX}/accounts/{{account}}/{name}\n")[1].split("\n## ")[0]
            assert f"Needs the scope `{scope}`" in section
            assert all(f"| `{each}` |" in section for each in (names(QUERIES[name]) if name in QUERIES else ()))


def test_the_web_application_serves_it(settings: Settings) -> None:
    settings.home.mkdir(parents=True)
    database = open_database(settings.database_url)
    app = create_app(settings, database, send=lambda: None)
    client = app.test_client()
    assert client.get("/api/v1/docs").status_code == 200
    assert client.get("/api/v1/accounts/acme/report").status_code == 401
    close_app(app)
    database.dispose()
