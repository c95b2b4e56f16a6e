"""The documents of layer 2's benchmark are the same every time, and each question has one right one."""

from mystack.bench.places import places


def test_they_are_the_same_every_time_and_all_different() -> None:
    some = places(40)
    assert some == places(40)
    assert places(60)[:40] == some
    assert len({place.document.name for place in some}) == 40
    assert len({place.document.data for place in some}) == 40


def test_a_question_names_a_place_that_one_document_speaks_of() -> None:
    some = places(40)
    for place in some:
        name = place.document.name.removesuffix(".txt").capitalize()
        assert all(name in question for question in place.questions)
        assert [other for other in some if name.encode() in other.document.data] == [place]
