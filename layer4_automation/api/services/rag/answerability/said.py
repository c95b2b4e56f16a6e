"""What a question says of its subject, by words whose place another word may take in a text about the same subject.

    Who designed the bridge?               designed, drawn, its architect: not opened, not built
    What do children pay?                  children, pupils: not adults
    How many gates does the ferry have?    a number beside "gates": not one beside "cars"

The words are English data. Each function tells of one such word whether the text says it otherwise.
"""

import re
from collections.abc import Iterator, Sequence, Set

from api.services.text.stemming import stem
from api.services.text.terms import terms

BESIDE = 4
"""Words between a number and what it counts, at most: "14 of the new loading gates"."""


def stems(text: str) -> frozenset[str]:
    """The stems of all words, of function words such as "own" and "first" too."""
    return frozenset(stem(word) for word in re.findall(r"[^\W\d_]+", text.casefold()))


def _groups(text: str) -> Sequence[frozenset[str]]:
    return [stems(line) for line in text.strip().splitlines()]


VERBS = _groups("""
    build built builder construct construction erect complete completed finish date dates stone
    design designer draw drew drawn architect plan devise develop developed create created creator
    open opened opening inaugurate begin began start unveil
    close closed closing shut end ended cease
    repair repaired restore restoration renovate renovation refurbish fix mend renew renewal overhaul
    found founded founder foundation establish established start create set begin form formed
    write wrote written writer author authored pen compose composed composer
    publish published publication publisher release issue print appear
    invent invented inventor invention discover discovered discovery discoverer develop create devise
    pay paid payment payer fund funding finance financed sponsor bear bore grant
    own owns owned owner possess belong belongs
    lead leads led leader head chair chief director direct manage manager govern governor rule ruler command commander
    conduct conducted conductor lead led
    buy bought purchase purchased acquire acquired
    sell sold sale seller
    win won winner victory award beat
    die died death dead killed
    born birth bear
    marry married marriage wife husband spouse wed
    bury buried grave tomb cemetery rest
    supply supplied supplier deliver delivered delivery provide ship
    replace replaced replacement exchange swap
    clean cleaned cleaning wash rinse
    paint painted painter painting
    teach taught teacher tutor
    occur occurred happen happened held place begin began
    play played player act acted actor perform performed
    map mapped chart charted survey
    sing sang sung singer perform performed
    lose lost loss defeat defeated
    kill killed murder murdered shot
    occupy occupied conquer conquered invade invaded capture captured
    help helped support supported
    grow grew grown
    use used user
    weigh weighs weight
    store stored storage keep kept
    live lives lived living reside resident home inhabit inhabitant dwell population
    destroy destroyed destruction demolish ruin burn
    steal stole stolen theft thief
    park parking parked
    sign signed signature
    approve approved approval agree accept
    report reported reporter
    translate translated translator translation
    calibrate calibrated calibration
    inspect inspected inspection inspector check examine
    train trained training
    elect elected election vote
    appoint appointed appointment name
    arrive arrived arrival reach come
    leave left depart departure
    drive drove driver
    cook cooked chef
    edit edited editor
""")
"""Verbs with their forms and what stands for them; a verb may be in several groups."""

ALTERNATIVES = [
    _groups("adult adults\nchild children kid kids pupil pupils student students\nsenior seniors pensioner pensioners"),
    _groups(
        "guest guests visitor visitors customer customers\nstaff employee employees member members resident residents"
    ),
    _groups("monday\ntuesday\nwednesday\nthursday\nfriday\nsaturday\nsunday\nholiday holidays"),
    _groups("weekday weekdays workday\nweekend weekends saturday sunday"),
    _groups("spring\nsummer\nautumn fall\nwinter"),
    _groups("north northern\nsouth southern\neast eastern\nwest western"),
    _groups("inner\nouter"),
    _groups("left\nright"),
    _groups("upper\nlower"),
    _groups("morning\nafternoon\nevening\nnight nights"),
    _groups("day days daily\nweek weeks weekly\nmonth months monthly\nyear years yearly annual annually"),
    _groups("first\nsecond\nthird\nfourth\nfifth\nfinal"),
    _groups("minimum least lowest smallest\nmaximum most highest largest"),
    _groups("oldest\nnewest latest youngest"),
    _groups("man men male\nwoman women female"),
    _groups("father\nmother\nbrother\nsister\nson\ndaughter\nwife\nhusband"),
    _groups("arrival arrive\ndeparture depart"),
    _groups("entrance entry\nexit"),
    _groups("car cars\nbus buses\nlorry lorries truck trucks\nbicycle bicycles bike bikes\nmotorcycle motorcycles"),
    _groups("height high tall\nwidth wide\nlength long\ndepth deep\nweight heavy"),
    _groups("red\nblue\ngreen\nyellow\nblack\nwhite"),
    _groups("dog dogs\ncat cats\nhorse horses"),
    _groups("breakfast\nlunch\ndinner supper"),
    _groups("single\ndouble\nfamily\nreturn"),
]
"""Words that exclude each other, with their forms: a text that has another one instead speaks of something else."""

