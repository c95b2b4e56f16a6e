"""The documents of layer 2's benchmark are the same in every run, and exactly one of them answers each question."""

from mystack.bench.towns import towns


def test_towns_are_reproducible_and_distinct() -> None:
    some = towns(40)
    assert some == towns(40)
    assert towns(60)[:40] == some
    assert len({town.document.name for town in some}) == 40
    assert len({town.document.data for town in some}) == 40


def test_a_question_names_a_town_of_exactly_one_document() -> None:
    some = towns(40)
    for town in some:
        name = town.document.name.removesuffix(".txt").capitalize()
        assert all(name in question for question in town.questions)
        assert [other for other in some if name.encode() in other.document.data] == [town]
