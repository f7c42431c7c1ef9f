"""A mapping file: every mistake is told in one sentence that names the key, and cells mean what it says."""

from __future__ import annotations

import itertools
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.errors import Unreadable
from integrations.events import TYPES, Event
from integrations.times import DAY, HOUR, Instant, instant_of_iso
from tests.tries import tries
from workers.import_mapping import InvalidMapping, Mapped, read_mapping

HEAD = 'ticket = "Case"\ntime = { column = "When" }\n'
RULE = '[[rules]]\nevents = [{ type = "ticket.created" }]\n'
HEADER = ("Case", "When", "What", "Who", "Score", "Tags", "Due")
NOW: Instant = instant_of_iso("2026-03-10T12:00:00Z")
WHEN = "2026-03-09 10:00"


def fitted(rules: str, *, head: str = HEAD, zone: str = "UTC", header: tuple[str, ...] = HEADER) -> Mapped:
    return read_mapping(head + rules).fit(header, zone=ZoneInfo(zone))


def making(*events: str, when: str = "", first: bool = False) -> str:
    conditions = f"when = {{ {when} }}\n" if when else ""
    return f"[[rules]]\n{conditions}{'first = true' if first else ''}\nevents = [{', '.join(events)}]\n"


def cells(what: str = "", who: str = "", score: str = "", tags: str = "", due: str = "", when: str = WHEN) -> list[str]:
    return ["C1", when, what, who, score, tags, due]


def told(mapped: Mapped, *rows: list[str], received_at: Instant = NOW) -> list[Event]:
    if mapped.needs_survey:
        for row in rows:
            mapped.survey(row)
    return [one for row in rows for one in mapped.events(row, received_at=received_at)]


