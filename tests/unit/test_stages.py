from datetime import UTC, datetime, timedelta

from models.record import Key
from rubeus.inspector.views.stages import PAGE, Funnels
from rubeus.reading.record_state import RecordState
from rubeus.reading.stages import Stage, funnels

START = datetime(2026, 11, 1, 12, tzinfo=UTC)


def entered(contato: str | None, name: str, day: float) -> RecordState:
    """Make the state of an evento, so many days after the start."""
    data: dict[str, object] = {
        "id": f"{contato}{name}{day}",
        "tipo": {"id": "36", "codigo": None, "nome": name},
        "contato": {"id": contato} if contato else None,
        "contatosSecundarios": [],
    }
    at = START + timedelta(days=day)
    return RecordState(Key("evento", str(data["id"])), 1, at, f"{at}", "", "", (), data)


def test_files_of_stages_are_named_by_the_day_in_brasilia() -> None:
    """At 22 h there it is the next day in UTC already."""
    late = datetime(2026, 12, 1, 1, tzinfo=UTC)
    assert PAGE.values(Funnels(START, late, []))["today"] == "2026-11-30"


def test_stages_stand_in_the_order_in_which_people_enter_them() -> None:
    """With how many came from the stage before, and how long that took; the first entry counts."""
    states = [
        entered("1", "Entrou na etapa Inscrito - Captação", 0),
        entered("1", "Entrou na etapa Convocado - Captação", 4),
        entered("1", "Entrou na etapa Convocado - Captação", 9),
        entered("1", "Entrou na etapa Matriculado - Captação", 10),
        entered("2", "Entrou na etapa Inscrito - Captação", 1),
        entered("2", "Entrou na etapa Convocado - Captação", 3),
        entered("3", "Entrou na etapa Inscrito - Captação", 2),
        entered("4", "Entrou na etapa Convocado - Captação", 2),
    ]
    (funnel,) = funnels(states)
    assert funnel.process == "Captação"
    assert funnel.stages == [
        Stage("Inscrito", 3, None, None),
        Stage("Convocado", 3, 2, 3.0),
        Stage("Matriculado", 1, 1, 6.0),
    ]


def test_a_median_is_not_moved_by_who_took_long() -> None:
    """Of 1, 2, 3, 4 and 90 days it is 3."""
    states = [entered(str(each), "Entrou na etapa A - P", 0) for each in (1, 2, 3, 4, 90)]
    states += [entered(str(each), "Entrou na etapa B - P", each) for each in (1, 2, 3, 4, 90)]
    (funnel,) = funnels(states)
    assert funnel.stages[1] == Stage("B", 5, 5, 3.0)


def test_who_stands_longest_comes_first_and_who_is_through_does_not_stand() -> None:
    """By the last stage that somebody entered."""
    states = [
        entered("1", "Entrou na etapa A - P", 0),
        entered("1", "Entrou na etapa B - P", 1),
        entered("2", "Entrou na etapa A - P", 5),
        entered("3", "Entrou na etapa A - P", 2),
    ]
    (funnel,) = funnels(states)
    assert [(each.contato_id, each.stage) for each in funnel.standing] == [("3", "A"), ("2", "A")]


def test_who_entered_two_stages_by_one_delivery_stands_in_the_later_one() -> None:
    """Both have its time, and the order of the stages decides."""
    ways = {"1": [0, 0, 0], "2": [0, 1, 2], "3": [3, 3]}
    states = [
        entered(contato, f"Entrou na etapa {stage} - P", day)
        for contato, days in ways.items()
        for stage, day in zip("ABC", days, strict=False)
    ]
    (funnel,) = funnels(states)
    assert [(each.contato_id, each.stage) for each in funnel.standing] == [("3", "B")]


def test_a_name_that_may_be_personal_is_masked() -> None:
    """What a sender put in the place of a stage's name is counted, and not told."""
    states = [entered("1", "Entrou na etapa ana@example.com - 529.982.247-25", 0)]
    (funnel,) = funnels(states)
    assert (funnel.process, [each.name for each in funnel.stages]) == ("•••", ["•••"])


def test_processes_are_apart_and_other_eventos_left_out() -> None:
    """An evento of another type, or of nobody, tells of no stage; without a process there is one funnel."""
    states = [
        entered("1", "Entrou na etapa A - P", 0),
        entered("2", "Entrou na etapa A - P", 0),
        entered("1", "Entrou na etapa A", 0),
        entered("1", "Preencheu o formulário", 0),
        entered(None, "Entrou na etapa A - Q", 0),
    ]
    assert [(each.process, len(each.stages)) for each in funnels(states)] == [("P", 1), ("sem processo", 1)]