_ASKS_WHO = re.compile(r"(?:\w+ )?(?:who|whom|when|where|how)\b|\W*(?:by|from|to) whom\b", re.IGNORECASE)
"""Questions whose answer is said of what their verb says: a name or a year beside another verb answers another one."""
_AUX = r"(?:is|are|was|were|be|been|do|does|did|has|have|had|can|could|may|will|would|must|should|also|first|ever)"
_WHO = re.compile(rf"\W*who(?:m)? (?:{_AUX} )*(?!{_AUX}\b|the\b|an?\b)([a-z]+(?:s|ed|t))\b", re.IGNORECASE)
_HOW_MANY = re.compile(
    r"\b(?:how many|wie ?viele?|cuánt[oa]s) (?:(?:of|the|other|different|more|new|times) )*([\w'-]+)(?: ([\w'-]+))?",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"\d|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty"
    r"(?:-\w+)?|hundreds?|thousands?|millions?|billions?|dozens?|no|none|both|several|single|pair|half|number"
    r"|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|\w*(?:zehn|zwanzig|ßig|zig|hundert|tausend)|kein\w*"
    r"|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|\w+ce|dieci\w+|veint\w+|\w+enta|cien\w*|\w+cient[oa]s|mil)$",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_](?:[\w'’.,/-]*\w)?|[;:,.]")
_ENDS_OF_COUNTED = """
and or for in at on by from to with per than beside behind under over near through during until since where while but
without between above below when before after who which that is are was were
und oder für im am an bei von mit pro als aus neben seit bis ist sind war waren y o por en con para que es son fue
"""
_ENDS = frozenset((*";:,.", *_ENDS_OF_COUNTED.split()))
"""What ends the words that a number counts."""
_LEADING = frozenset((":", "is", "are", "was", "were", "ist", "sind", "war", "waren", "es", "son", "fue"))


def verb_is_elsewhere(question: str, held: Set[str]) -> bool:
    """Whether a text of these stems lacks a verb of a who, when, where or how question, and what may stand for it."""
    if not _ASKS_WHO.match(question):
        return False
    asked = stems(question)
    said = [group & asked for group in VERBS]
    held_verbs = frozenset().union(*(words for words, group in zip(said, VERBS, strict=True) if group & held))
    return not frozenset().union(*said) <= held_verbs


def deed_is_elsewhere(question: str, held: Set[str]) -> bool:
    """Whether a text of these stems lacks the verb of a who question, and it is none of the verbs that are known."""
    found = _WHO.match(question)
    verb = stem(found[1].casefold()) if found else ""
    return bool(verb) and verb not in held and not any(verb in group for group in VERBS)


def is_of_an_alternative(question: str, held: Set[str]) -> bool:
    """Whether a text of these terms has, in the place of a word of the question, one that excludes it."""
    asked = stems(question)
    return any(_others(asked, held, rivals) for rivals in ALTERNATIVES)


def _others(asked: Set[str], held: Set[str], rivals: Sequence[frozenset[str]]) -> bool:
    named = [rival for rival in rivals if rival & asked]
    return bool(named) and not any(rival & held for rival in named) and any(rival & held for rival in rivals)


def counts_another(question: str, text: str) -> bool:
    """Whether a question asks how many there are of a thing, and no number of the text stands beside its word."""
    found = _HOW_MANY.search(question)
    things = {term for word in found.groups() if word for term in terms(word)} if found else set()
    return bool(things) and not any(things & beside for beside in _beside_numbers(text))


def _beside_numbers(text: str) -> Iterator[Set[str]]:
    """The terms behind each number of a text, up to the end of what it counts, and of the two words before it."""
    words = _WORD.findall(text)
    for at, word in enumerate(words):
        if _NUMBER.match(word):
            behind = words[at : at + BESIDE + 1]
            end = next((i for i, near in enumerate(behind) if i and near.casefold() in _ENDS), len(behind))
            yield set(terms(" ".join([*_before(words, at), *behind[:end]])))


def _before(words: Sequence[str], at: int) -> Sequence[str]:
    """The two words before a number, if they lead to it: "gates: 14", "the gates are 14"."""
    first, second = ["", "", *words][at : at + 2]
    return () if second.casefold() in _ENDS - _LEADING else (first, second)
