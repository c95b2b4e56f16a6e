"""Messages: decoded header, the text that a reader sees, and the names of attachments."""

import base64
from email.message import EmailMessage

import pytest

from api.adapters.parsing.formats import parse_document
from api.services.parsing.errors import DocumentBomb, UnreadableDocument
from api.services.parsing.parser import EML, TEXT, ParsedDocument, ParseLimits


def parsed(data: bytes, filename: str = "a.eml") -> ParsedDocument:
    return parse_document(data, filename, ParseLimits())


def message(text: str = "Der Code ist 5519.") -> EmailMessage:
    made = EmailMessage()
    made["From"] = "Jörg Groß <jg@example.org>"
    made["To"] = "all@example.org"
    made["Date"] = "Mon, 03 Jun 2024 09:00:00 +0200"
    made["Subject"] = "Schlüssel für das Lager – bitte lesen und weitersagen, es ist wichtig"
    made.set_content(text)
    return made


@pytest.mark.parametrize("filename", ["a.eml", "a", "a.txt"])
def test_the_header_comes_first_and_is_decoded(filename: str) -> None:
    document = parsed(message().as_bytes(), filename)
    subject = "Schlüssel für das Lager – bitte lesen und weitersagen, es ist wichtig"
    assert document.content_type == EML
    assert document.text == (
        f"{subject}\n\nFrom: Jörg Groß <jg@example.org>\nTo: all@example.org\n"
        f"Date: Mon, 03 Jun 2024 09:00:00 +0200\nSubject: {subject}\n\nDer Code ist 5519."
    )
    assert [document.text[h.start : h.end] for h in document.headings] == [subject]


def test_plain_text_is_read_rather_than_html() -> None:
    both = message("Plain words.")
    both.add_alternative("<p>HTML words.", subtype="html")
    assert parsed(both.as_bytes()).text.endswith("\n\nPlain words.")


def test_html_is_read_when_there_is_no_plain_text() -> None:
    only = message()
    only.set_content("<html><table><tr><td>Code<td>5519</table><p hidden>Tracked", subtype="html")
    text = parsed(only.as_bytes()).text
    assert text.endswith("Code | 5519")


def test_an_empty_plain_text_does_not_hide_the_html() -> None:
    both = message(" \n")
    both.add_alternative("<p>HTML words.", subtype="html")
    assert parsed(both.as_bytes()).text.endswith("\n\nHTML words.")


def test_attachments_are_named_with_a_warning() -> None:
    with_files = message()
    with_files.add_attachment(bytes(range(256)), "application", "octet-stream", filename="plan.bin")
    with_files.add_attachment("Hidden words.", filename="Übersicht.txt")
    inner = message("Inner words.")
    del inner["Subject"]
    inner["Subject"] = "Old news"
    with_files.add_attachment(inner)
    document = parsed(with_files.as_bytes())
    assert "\n\nAttachments: plan.bin, Übersicht.txt, Old news.eml\n\nOld news\n\nFrom: " in document.text
    assert "Hidden words" not in document.text
    assert document.text.endswith("\n\nInner words.")
    (warning,) = document.warnings
    assert "plan.bin, Übersicht.txt. Upload them" in warning


def test_a_message_that_is_attached_as_a_file_is_read_too() -> None:
    inner = message("Inner words.")
    inner.add_attachment(b"PK", "application", "zip", filename="all.zip")
    outer = message("Outer words.")
    outer.add_attachment(inner.as_bytes(), "application", "octet-stream", filename="note.eml")
    outer.add_attachment(b"Not a message.", "application", "octet-stream", filename="b.eml")
    document = parsed(outer.as_bytes())
    assert "Inner words.\n\nAttachments: all.zip" in document.text
    assert [heading.level for heading in document.headings] == [1, 2]
    assert "b.eml, all.zip. Upload" in document.warnings[0]


def test_messages_are_read_up_to_a_depth_and_named_below_it() -> None:
    nested = message("Words 0.")
    for depth in range(1, 8):
        outer = message(f"Words {depth}.")
        outer.add_attachment(nested)
        nested = outer
    document = parsed(nested.as_bytes())
    assert [depth for depth in range(8) if f"Words {depth}." in document.text] == [3, 4, 5, 6, 7]
    assert document.warnings[0].startswith("Attachments are not part of the text: Schlüssel")


INVITATION = """BEGIN:VCALENDAR\r
METHOD:REQUEST\r
BEGIN:VEVENT\r
DTSTART;TZID="Europe/Stockholm":20260304T100000\r
DTEND;TZID="Europe/Stockholm":20260304T113000\r
RRULE:FREQ=WEEKLY;UNTIL=20260630T000000Z\r
SUMMARY:Board meeting\\, spring\r
LOCATION:Room 5\\; second\r
  floor\r
ORGANIZER;CN="Lind, Ove":MAILTO:ove@example.org\r
BEGIN:VALARM\r
DESCRIPTION:Reminder\r
END:VALARM\r
END:VEVENT\r
END:VCALENDAR\r
"""
MEETING = (
    "Invitation: Board meeting, spring\nWhen: 2026-03-04 10:00 to 11:30 (Europe/Stockholm)\n"
    "Repeats: weekly until 2026-06-30\nWhere: Room 5; second floor\nOrganizer: Lind, Ove <ove@example.org>"
)


