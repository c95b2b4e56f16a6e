"""Kinds of answers in Spanish: how they are asked for, and what gives them (see `answer_kinds.py`)."""

import re

from api.services.rag.asking.kinds.kind import AnswerKind, kind

_COUNT_WORDS = (
    r"dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|dieci\w+|veinte|veinti\w+"
    r"|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|cien|ciento|\w+cientos|\w+cientas|mil|mill(?:ón|ones)"
    r"|docenas?"
)
_AMOUNT = rf"(?:\d[\d., \u00a0]*[ -]?|\b(?:une?|una|varios|varias|pocos|{_COUNT_WORDS})\b(?: \w+)??[ -])"
_LENGTH = rf"{_AMOUNT}(?:(?:kiló|centí|milí)?metros?|[kcm]?m[²³]?|pies?|millas?|hectáreas?|pulgadas?)\b"
_DURATION = (
    rf"{_AMOUNT}(?:segundos?|minutos?|horas?|días?|noches?|semanas?|meses|mes|años?|décadas?|siglos?)\b"
    r"|\b(?:desde|hasta|siempre)\b"
)
_MONTHS = "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
_DAYS = r"lunes|martes|miércoles|jueves|viernes|sábados?|domingos?"
_YEAR = r"(?<![\d.,])(?:1\d|20|\d)\d\d\b(?![.,]\d)"
_TIME = (
    rf"{_YEAR}|\b(?:{_MONTHS}|{_DAYS}|\d{{1,2}}[:.]\d\d|siglos?|después|antes|durante|hasta|primavera|verano|otoño"
    r"|invierno|hoy|cuando)\b"
)
_COUNT = (
    rf"(?<![\d.,:])(?!(?:1\d|20)\d\d\b)(?!\d{{1,2}}[:.]\d\d\b)(?!\d[\d.,]* ?(?:%|por ciento|°|[$€£]|euros?|pesos?))"
    rf"(?!\d{{1,2}} de (?:{_MONTHS}))\d[\d.,]*(?!\w)|\b(?:{_COUNT_WORDS}|ningun\w*|ambos|ambas|varios|varias"
    rf"|único|única"
    r"|número)\b(?! (?:euros|pesos|dólares)\b)"
)
_NOT_THERE = "".join(rf"(?<!\b{word} )" for word in ("en", "En", "de", "a", "desde", "Desde", "hasta", "por la"))
_NO_NAME = r"(?!(?:El|La|Los|Las|Un|Una|En|Su|Sus|Desde|De|Cada|Por|Se|II|III|IV)\b)"
_PERSON = (
    rf"{_NOT_THERE}(?<![.!?:] )(?<!^)(?<!\n)\b{_NO_NAME}[A-ZÁÉÍÓÚÑ](?!\w*\d)[\w'’.-]+"
    rf"|\b{_NO_NAME}[A-ZÁÉÍÓÚÑ][\w'’.-]+ (?:de |del |y )?[A-ZÁÉÍÓÚÑ][\w'’-]+"
    r"|\bpor (?:el|los|las|un|una) \w+|\b(?:sociedad|servicio|equipo|empresa|compañía|departamento|rey|reina|presidente"
    r"|director\w*|gobierno|\w+istas|personas|gente|estudiantes|profesores?)\b|^\W*(?:Él|Ella|Ellos|Su|Sus)\b"
)
_PLACE = (
    r"\b(?:[Ee]n|[Aa]l?|[Dd]el?|desde|junto a|cerca de|sobre|bajo|entre|hacia|hasta|por) (?:el |la |los |las |una? )?"
    rf"(?!\d|el\b|la\b|los\b|las\b|una?\b|{_MONTHS}|{_DAYS}|años?\b|verano\b|invierno\b)\w+"
)

KINDS: tuple[AnswerKind, ...] = (
    kind("person", r"^\W*(?:(?:a|de|con|por) )?qui[eé]n(?:es)?\b", _PERSON, re.NOFLAG),
    kind(
        "money",
        r"\b(?:cuesta|cuestan|costó|costaron|precio|tarifa|sueldo|salario|es el alquiler|cuánto dinero)\b"
        r"|\bcuánto\b.*\b(?:pag|cobr)",
        r"[$€£¥]|\b(?:euros?|dólares|dólar|pesos?|libras?|francos?|coronas?|céntimos?|gratis|gratuit\w+)\b",
    ),
    kind("weight", r"\bcuánto pesan?\b", rf"{_AMOUNT}(?:kg|kilogramos?|kilos?|gramos?|g|t|toneladas?|libras?)\b"),
    kind(
        "length",
        r"\b(?:cuánto mide|qué (?:altura|profundidad|anchura|ancho|longitud|grosor|distancia))\b"
        r"|\bcómo de (?:alt|larg|anch)",
        _LENGTH,
    ),
    kind(
        "frequency",
        r"\b(?:con qué frecuencia|cuántas veces|cada cuánto)\b",
        r"\b(?:cada \w+(?: \w+)?|todos|todas|diari\w+|semanal\w*|mensual\w*|anual\w*|al (?:día|mes|año)"
        r"|\w+ veces|una vez|siempre|nunca)\b",
    ),
    kind(
        "duration",
        r"\bcuánto (?:tiempo|dura|tarda)|\bcuántos (?:años|meses|días|minutos)\b|\bcuántas (?:semanas|horas)\b",
        _DURATION,
    ),
    kind("share", r"\bqué (?:porcentaje|proporción|parte)\b", r"%|\b(?:por ciento|mitad|tercios?|cuartos?|mayoría)\b"),
    kind(
        "clock",
        r"\ba qué hora\b",
        r"\b\d{1,2}[:.]\d\d\b|\ba las?\b|\b(?:mediodía|medianoche|horas?)\b|\bde \w+ a \w+\b",
    ),
    kind("count", r"\bcuánt[oa]s\b", _COUNT),
    kind("time", r"\bcuándo (?:fue|fueron|se|nació|murió|abrió|\w+ó)\b|\ben qué (?:año|mes|siglo|década)\b", _TIME),
    kind(
        "place", r"^\W*(?:a |de |en )?d[oó]nde\b|\b(?:en )?qué (?:ciudad|país|lugar|región|estado)\b", _PLACE, re.NOFLAG
    ),
)
"""The first that a question asks for counts."""
