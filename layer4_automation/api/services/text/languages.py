"""The language of a text, by its script or by its most frequent words; None if neither tells."""

import re
import unicodedata
from collections import Counter

_FUNCTION_WORDS = {
    "en": """
        a about an and any are as at be been but by can could did do does for from had has have he her his how i if in
        is it its many may much not of on or our she should than that the their there these they this to us was we were
        what when where which who whom whose why will with would you your
    """,
    "de": """
        aber als am an auch auf aus bei bis da das dass dem den der des die durch ein eine einem einen einer eines er es
        für gibt hat haben hatte ich ihr im in ist kann mit nach nicht noch nur oder seine sich sie sind so um und unter
        von vor wann war waren warum was welche welcher welches wenn wer werden wie wieder wird wo wurde wurden zu zum
        zur zwischen über viele dort hier
    """,
    "fr": """
        a au aux avec ce ces cette combien comme comment dans de depuis des du elle en entre est et fut il ils la le les
        leur mais ne nous on ont ou où par pas plus pour pourquoi quand que quel quelle quelles quels qui quoi sa sans
        se ses son sont sous sur un une vous y à été était
    """,
    "es": """
        a al como con cuál cuáles cuándo cuánto cuánta cuántas cuántos cuando de del desde donde dónde el ella en entre
        era es esta este está fue fueron ha hasta hay la las lo los más no o para pero por porque que qué quién quiénes
        se ser sin sobre son su sus también un una y cómo
    """,
    "it": """
        a ai al alla anche che chi ci come con cosa cui da dal dalla dei del della delle di dove e ed era fu gli ha
        hanno i il in la le lo ma nel nella non o per perché più qual quale quali quando quanti quanto se si sono su sul
        sulla tra un una uno è
    """,
    "pt": """
        a ao aos as como com da das de do dos e ela ele em entre era está foi foram há isso mais mas na nas no nos não o
        onde os ou para pela pelo por porque qual quais quando quanto quantos que quem se sem ser seu sua são também um
        uma à é
    """,
    "nl": """
        aan als bij dan dat de deze die dit door een en er had heeft het hij hoe hoeveel hun in is kan maar meer met
        naar niet nog of om onder ook op over te tot uit van veel voor waar waarom wanneer was wat welke werd werden wie
        worden wordt zich zijn zij
    """,
    "ro": """
        a ai al ale au ca care ce cea cei cel cine cu cum câte câți că când de din după este eu fi fost iar la le lui
        mai nu o pe pentru prin sau se sunt sub un una unde unei unui și în între îl îi era erau
    """,
    "tr": """
        ama ancak bir birçok bu çok da daha de değil dır diye en gibi hangi hangisi için ile ise kaç kadar kim kimin
        mi mı mu mü nasıl ne neden nedir nerede o olan olarak oldu olduğu sonra tarafından var ve veya ya yer zaman
    """,
    "vi": """
        ai bao bị bởi các cái cho có của cũng do đã đang đâu đây để đến đó được gì khi không là lại làm lúc mà một
        nào này nhiều nhiêu những như ở ra rất sau sẽ tại thì theo thế trong trên từ và vào về với
    """,
    "sv": """
        av att de den det där eller en ett från för ha hade har hon hur han i inte kan med men mellan många mycket när
        och om på sin sina som så till under ut var vad varför vem vid vilka vilken vilket är över
    """,
    "pl": """
        ale czy co dla do gdy gdzie go i ile ich jak jaka jaki jakie jako jego jej jest kiedy kto która które który lub
        ma między na nie o od oraz po pod podczas przed przez przy są się tak to tym w z za ze że był była było były
    """,
    "da": """
        af at blev blive da de den der det efter eller en er et for fra han har havde hvad hvem hvilken hvilke hvor
        hvordan hvornår hvorfor i ikke ind kan med men mellem mange meget og om over på sig sin som til ud under var ved
    """,
    "no": """
        av at ble bli da de den der det etter eller en er et for fra han har hadde hva hvem hvilken hvilke hvor hvordan
        når hvorfor i ikke inn kan med men mellom mange mye og om over på seg sin som til ut under var ved å
    """,
    "fi": """
        ei että he hän ja jo joka jonka jotka josta kanssa koska kuin kuka kuinka kun mikä milloin minkä missä mistä
        mitä mitkä miksi mukaan mutta myös ne niin oli olivat on ovat paljon se sekä sen siitä tai tämä voi vuonna
    """,
    "hu": """
        a az ahol amely ami be csak de egy el ez ezt hány hogy hogyan hol is ki kik lett mely melyik meg mennyi mi
        miért mikor milyen mint mit nem néhány után vagy van vannak volt voltak és
    """,
}
_LANGUAGES = {language: frozenset(words.split()) for language, words in _FUNCTION_WORDS.items()}
_SPEAKERS: dict[str, list[str]] = {
    word: [language for language, words in _LANGUAGES.items() if word in words]
    for word in frozenset().union(*_LANGUAGES.values())
}
"""The languages that have a function word."""
_MARKS = {
    "de": "ß",
    "es": "ñ¿¡",
    "tr": "ığ",
    "ro": "țţ",
    "pl": "łąęśżźń",
    "hu": "őű",
    "pt": "õ",
    "vi": "ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹơư",
}
_BY_MARK = {letter: language for language, letters in _MARKS.items() for letter in letters}
"""Letters and marks of one of these languages alone. Each counts as one word, however often it stands there."""
FUNCTION_WORDS = frozenset(_SPEAKERS)
"""The function words of all languages."""
_NAMES = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "pt": "Portuguese",
    "nl": "Dutch",
    "ro": "Romanian",
    "tr": "Turkish",
    "vi": "Vietnamese",
    "sv": "Swedish",
    "pl": "Polish",
    "da": "Danish",
    "no": "Norwegian",
    "fi": "Finnish",
    "hu": "Hungarian",
    "GREEK": "Greek",
    "HEBREW": "Hebrew",
    "THAI": "Thai",
    "HANGUL": "Korean",
    "ARMENIAN": "Armenian",
    "GEORGIAN": "Georgian",
    "TAMIL": "Tamil",
    "TELUGU": "Telugu",
    "BENGALI": "Bengali",
    "KHMER": "Khmer",
    "LAO": "Lao",
    "MYANMAR": "Burmese",
    "ETHIOPIC": "Amharic",
}
_TOLD_BY_LETTERS = {
    "CYRILLIC": (("іїєґ", "Ukrainian"), ("ђћљњџ", "Serbian"), ("ыэё", "Russian"), ("ъщ", "Bulgarian"), ("", "Russian")),
    "ARABIC": (("ٹڈڑںے", "Urdu"), ("پچژگ", "Persian"), ("", "Arabic")),
    "CJK": (("のはをがです", "Japanese"), ("", "Chinese")),
    "DEVANAGARI": (("ळ", "Marathi"), ("", "Hindi")),
}
"""Languages of one script, by letters that the ones behind them lack."""
_LETTERS = 400
"""Letters from which the script is read."""