class TestMistakes:
    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("", ("the mapping is not right: ticket: Missing data for required field.; "
                 "time: Missing data for required field.; rules: Missing data for required field.")),
            (f'ticket = ["Case"]\ntime = {{ column = "W" }}\n{RULE}',
             "the mapping is not right: ticket: Not a valid string."),
            (f'ticket = "Case"\ntime = {{}}\n{RULE}',
             "the mapping is not right: time.column: Missing data for required field."),
            (f'ticket = "Case"\ntime = {{ column = "W", zone = "Mars" }}\n{RULE}',
             "the mapping is not right: time.zone: Mars is not a time zone such as Europe/Zagreb"),
            (f'ticket = "Case"\ntime = {{ column = "W", offset = 1 }}\n{RULE}',
             "the mapping is not right: time.offset: Unknown field."),
            (f"rules = []\n{HEAD}", "the mapping is not right: rules: Shorter than minimum length 1."),
            (f"{HEAD}[[rules]]\nevents = []\n",
             "the mapping is not right: rules.0.events: Shorter than minimum length 1."),
            (f"{HEAD}[[rules]]\n", "the mapping is not right: rules.0.events: Missing data for required field."),
            (f'{HEAD}[[rules]]\nfirst = "maybe"\nevents = [{{ type = "ticket.created" }}]\n',
             "the mapping is not right: rules.0.first: Not a valid boolean."),
            (f'{HEAD}colour = "red"\n{RULE}', "the mapping is not right: colour: Unknown field."),
            (f'{HEAD}file = {{ delimiter = ";;" }}\n{RULE}',
             "the mapping is not right: file.delimiter: Length must be 1."),
            (HEAD + making('{ type = "ticket.eaten" }'),
             f"rules 1: the type of an event must be one of {', '.join(TYPES)}"),
            (HEAD + RULE + making('{ type = "ticket.created", score = 1 }'),
             "rules 2: ticket.created has no field score"),
            (HEAD + making('{ type = "survey.answered", kind = "csat" }'),
             "rules 1: survey.answered must have score, scale"),
            (HEAD + making('{ type = "ticket.created", at = "2026-01-01" }'),
             'rules 1: at must name a column, as in at = { column = "Resolved at" }'),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_told_before_a_table_is_opened(self, text: str, sentence: str) -> None:
        with pytest.raises(InvalidMapping) as refused:
            read_mapping(text)
        assert str(refused.value) == sentence

    def test_what_is_not_toml_is_told_with_its_line(self) -> None:
        with pytest.raises(InvalidMapping, match=r"^the mapping is not TOML: .*line 2"):
            read_mapping('ticket = "Case"\ntime = \n')

    @pytest.mark.parametrize(
        ("head", "sentence"),
        [
            (
                'ticket = "Case ID"\ntime = { column = "When" }\n',
                "the table has no column 'Case ID'; it has: Case, When",
            ),
            ('ticket = "Case"\ntime = { column = "Date" }\n', "the table has no column 'Date'; it has: Case, When"),
        ],
    )
    def test_a_column_that_is_not_there_is_told_with_those_that_are(self, head: str, sentence: str) -> None:
        with pytest.raises(InvalidMapping) as refused:
            fitted(RULE, head=head, header=("Case", "When"))
        assert str(refused.value) == sentence

    def test_a_column_that_is_there_twice_is_not_guessed(self) -> None:
        with pytest.raises(InvalidMapping, match=r"2 columns named 'When'; rename all but one of them"):
            fitted(RULE, header=("Case", "When", "When"))

    def test_other_columns_may_be_there_twice(self) -> None:
        assert told(fitted(RULE, header=("Case", "When", "x", "x")), ["C1", WHEN, "", ""])

    @pytest.mark.parametrize(
        ("cell", "sentence"),
        [
            ('{ columns = "Who" }', ("agent in the mapping is not right: "
             "column: Missing data for required field.; columns: Unknown field.")),
            ('{ column = "Who", words = "x" }', "agent in the mapping is not right: words: Not a valid mapping type."),
            ('{ column = "Who", split = 1 }', "agent in the mapping is not right: split: Not a valid string."),
            ('{ column = "Nobody" }', f"the table has no column 'Nobody'; it has: {', '.join(HEADER)}"),
        ],
    )  # fmt: skip
    def test_a_cell_that_is_not_right_is_named(self, cell: str, sentence: str) -> None:
        with pytest.raises(InvalidMapping) as refused:
            fitted(making(f'{{ type = "ticket.assigned", agent = {cell} }}'))
        assert str(refused.value) == sentence

    def test_a_condition_on_a_column_that_is_not_there_is_refused(self) -> None:
        with pytest.raises(InvalidMapping, match="no column 'Kind'"):
            fitted(making('{ type = "ticket.created" }', when='Kind = "new"'))


class TestTimes:
    @pytest.mark.parametrize(
        ("text", "zone", "utc"),
        [
            ("2026-03-09 10:00", "UTC", "2026-03-09T10:00:00Z"),
            ("2026-03-09 10:00", "Asia/Tokyo", "2026-03-09T01:00:00Z"),
            ("2026-03-09T10:00:00+02:00", "Asia/Tokyo", "2026-03-09T08:00:00Z"),
            ("2026-03-09T10:00:00Z", "Asia/Tokyo", "2026-03-09T10:00:00Z"),
        ],
    )
    def test_a_time_is_local_unless_it_says_otherwise(self, text: str, zone: str, utc: str) -> None:
        (one,) = told(fitted(RULE, zone=zone), cells(when=text))
        assert one.at == instant_of_iso(utc)

    def test_the_zone_of_the_mapping_stands_before_the_accounts(self) -> None:
        head = 'ticket = "Case"\ntime = { column = "When", zone = "Asia/Tokyo" }\n'
        (one,) = told(fitted(RULE, head=head), cells(when="2026-03-09 10:00"))
        assert one.at == instant_of_iso("2026-03-09T01:00:00Z")

    def test_a_format_of_ones_own_is_read_by_it_alone(self) -> None:
        head = 'ticket = "Case"\ntime = { column = "When", format = "%d.%m.%Y %H:%M" }\n'
        mapped = fitted(RULE, head=head, zone="Europe/Lisbon")
        (one,) = told(mapped, cells(when=" 09.03.2026 10:00 "))
        assert one.at == instant_of_iso("2026-03-09T10:00:00Z")
        with pytest.raises(Unreadable, match="the time '2026-03-09 10:00' cannot be read"):
            told(mapped, cells(when=WHEN))

    @pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "1969-01-01 10:00", "9" * 200])
    def test_what_is_no_time_says_so_in_few_words(self, text: str) -> None:
        with pytest.raises(Unreadable, match="cannot be read") as refused:
            told(fitted(RULE), cells(when=text))
        assert len(str(refused.value)) < 200

    def test_more_than_a_day_ahead_is_unreadable(self) -> None:
        assert told(fitted(RULE), cells(), received_at=instant_of_iso("2026-03-08T10:00:00Z"))
        with pytest.raises(Unreadable, match=r"ticket\.created: at is more than 24 hours in the future"):
            told(fitted(RULE), cells(), received_at=instant_of_iso("2026-03-08T09:59:59Z"))

    def test_an_event_may_have_a_moment_of_its_own(self) -> None:
        mapped = fitted(making('{ type = "status.changed", status = "resolved", at = { column = "Due" } }'))
        (one,) = told(mapped, cells(due="2026-03-09 11:00"))
        assert one.at == instant_of_iso("2026-03-09T11:00:00Z")
        assert told(mapped, cells(due=" ")) == []