def test_an_invitation_says_what_when_and_where() -> None:
    invited = message("Please come.")
    invited.add_alternative(INVITATION, subtype="calendar", cte="base64")
    invited.add_attachment(INVITATION.encode(), "application", "ics", filename="invite.ics")
    document = parsed(invited.as_bytes())
    assert document.text.endswith(f"\n\nPlease come.\n\n{MEETING}")
    assert document.warnings == ()


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ("DTSTART;VALUE=DATE:20260304\nDTEND;VALUE=DATE:20260307", "When: 2026-03-04 to 2026-03-06"),
        ("DTSTART:20260304T230000Z\nDURATION:PT2H", "When: 2026-03-04 23:00 to 2026-03-05 01:00 (UTC)"),
        ("DTSTART:20260304T090000\nSTATUS:CANCELLED\nSUMMARY:Off", "Cancelled: Off\nWhen: 2026-03-04 09:00"),
        ("DTSTART:20269904T090000\nSUMMARY:Odd", "Invitation: Odd"),
    ],
)
def test_times_of_invitations(facts: str, expected: str) -> None:
    only = message()
    only.set_content(f"BEGIN:VCALENDAR\nBEGIN:VEVENT\n{facts}\nEND:VEVENT\nEND:VCALENDAR\n", subtype="calendar")
    assert parsed(only.as_bytes()).text.endswith(f"\n\n{expected}")


def test_pictures_and_signatures_of_a_message_are_no_attachments() -> None:
    signed = message()
    signed.add_related(b"\x89PNG", "image", "png", cid="<logo>", filename="logo.png")
    signed.add_attachment(b"sig", "application", "pgp-signature", filename="signature.asc")
    assert parsed(signed.as_bytes()).warnings == ()


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-15", "utf-16", "koi8-r", "unknown-8bit"])
def test_the_declared_encoding_of_the_text_is_used(charset: str) -> None:
    word = "Ключ" if charset == "koi8-r" else "Die Größe der Tür ist bekannt."
    encoded = word.encode("cp1252" if charset == "unknown-8bit" else charset)
    head = (
        f"Subject: x\nMessage-ID: <1>\nContent-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: 8bit\n\n"
    )
    if charset == "utf-16":
        head, encoded = head.replace("8bit", "base64"), base64.b64encode(encoded)
    assert parsed(head.encode() + encoded).text.endswith(word)


@pytest.mark.parametrize("charset", ["iso-8859-1", "us-ascii", "windows-1252"])
def test_signs_of_windows_are_read_whatever_western_encoding_is_declared(charset: str) -> None:
    head = (
        f"Subject: =?{charset}?Q?M=F6te_=80?=\nMessage-ID: <1>\nFrom: a@b\nContent-Type: text/plain; charset={charset}"
    )
    body = head.encode() + b"\nContent-Transfer-Encoding: quoted-printable\n\nPrice =80 50 =96 =93caf=E9=94"
    assert parsed(body).text == "Möte €\n\nFrom: a@b\nSubject: Möte €\n\nPrice € 50 – “café”"


def test_lines_of_flowed_text_are_joined() -> None:
    text = "The pump is \nclosed in May.\n> Is it \n> open?\n>> No. \nYes.\n-- \nOve"
    raw = f"Subject: x\nFrom: a@b\nMIME-Version: 1.0\nContent-Type: text/plain; format=flowed\n\n{text}"
    assert parsed(raw.encode()).text.endswith("The pump is closed in May.\n> Is it open?\n>> No. \nYes.\n-- \nOve")


def test_a_header_field_in_utf_8_is_read_without_encoding() -> None:
    raw = "From: Jörg <a@b>\nTo: Łódź\nMessage-ID: <1>\nSubject: Schlüssel\n\nWords.\n".encode()
    assert parsed(raw).text == "Schlüssel\n\nFrom: Jörg <a@b>\nTo: Łódź\nSubject: Schlüssel\n\nWords."


def test_a_very_long_header_field_is_cut_off() -> None:
    raw = b"From: a@b\nMessage-ID: <1>\nSubject: " + b"=?utf-8?q?a?= " * 200_000 + b"\n\nWords.\n"
    assert parsed(raw).text.endswith("\n\nWords.")


def test_a_memo_with_a_subject_is_plain_text() -> None:
    memo = b"From: Ada\nTo: all\nDate: 3 June\nSubject: Keys\n\nThe code is 5519.\n"
    assert parsed(memo, "memo.txt").content_type == TEXT


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (
            b"From a Mon Jun 3 09:00:00 2024\nFrom: a@b\n\nx\n\nFrom b Mon Jun 3 09:10:00 2024\nFrom: b@c\n\ny",
            "mailbox",
        ),
        (b"Some words, and no header.\n", "not an e-mail message"),
        (
            b"Subject: x\nFrom: a@b\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nMIIB",
            "encrypted",
        ),
        (b"Subject: x\nFrom: a@b\nContent-Type: multipart/encrypted; boundary=b\n\n--b\n\nx\n--b--", "encrypted"),
    ],
)
def test_messages_that_cannot_be_read_are_refused(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableDocument, match=reason):
        parsed(data)


def test_a_truncated_message_is_read_up_to_its_end() -> None:
    both = message("Plain words.")
    both.add_attachment(b"x" * 500, "application", "octet-stream", filename="plan.bin")
    document = parsed(both.as_bytes()[:-200])
    assert "Plain words." in document.text


def test_parts_nested_without_end_are_refused() -> None:
    nested = b"Subject: x\nMIME-Version: 1.0\n"
    for depth in range(3_000):
        nested += b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (depth, depth)
    with pytest.raises((DocumentBomb, UnreadableDocument)):
        parsed(nested + b"\nwords")