def language_of(text: str) -> str | None:
    """A code such as `en`, or the name of a script other than Latin, such as `CYRILLIC`.

    None if no language has more of its frequent words in the text than every other.
    """
    script = _script(text)
    if script != "LATIN":
        return script
    words = re.findall(r"[^\W\d_]+", text.casefold())
    counts = Counter(language for word in words for language in _SPEAKERS.get(word, ()))
    counts.update(_BY_MARK[letter] for letter in _BY_MARK.keys() & set(text.casefold()))
    best = [language for language, count in counts.items() if count == max(counts.values())]
    return best[0] if len(best) == 1 else None


def language_name(text: str) -> str:
    """The English name of a text's language, or of its script: `Spanish`, `Ukrainian`, `Georgian letters`."""
    language = language_of(text)
    if language is None:
        return "an unknown language"
    for letters, name in _TOLD_BY_LETTERS.get(language, ()):
        if not letters or any(letter in text for letter in letters):
            return name
    return _NAMES.get(language, f"{language.capitalize()} letters")


def function_words(language: str | None) -> frozenset[str]:
    """The words of a language that say little of a text's subject; none if it is not known."""
    return _LANGUAGES.get(language or "", frozenset())


def _script(text: str) -> str | None:
    """The script of most letters; the scripts of Japanese and Chinese are one."""
    letters = [letter for letter in text if letter.isalpha()][:_LETTERS]
    scripts = Counter(unicodedata.name(letter, "?").split()[0] for letter in letters)
    found = scripts.most_common(1)
    return ("CJK" if found[0][0] in ("HIRAGANA", "KATAKANA", "CJK") else found[0][0]) if found else None
