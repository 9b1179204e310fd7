"""What is said of several times at once, and of a meeting of many."""

from __future__ import annotations

from app.messaging.wordings import Wording, Wordings

WORDINGS: Wordings = {
    "series": {
        "fi": Wording(
            "{count} aikaa on varattu, ensimmäinen {when}",
            (
                "Hei! Sinulle on varattu {count} aikaa, ensimmäinen {when} ja viimeinen {last}.",
                "Voit vaihtaa tai perua jokaisen ajan erikseen. Jos jokin aika ei sovi sinulle, peru se, niin joku toinen "
                "saa sen.",
            ),
            "Katso, vaihda tai peru aikoja",
            "{municipality}: sinulla on {count} aikaa, ensimmäinen {when}. {place}. Kaikki ajat: {link}",
        ),
        "sv": Wording(
            "{count} tider är bokade, den första {when}",
            (
                "Hej! Du har {count} bokade tider, den första {when} och den sista {last}.",
                "Du kan byta eller avboka varje tid för sig. Avboka en tid om den inte passar dig, så får någon annan den.",
            ),
            "Visa, byt eller avboka tiderna",
            "{municipality}: du har {count} tider, den första {when}. {place}. Alla tider: {link}",
        ),
        "en": Wording(
            "{count} appointments, the first {when}",
            (
                "Hello! You have {count} appointments, the first {when} and the last {last}.",
                "You can change or cancel each of them. If one does not suit you, cancel it, so that somebody else gets the "
                "time.",
            ),
            "View, change or cancel the appointments",
            "{municipality}: you have {count} appointments, the first {when}. {place}. All times: {link}",
        ),
    },
    "series_cancellation": {
        "fi": Wording(
            "{count} aikaa on peruttu alkaen {when}",
            (
                "Hei! {count} aikaa on peruttu. Ensimmäinen niistä oli {when} ja viimeinen {last}.",
                "Voit varata uuden ajan, kun sinulle sopii.",
            ),
            "Varaa uusi aika",
            "{municipality}: {count} aikaa on peruttu, {when} - {last}. Voit varata uuden ajan: {link}",
        ),
        "sv": Wording(
            "{count} tider är avbokade från {when}",
            (
                "Hej! {count} tider är avbokade. Den första av dem var {when} och den sista {last}.",
                "Du kan boka en ny tid när det passar dig.",
            ),
            "Boka en ny tid",
            "{municipality}: {count} tider är avbokade, {when} - {last}. Boka en ny tid: {link}",
        ),
        "en": Wording(
            "{count} appointments cancelled from {when}",
            (
                "Hello! {count} appointments have been cancelled. The first of them was {when} and the last {last}.",
                "You can book a new time whenever it suits you.",
            ),
            "Book a new time",
            "{municipality}: {count} appointments have been cancelled, {when} - {last}. Book a new time: {link}",
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
}
