"""The wording of outgoing messages: one approved default per kind and language, for e-mail and for text messages.

Placeholders: ``{when}`` ``{before}`` ``{place}`` ``{who}`` ``{link}`` ``{municipality}`` ``{phone}`` ``{until}``. The
matter of the meeting has no placeholder. A paragraph with ``{until}`` is left out when that moment has passed. Text
messages keep to GSM-7 signs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """One kind of message in one language. ``link_label``: the button's text; ``sms``: one line."""

    subject: str
    paragraphs: tuple[str, ...]
    link_label: str
    sms: str

    def fill(self, values: Mapping[str, str]) -> Wording:
        """The wording with its placeholders filled; an unknown placeholder raises ``KeyError``."""
        return Wording(
            self.subject.format_map(values),
            tuple(
                paragraph.format_map(values)
                for paragraph in self.paragraphs
                if values["until"] or "{until}" not in paragraph
            ),
            self.link_label,
            self.sms.format_map(values),
        )


WORDINGS: dict[str, dict[str, Wording]] = {
    "confirmation": {
        "fi": Wording(
            "Aika on varattu: {when}",
            (
                "Hei! Sinulle on varattu aika: {when}.",
                "Voit vaihtaa tai perua ajan viimeistään {until}. Jos aika ei enää sovi sinulle, peru se, niin "
                "joku toinen saa sen.",
            ),
            "Katso, vaihda tai peru aika",
            "{municipality}: varattu aikasi on {when}. {place}. Vaihda tai peru: {link}",
        ),
        "sv": Wording(
            "Tiden är bokad: {when}",
            (
                "Hej! Du har en bokad tid: {when}.",
                "Du kan byta eller avboka tiden senast {until}. Avboka tiden om den inte längre passar dig, "
                "så får någon annan den.",
            ),
            "Visa, byt eller avboka tiden",
            "{municipality}: du har bokad tid {when}. {place}. Byt eller avboka: {link}",
        ),
        "en": Wording(
            "Your appointment: {when}",
            (
                "Hello! You have an appointment: {when}.",
                "You can change or cancel it until {until}. If the time no longer suits you, cancel it, so that "
                "somebody else gets it.",
            ),
            "View, change or cancel the appointment",
            "{municipality}: you have an appointment {when}. {place}. Change or cancel: {link}",
        ),
    },
    "change": {
        "fi": Wording(
            "Uusi aika: {when}",
            (
                "Hei! Aikasi on siirretty. Uusi aika on {when}.",
                "Aiempi aika {before} ei ole enää voimassa.",
                "Jos uusi aika ei sovi sinulle, voit vaihtaa tai perua sen viimeistään {until}.",
            ),
            "Katso, vaihda tai peru aika",
            "{municipality}: aikasi on siirretty. Uusi aika {when}. {place}. Vaihda tai peru: {link}",
        ),
        "sv": Wording(
            "Ny tid: {when}",
            (
                "Hej! Din tid har flyttats. Den nya tiden är {when}.",
                "Den tidigare tiden {before} gäller inte längre.",
                "Om den nya tiden inte passar dig kan du byta eller avboka den senast {until}.",
            ),
            "Visa, byt eller avboka tiden",
            "{municipality}: din tid har flyttats till {when}. {place}. Byt eller avboka: {link}",
        ),
        "en": Wording(
            "New time: {when}",
            (
                "Hello! Your appointment has been moved. The new time is {when}.",
                "The earlier time, {before}, is no longer valid.",
                "If the new time does not suit you, you can change or cancel it until {until}.",
            ),
            "View, change or cancel the appointment",
            "{municipality}: your appointment has been moved to {when}. {place}. Change or cancel: {link}",
        ),
    },
    "cancellation": {
        "fi": Wording(
            "Aika on peruttu: {when}",
            ("Hei! Aikasi {when} on peruttu.", "Voit varata uuden ajan, kun sinulle sopii."),
            "Varaa uusi aika",
            "{municipality}: aikasi {when} on peruttu. Voit varata uuden ajan: {link}",
        ),
        "sv": Wording(
            "Tiden är avbokad: {when}",
            ("Hej! Din tid {when} är avbokad.", "Du kan boka en ny tid när det passar dig."),
            "Boka en ny tid",
            "{municipality}: din tid {when} är avbokad. Du kan boka en ny tid: {link}",
        ),
        "en": Wording(
            "Appointment cancelled: {when}",
            ("Hello! Your appointment on {when} has been cancelled.", "You can book a new time whenever it suits you."),
            "Book a new time",
            "{municipality}: your appointment on {when} has been cancelled. You can book a new time: {link}",
        ),
    },
    "hand_over": {
        "fi": Wording(
            "Ammattilainen vaihtuu, aika pysyy: {when}",
            (
                "Hei! Tapaamisesi {when} pidetään sovittuun aikaan, mutta ammattilainen vaihtuu. Sinut tapaa {who}.",
                "Jos tämä ei sovi sinulle, voit vaihtaa tai perua ajan viimeistään {until}.",
            ),
            "Katso, vaihda tai peru aika",
            "{municipality}: aikasi {when} pysyy, mutta ammattilainen vaihtuu: {who}. {place}. Vaihda tai peru: {link}",
        ),
        "sv": Wording(
            "Du träffar en annan sakkunnig, tiden är densamma: {when}",
            (
                "Hej! Ditt möte {when} hålls som avtalat, men du träffar en annan sakkunnig: {who}.",
                "Om det inte passar dig kan du byta eller avboka tiden senast {until}.",
            ),
            "Visa, byt eller avboka tiden",
            "{municipality}: din tid {when} gäller, men du träffar en annan sakkunnig: {who}. {place}. "
            "Byt eller avboka: {link}",
        ),
        "en": Wording(
            "You meet somebody else at the agreed time: {when}",
            (
                "Hello! Your appointment {when} takes place as agreed, but with somebody else: {who}.",
                "If this does not suit you, you can change or cancel the appointment until {until}.",
            ),
            "View, change or cancel the appointment",
            "{municipality}: your appointment {when} takes place, but with somebody else: {who}. {place}. "
            "Change or cancel: {link}",
        ),
    },
    "absence_move": {
        "fi": Wording(
            "Uusi aika: {when}",
            (
                "Hei! Valitettavasti aikasi {before} ei onnistu. Olet antanut luvan siirtää aikaa, joten "
                "varasimme sinulle uuden ajan: {when}.",
                "Jos uusi aika ei sovi sinulle, voit vaihtaa tai perua sen viimeistään {until}. Pahoittelemme muutosta.",
            ),
            "Katso, vaihda tai peru aika",
            "{municipality}: aikasi {before} ei onnistu. Varasimme uuden: {when}. {place}. Vaihda tai peru: {link}",
        ),
        "sv": Wording(
            "Ny tid: {when}",
            (
                "Hej! Tyvärr kan din tid {before} inte hållas. Du har gett oss lov att flytta tiden, "
                "så vi har bokat en ny tid åt dig: {when}.",
                "Om den nya tiden inte passar dig kan du byta eller avboka den senast {until}. Vi beklagar ändringen.",
            ),
            "Visa, byt eller avboka tiden",
            "{municipality}: din tid {before} kan inte hållas. Vi har bokat en ny: {when}. {place}. "
            "Byt eller avboka: {link}",
        ),
        "en": Wording(
            "New time: {when}",
            (
                "Hello! Unfortunately your appointment {before} cannot be held. You have allowed us to move it, so we "
                "have booked a new time for you: {when}.",
                "If the new time does not suit you, you can change or cancel it until {until}. We are sorry for the change.",
            ),
            "View, change or cancel the appointment",
            "{municipality}: your appointment {before} cannot be held. We have booked a new time: {when}. {place}. "
            "Change or cancel: {link}",
        ),
    },
    "absence_cancellation": {
        "fi": Wording(
            "Joudumme perumaan aikasi: {when}",
            (
                "Hei! Joudumme valitettavasti perumaan aikasi {when}. Pahoittelemme tätä.",
                "Voit valita itsellesi uuden ajan.",
            ),
            "Valitse uusi aika",
            "{municipality}: joudumme perumaan aikasi {when}. Pahoittelemme. Valitse uusi aika: {link}",
        ),
        "sv": Wording(
            "Vi måste avboka din tid: {when}",
            (
                "Hej! Vi måste tyvärr avboka din tid {when}. Vi beklagar.",
                "Du kan själv välja en ny tid.",
            ),
            "Välj en ny tid",
            "{municipality}: vi måste tyvärr avboka din tid {when}. Välj en ny tid: {link}",
        ),
        "en": Wording(
            "We have to cancel your appointment: {when}",
            (
                "Hello! We are sorry, but we have to cancel your appointment {when}.",
                "You can choose a new time for yourself.",
            ),
            "Choose a new time",
            "{municipality}: we are sorry, we have to cancel your appointment {when}. Choose a new time: {link}",
        ),
    },
    "group_confirmation": {
        "fi": Wording(
            "Paikka ryhmätapaamisessa: {when}",
            (
                "Hei! Sinulla on paikka ryhmätapaamisessa: {when}.",
                "Jos et pääse tulemaan, peru paikkasi viimeistään {until}, niin joku toinen saa sen.",
            ),
            "Katso tiedot tai peru paikka",
            "{municipality}: sinulla on paikka ryhmätapaamisessa {when}. {place}. Tiedot ja peruminen: {link}",
        ),
        "sv": Wording(
            "Plats på gruppmöte: {when}",
            (
                "Hej! Du har en plats på ett gruppmöte: {when}.",
                "Om du inte kan komma, avboka platsen senast {until}, så får någon annan den.",
            ),
            "Visa uppgifterna eller avboka platsen",
            "{municipality}: du har en plats på ett gruppmöte {when}. {place}. Info och avbokning: {link}",
        ),
        "en": Wording(
            "Your place in a group meeting: {when}",
            (
                "Hello! You have a place in a group meeting: {when}.",
                "If you cannot come, cancel your place by {until}, so that somebody else gets it.",
            ),
            "View the details or cancel the place",
            "{municipality}: you have a place in a group meeting {when}. {place}. Details or cancel: {link}",
        ),
    },
    "group_change": {
        "fi": Wording(
            "Ryhmätapaaminen on muuttunut: {when}",
            (
                "Hei! Ryhmätapaamisesi tiedot ovat muuttuneet. Tapaaminen on {when}. Aiemmat tiedot eivät enää päde.",
                "Jos et pääse tulemaan, peru paikkasi viimeistään {until}, niin joku toinen saa sen.",
            ),
            "Katso tiedot tai peru paikka",
            "{municipality}: ryhmätapaamisesi on muuttunut. Se on {when}. {place}. Tiedot ja peruminen: {link}",
        ),
        "sv": Wording(
            "Gruppmötet har ändrats: {when}",
            (
                "Hej! Uppgifterna om ditt gruppmöte har ändrats. Mötet är {when}. De tidigare uppgifterna gäller inte längre.",
                "Om du inte kan komma, avboka platsen senast {until}, så får någon annan den.",
            ),
            "Visa uppgifterna eller avboka platsen",
            "{municipality}: ditt gruppmöte har ändrats. Det är {when}. {place}. Info och avbokning: {link}",
        ),
        "en": Wording(
            "Your group meeting has changed: {when}",
            (
                "Hello! The details of your group meeting have changed. The meeting is {when}. The earlier details are no "
                "longer valid.",
                "If you cannot come, cancel your place by {until}, so that somebody else gets it.",
            ),
            "View the details or cancel the place",
            "{municipality}: your group meeting has changed. It is {when}. {place}. Details or cancel: {link}",
        ),
    },
    "invitation": {
        "fi": Wording(
            "Valitse sinulle sopiva aika viimeistään {until}",
            (
                "Hei! Sinut on kutsuttu tapaamiseen. Valitse itse sinulle sopiva aika viimeistään {until}.",
                "Jos et tarvitse aikaa, voit kertoa senkin linkin kautta. Linkki on vain sinulle.",
            ),
            "Valitse aika",
            "{municipality}: sinut on kutsuttu tapaamiseen. Valitse aika viimeistään {until}: {link}",
        ),
        "sv": Wording(
            "Välj en tid som passar dig senast {until}",
            (
                "Hej! Du är inbjuden till ett möte. Välj själv en tid som passar dig senast {until}.",
                "Om du inte behöver någon tid kan du berätta även det via länken. Länken är bara för dig.",
            ),
            "Välj tid",
            "{municipality}: du är inbjuden till ett möte. Välj tid senast {until}: {link}",
        ),
        "en": Wording(
            "Choose a time that suits you by {until}",
            (
                "Hello! You are invited to a meeting. Choose a time that suits you by {until}.",
                "If you do not need a time, you can tell us so through the link. The link is for you only.",
            ),
            "Choose a time",
            "{municipality}: you are invited to a meeting. Choose a time by {until}: {link}",
        ),
    },
}


def wording(kind: str, language: str, values: Mapping[str, str]) -> Wording:
    """The filled wording of a kind in a language."""
    return WORDINGS[kind][language].fill(values)