class TestCells:
    def made(self, event: str, **of: str) -> Event:
        (one,) = told(fitted(making(event)), cells(**of))
        return one

    def test_words_are_translated_and_others_stay_as_they_are(self) -> None:
        event = '{ type = "ticket.moved", channel = { column = "What", words = { Mail = "email" } } }'
        assert self.made(event, what=" Mail ").data == {"channel": "email"}
        assert self.made(event, what="telex").data == {"channel": "telex"}

    def test_others_may_be_one_word(self) -> None:
        event = '{ type = "ticket.moved", channel = { column = "What", words = { a = "email" }, other = "other" } }'
        assert self.made(event, what="telex").data == {"channel": "other"}

    def test_an_empty_cell_says_nothing(self) -> None:
        assert self.made('{ type = "ticket.created", agent = { column = "Who" } }', who="  ").data == {}

    def test_without_what_it_needs_there_is_no_event(self) -> None:
        assert told(fitted(making('{ type = "ticket.assigned", agent = { column = "Who" } }')), cells()) == []

    def test_a_cell_may_hold_a_list(self) -> None:
        event = '{ type = "ticket.created", tags = { column = "Tags", split = ";", words = { b = "bee" } } }'
        assert self.made(event, tags="c; b ;; a").data == {"tags": ["a", "bee", "c"]}

    @pytest.mark.parametrize(("text", "score"), [("4", 4), ("4.5", 4.5), (" 5 ", 5)])
    def test_a_score_is_a_number(self, text: str, score: float) -> None:
        event = '{ type = "survey.answered", kind = "csat", scale = [1, 5], score = { column = "Score" } }'
        assert self.made(event, score=text).data["score"] == score

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [("good", "'good' is not a number"), ("7", "score 7 is not on its scale"), ("nan", "score")],
    )
    def test_a_score_that_is_none_is_unreadable(self, text: str, sentence: str) -> None:
        event = '{ type = "survey.answered", kind = "csat", scale = [1, 5], score = { column = "Score" } }'
        with pytest.raises(Unreadable, match=sentence):
            self.made(event, score=text)

    def test_a_word_may_stand_for_a_score(self) -> None:
        words = "words = { good = 3, bad = 1 }"
        event = (
            f'{{ type = "survey.answered", kind = "csat", scale = [1, 3], score = {{ column = "Score", {words} }} }}'
        )
        assert self.made(event, score="good").data["score"] == 3

    def test_fields_are_texts_from_cells_and_fixed_ones(self) -> None:
        event = '{ type = "ticket.created", fields = { land = { column = "Who" }, from = "csv", n = 5 } }'
        assert self.made(event, who="HR").data["fields"] == {"land": "HR", "from": "csv", "n": "5"}
        assert self.made(event).data["fields"] == {"from": "csv", "n": "5"}

    def test_the_tables_own_numbers_tell_events_and_their_order(self) -> None:
        event = '{ type = "message.sent", by = "agent", id = { column = "Who" }, seq = { column = "Score" } }'
        one = self.made(event, who="m-17", score="3")
        assert (one.id, one.seq) == ("m-17", 3)


