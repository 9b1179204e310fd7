"""What is said when a professional cannot come as agreed. The reason is never among it."""

from __future__ import annotations

from app.messaging.wordings import Wording, Wordings

WORDINGS: Wordings = {
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
}
