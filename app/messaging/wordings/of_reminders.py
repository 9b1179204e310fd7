"""What is said before a meeting, so that nobody forgets it, and calls are answered. ``{number}``: from where we call."""

from __future__ import annotations

from app.messaging.wordings import Wording, Wordings

WORDINGS: Wordings = {
    "reminder": {
        "fi": Wording(
            "Muistutus: aikasi on {when}",
            (
                "Hei! Tämä on muistutus: aikasi on {when}.",
                "Jos aika ei sovi sinulle, vaihda tai peru se viimeistään {until}, niin joku toinen saa sen.",
            ),
            "Katso tiedot tai muuta aikaa",
            "{municipality}: muistutus, aikasi on {when}. {place}. Ohjeet ja muutokset: {link}",
        ),
        "sv": Wording(
            "Påminnelse: din tid är {when}",
            (
                "Hej! Det här är en påminnelse: din tid är {when}.",
                "Om tiden inte passar dig, byt eller avboka den senast {until}, så får någon annan den.",
            ),
            "Visa uppgifterna eller ändra tiden",
            "{municipality}: påminnelse, din tid är {when}. {place}. Info och ändringar: {link}",
        ),
        "en": Wording(
            "Reminder: your appointment is {when}",
            (
                "Hello! This is a reminder of your appointment: {when}.",
                "If the time does not suit you, change or cancel it until {until}, so that somebody else gets it.",
            ),
            "View the details or change the appointment",
            "{municipality}: a reminder, your appointment is {when}. {place}. Details and changes: {link}",
        ),
    },
    "call_reminder": {
        "fi": Wording(
            "Soitamme sinulle {when}",
            (
                "Hei! Muista, että soitamme sinulle {when} numerosta {number}.",
                "Jos et voi vastata silloin, vaihda tai peru aika viimeistään {until}.",
            ),
            "Katso tiedot tai muuta aikaa",
            "{municipality}: soitamme sinulle {when} numerosta {number}. Jos et voi vastata, muuta aikaa: {link}",
        ),
        "sv": Wording(
            "Vi ringer dig {when}",
            (
                "Hej! Kom ihåg att vi ringer dig {when} från numret {number}.",
                "Om du inte kan svara då, byt eller avboka tiden senast {until}.",
            ),
            "Visa uppgifterna eller ändra tiden",
            "{municipality}: vi ringer dig {when} från {number}. Om du inte kan svara, ändra tiden: {link}",
        ),
        "en": Wording(
            "We call you {when}",
            (
                "Hello! Please remember that we call you {when} from the number {number}.",
                "If you cannot answer then, change or cancel the time until {until}.",
            ),
            "View the details or change the appointment",
            "{municipality}: we call you {when} from {number}. If you cannot answer, change the time: {link}",
        ),
    },
}
