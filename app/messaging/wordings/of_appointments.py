"""What is said of one appointment, and to whoever is to choose a time."""

from __future__ import annotations

from app.messaging.wordings import Wording, Wordings

WORDINGS: Wordings = {
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