class TestRules:
    CREATED = '{ type = "ticket.created" }'
    SOLVED = '{ type = "status.changed", status = "resolved" }'

    def test_each_rule_that_covers_a_row_makes_its_events_in_order(self) -> None:
        mapped = fitted(making(self.CREATED) + making(self.SOLVED, when='What = ["done", "shut"]'))
        assert [one.type for one in told(mapped, cells("done"))] == ["ticket.created", "status.changed"]
        assert [one.type for one in told(mapped, cells("DONE"))] == ["ticket.created"]

    def test_all_conditions_of_a_rule_must_hold(self) -> None:
        mapped = fitted(making(self.SOLVED, when='What = "done", Who = "eva"'))
        assert told(mapped, cells("done", "jo")) == []
        assert len(told(mapped, cells("done", "eva"))) == 1

    def test_a_condition_may_be_a_number_or_emptiness(self) -> None:
        assert told(fitted(making(self.SOLVED, when="Score = 5")), cells(score="5"))
        assert told(fitted(making(self.SOLVED, when='Who = ""')), cells(who=" "))

    def test_only_rules_for_the_first_row_need_to_see_all_rows(self) -> None:
        assert fitted(making(self.CREATED, first=True)).needs_survey
        assert not fitted(making(self.CREATED)).needs_survey

    def test_the_first_row_is_the_earliest_wherever_it_stands(self) -> None:
        mapped = fitted(making(self.CREATED, first=True))
        found = told(mapped, cells(when="2026-03-09 12:00"), cells(when="2026-03-09 09:00"), cells())
        assert [one.at for one in found] == [instant_of_iso("2026-03-09T09:00:00Z")]

    @given(order=st.permutations(range(4)))
    @settings(max_examples=tries(1 / 2))
    def test_of_several_rows_at_one_time_the_same_is_first_in_any_order(self, order: list[int]) -> None:
        rows = [cells(who=name) for name in ("eva", "jo", "max", "zoe")]
        event = '{ type = "ticket.created", agent = { column = "Who" } }'
        found = [
            told(fitted(making(event, first=True)), *(rows[place] for place in each)) for each in (range(4), order)
        ]
        assert found[0] == found[1]
        assert len(found[0]) == 1

    def test_a_row_that_cannot_be_read_is_nobodys_first(self) -> None:
        mapped = fitted(making(self.CREATED, first=True))
        mapped.survey(cells(when="yesterday"))
        mapped.survey(["C1"])
        assert len(told(mapped, cells())) == 1

    def test_the_ticket_of_a_row_is_trimmed_and_must_be_there(self) -> None:
        row: Any = cells()
        row[0] = " C1 "
        assert told(fitted(making(self.CREATED)), row)[0].ticket == "C1"
        row[0] = " "
        with pytest.raises(Unreadable, match="ticket must be a text"):
            told(fitted(making(self.CREATED)), row)


def test_a_file_is_with_commas_and_in_utf_8_unless_said() -> None:
    layout = read_mapping(HEAD + RULE).layout
    assert (layout.delimiter, layout.encoding) == (",", "utf-8-sig")
    told_so = read_mapping(HEAD + 'file = { delimiter = ";", encoding = "cp1250" }\n' + RULE).layout
    assert (told_so.delimiter, told_so.encoding) == (";", "cp1250")


def test_the_same_rows_make_the_same_events_whenever_they_are_read() -> None:
    mapped = fitted(making('{ type = "ticket.created" }', '{ type = "message.sent", by = "customer" }'))
    early, late = (told(mapped, cells(), received_at=NOW + later) for later in (0, 40 * DAY + HOUR))
    assert early == late
    assert len({one.id for one in itertools.chain(early, late)}) == 2
