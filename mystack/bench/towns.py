"""Documents about invented towns, the same in every run, and questions that exactly one of them answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from mystack.evaluate.questions import Document


def words(text: str) -> Sequence[str]:
    return text.split()


CONSONANTS = words("b br d dr f g gr h k kl l m n p r s st t tr v z")
VOWELS = words("a e i o u ai ea or el an")
ENDINGS = words("mora dale wick holm stad ford haven mere port ridge")
FIRST_NAMES = words("Ada Bruno Clara Dmitri Elena Farid Greta Hugo Ines Jonas Keiko Lars Mira Nils Olga Pavel")
SURNAMES = words("Abel Brandt Castell Dahl Ekberg Fuchs Garnier Holt Ivers Jansen Kessler Lund Moreau Novak")
GOODS = words("amber barley copper felt glass honey ink kelp leather mirrors oak pottery salt silk tin wool")
CRAFTS = words("weavers smiths glaziers bakers tanners printers masons coopers dyers sailors gardeners")
SEASONS = ("in early spring", "in late summer", "during the first frost", "after the harvest", "at midwinter")
WEATHER = ("fog", "rain", "snow", "wind from the sea", "long dry weeks", "sudden thaw")
BUILDINGS = ("a mill", "a library", "a covered market", "a lighthouse", "two bridges", "an observatory")

FACTS = (
    ("{name} was founded in {year} by {founder}.", "Who founded {name}?"),
    ("{name} is known for its {good}, which is sold as far away as the capital.", "What is {name} known for?"),
    ("The market square of {name} lies {height} metres above the sea.", "How high does the square of {name} lie?"),
    ("Every child in {name} knows the legend of the {craft}.", "Which legend do the children of {name} know?"),
)
"""The first sentence of each paragraph, and the question that it answers."""
FILLERS = (
    "Travellers who come {season} find the streets quiet, for the {craft} work indoors until the {weather} has passed.",
    "The {craft} keep a record of every year, and the older volumes speak of {weather} and of trade in {good}.",
    "Near the square stand {building} and the hall of the {craft}, which was rebuilt after {weather} had damaged it.",
    "A road leads down to the river, where {good} and timber are loaded {season} and carried to the coast.",
    "Children learn the songs of the {craft} at school, and sing them {season} when the stalls with {good} are opened.",
    "Most houses have thick walls against {weather}, and cellars in which {good} can be kept for months.",
)
FILLERS_IN_A_PARAGRAPH = 4


@dataclass(frozen=True)
class Town:
    """A document, and questions that only this document answers."""

    document: Document
    questions: Sequence[str]


def towns(number: int) -> list[Town]:
    """`number` towns with different names, each with four paragraphs and four questions."""
    random = Random(2)
    names: dict[str, None] = {}
    while len(names) < number:
        names[_name(random)] = None
    return [_town(name, Random(name)) for name in names]


def _name(random: Random) -> str:
    syllables = (random.choice(CONSONANTS) + random.choice(VOWELS) for _ in range(2))
    return "".join([*syllables, random.choice(ENDINGS)]).capitalize()


def _town(name: str, random: Random) -> Town:
    paragraphs = [" ".join([_filled(fact, name, random), *_fillers(name, random)]) for fact, _ in FACTS]
    questions = [question.format(name=name) for _, question in FACTS]
    return Town(Document(f"{name.lower()}.txt", "\n\n".join(paragraphs).encode()), questions)


def _fillers(name: str, random: Random) -> list[str]:
    return [_filled(sentence, name, random) for sentence in random.sample(FILLERS, FILLERS_IN_A_PARAGRAPH)]


def _filled(sentence: str, name: str, random: Random) -> str:
    return sentence.format(
        name=name,
        year=random.randint(1100, 1950),
        height=random.randint(20, 2900),
        founder=f"{random.choice(FIRST_NAMES)} {random.choice(SURNAMES)}",
        good=random.choice(GOODS),
        craft=random.choice(CRAFTS),
        season=random.choice(SEASONS),
        weather=random.choice(WEATHER),
        building=random.choice(BUILDINGS),
    )
