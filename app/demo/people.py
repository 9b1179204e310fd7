"""Demo people: professionals and their working weeks, staff sign-ins, and what clients are called and answer.

Pure data; everybody is invented. Names do not tell a client's language: that is chosen where clients are made.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from typing import Literal, NamedTuple

from app.demo.content import Mode, Text, t
from app.demo.services import RANTALA_SERVICES, SERVICES

Role = Literal["caseworker", "desk", "lead", "admin", "operator"]


class Shift(NamedTuple):
    """Working time of a weekday in local wall time; `office` None is remote work, without meetings in person."""

    start: time
    end: time
    office: str | None


Pattern = dict[int, tuple[Shift, ...]]
"""A working week: weekday (0 = Monday) → shifts. The gap between two shifts is the lunch break."""


def _on(days: Iterable[int], office: str | None, *spans: str) -> Pattern:
    times = [span.split("-") for span in spans]
    shifts = tuple(Shift(time.fromisoformat(start), time.fromisoformat(end), office) for start, end in times)
    return {day: shifts for day in days}


_LONG, _SHORT = ("08:00-11:30", "12:00-16:00"), ("08:00-11:30", "12:00-14:30")

PATTERNS: dict[str, Pattern] = {
    "centre": _on(range(4), "keskusta", *_LONG) | _on([4], "keskusta", *_SHORT),
    "itaharju": _on(range(5), "itaharju", "08:30-11:30", "12:00-15:30"),
    "archipelago": _on(range(5), "saaristo", "09:00-11:30", "12:00-15:00"),
    "centre_and_itaharju": _on((0, 1), "keskusta", *_LONG)
    | _on([4], "keskusta", *_SHORT)
    | _on((2, 3), "itaharju", "08:30-11:30", "12:00-15:30"),
    "centre_and_archipelago": _on((0, 2), "keskusta", *_LONG)
    | _on([4], "keskusta", *_SHORT)
    | _on((1, 3), "saaristo", "09:00-11:30", "12:00-15:00"),
    "centre_and_video_days": _on((1, 2), "keskusta", *_LONG)
    | _on([4], "keskusta", *_SHORT)
    | _on((0, 3), None, *_LONG),
    "part_time": _on(range(3), "keskusta", "08:30-11:30", "12:00-14:30"),
    "harbour": _on(range(4), "hamnkontoret", "09:00-12:00", "12:30-15:30") | _on([4], "hamnkontoret", "09:00-13:00"),
    "harbour_part_time": _on((1, 2, 3), "hamnkontoret", "09:00-12:00", "12:30-15:00"),
}


@dataclass(frozen=True, slots=True)
class Professional:
    """Somebody who meets clients. `title` goes after the name, so it begins with a small letter."""

    municipality: str
    first_name: str
    last_name: str
    slug: str
    title: Text
    languages: tuple[str, ...]
    services: tuple[str, ...]
    modes: tuple[Mode, ...]
    pattern: str
    daily_limit: int | None = None

    @property
    def offices(self) -> tuple[str, ...]:
        """Slugs of the offices where the working week is spent, in the order of the week."""
        shifts = [shift for _, day in sorted(PATTERNS[self.pattern].items()) for shift in day]
        return tuple(dict.fromkeys(shift.office for shift in shifts if shift.office))

    @property
    def email(self) -> str:
        """The address at work: `first.last@municipality.example`."""
        first, last = self.slug[: len(self.first_name)], self.slug[len(self.first_name) + 1 :]
        return f"{first}.{last}@{self.municipality}.example"

    @property
    def video_link(self) -> str | None:
        """The person's own video room, if he or she meets by video."""
        return f"https://video.{self.municipality}.example/room/{self.slug}" if "video" in self.modes else None


_JOBS = t("työnhaun asiantuntija", "sakkunnig i jobbsökning", "job search specialist")
_COACH = t("omavalmentaja", "personlig coach", "personal job coach")
_CAREER = t("uraohjaaja", "karriärvägledare", "career counsellor")
_BUSINESS = t("yritysneuvoja", "företagsrådgivare", "business adviser")
_EMPLOYERS = t("työnantajapalvelujen asiantuntija", "sakkunnig i arbetsgivartjänster", "employer services specialist")
_INTEGRATION = t("kotoutumisen asiantuntija", "sakkunnig i integration", "integration specialist")
_SERVICE = t("palveluneuvoja", "servicerådgivare", "service adviser")
_DIGITAL = t("digineuvoja", "digihandledare", "digital support adviser")
_ABILITY = t("työkykykoordinaattori", "arbetsförmågekoordinator", "work ability coordinator")

_START, _TALK, _PHONE, _GUIDE, _FIRM, _DIGI, _INTEGRATE, _REHAB, _SUBSIDY = (service.slug for service in SERVICES)
_RANTALA_TALK, _RANTALA_PHONE = (service.slug for service in RANTALA_SERVICES)

_MEET: tuple[Mode, ...] = ("in_person",)
_MEET_CALL: tuple[Mode, ...] = ("in_person", "phone")
_MEET_VIDEO: tuple[Mode, ...] = ("in_person", "video")
_ALL: tuple[Mode, ...] = ("in_person", "phone", "video")


def _koivula(
    name: str,
    slug: str,
    title: Text,
    languages: str,
    services: tuple[str, ...],
    modes: tuple[Mode, ...],
    pattern: str,
    daily_limit: int | None = None,
) -> Professional:
    first, last = name.split(" ", 1)
    spoken = tuple(languages.split())
    return Professional("koivula", first, last, slug, title, spoken, services, modes, pattern, daily_limit)


PROFESSIONALS = (
    _koivula("Liisa Hakala", "liisa-hakala", _JOBS, "fi en", (_START, _TALK, _PHONE), _ALL, "centre", 7),
    _koivula("Sami Virtanen", "sami-virtanen", _COACH, "fi en", (_START, _TALK, _REHAB), _ALL, "centre", 8),
    _koivula("Johan Berg", "johan-berg", _JOBS, "fi sv en", (_START, _TALK, _PHONE), _ALL, "centre", 7),
    _koivula(
        "Pekka Laitinen", "pekka-laitinen", _JOBS, "fi", (_START, _TALK, _PHONE), _MEET_CALL, "centre_and_itaharju"
    ),
    _koivula(
        "Noora Heikkinen", "noora-heikkinen", _COACH, "fi en", (_START, _TALK), _MEET_VIDEO, "centre_and_video_days", 7
    ),
    _koivula("Anna-Maija Korhonen", "anna-maija-korhonen", _CAREER, "fi en", (_GUIDE,), _MEET_VIDEO, "centre", 5),
    _koivula(
        "Fredrik Nyström",
        "fredrik-nystrom",
        _CAREER,
        "fi sv en",
        (_GUIDE, _TALK),
        _MEET_VIDEO,
        "centre_and_video_days",
        5,
    ),
    _koivula("Ville Kinnunen", "ville-kinnunen", _CAREER, "fi en", (_GUIDE, _START, _TALK), _ALL, "itaharju", 6),
    _koivula("Päivi Mattila", "paivi-mattila", _BUSINESS, "fi en", (_FIRM, _SUBSIDY), _ALL, "centre"),
    _koivula(
        "Camilla Sundqvist",
        "camilla-sundqvist",
        _BUSINESS,
        "fi sv en",
        (_FIRM, _SUBSIDY),
        _ALL,
        "centre_and_archipelago",
    ),
    _koivula("Jukka Rautio", "jukka-rautio", _EMPLOYERS, "fi en", (_SUBSIDY, _FIRM), _ALL, "centre_and_itaharju"),
    _koivula(
        "Irina Volkova", "irina-volkova", _INTEGRATION, "fi ru en", (_INTEGRATE, _START, _TALK), _MEET_VIDEO, "centre"
    ),
    _koivula(
        "Hodan Farah", "hodan-farah", _INTEGRATION, "fi so en", (_INTEGRATE, _TALK, _DIGI), _MEET_CALL, "itaharju", 6
    ),
    _koivula(
        "Rana Al-Khatib",
        "rana-al-khatib",
        _INTEGRATION,
        "fi ar en",
        (_INTEGRATE, _START),
        _MEET_VIDEO,
        "centre_and_itaharju",
        5,
    ),
    _koivula(
        "Oksana Kovalenko", "oksana-kovalenko", _INTEGRATION, "fi uk ru", (_INTEGRATE, _TALK), _MEET, "itaharju", 5
    ),
    _koivula("Riitta Salonen", "riitta-salonen", _ABILITY, "fi", (_REHAB, _TALK), _MEET_CALL, "part_time", 4),
    _koivula("Jari Hyvönen", "jari-hyvonen", _ABILITY, "fi en", (_REHAB, _TALK), _MEET_CALL, "itaharju", 6),
    _koivula("Heidi Backman", "heidi-backman", _ABILITY, "fi sv en", (_REHAB, _START), _MEET, "centre_and_itaharju", 5),
    _koivula("Eeva Tuominen", "eeva-tuominen", _SERVICE, "fi", (_PHONE, _DIGI), _MEET_CALL, "centre"),
    _koivula("Tuula Niemi", "tuula-niemi", _SERVICE, "fi en", (_PHONE, _DIGI), _MEET_CALL, "itaharju"),
    _koivula("Mikael Holmberg", "mikael-holmberg", _DIGITAL, "fi sv", (_DIGI, _PHONE), _MEET_CALL, "archipelago"),
    _koivula("Kirsi Ojala", "kirsi-ojala", _JOBS, "fi en", (_START, _TALK, _PHONE), _ALL, "archipelago", 7),
    _koivula("Gunilla Öhman", "gunilla-ohman", _JOBS, "fi sv", (_START, _TALK), _ALL, "archipelago", 6),
    _koivula("Minh Nguyen", "minh-nguyen", _JOBS, "fi vi en", (_TALK, _PHONE), _MEET_CALL, "part_time", 6),
)

RANTALA_PROFESSIONALS = (
    Professional(
        "rantala",
        "Ann-Sofie",
        "Lindroos",
        "ann-sofie-lindroos",
        _JOBS,
        ("sv", "fi", "en"),
        (_RANTALA_TALK, _RANTALA_PHONE),
        _MEET_CALL,
        "harbour",
        8,
    ),
    Professional(
        "rantala", "Kaj", "Österholm", "kaj-osterholm", _COACH, ("sv", "fi"), (_RANTALA_TALK,), _ALL, "harbour"
    ),
    Professional(
        "rantala",
        "Outi",
        "Rantanen",
        "outi-rantanen",
        _SERVICE,
        ("fi", "sv"),
        (_RANTALA_PHONE, _RANTALA_TALK),
        _MEET_CALL,
        "harbour_part_time",
    ),
)


@dataclass(frozen=True, slots=True)
class SignIn:
    """A staff account; `professional`: slug of the person whose calendar it is. The operator signs in at Koivula."""

    municipality: str
    email: str
    role: Role
    name: str
    professional: str | None = None


SIGN_INS = (
    SignIn("koivula", "liisa.hakala@koivula.example", "caseworker", "Liisa Hakala", "liisa-hakala"),
    SignIn("koivula", "sami.virtanen@koivula.example", "caseworker", "Sami Virtanen", "sami-virtanen"),
    SignIn("koivula", "johan.berg@koivula.example", "caseworker", "Johan Berg", "johan-berg"),
    SignIn("koivula", "merja.kangas@koivula.example", "desk", "Merja Kangas"),
    SignIn("koivula", "paula.rinne@koivula.example", "lead", "Paula Rinne"),
    SignIn("koivula", "antti.vainio@koivula.example", "admin", "Antti Vainio"),
    SignIn("koivula", "tero.lindholm@vuoro.example", "operator", "Tero Lindholm"),
    SignIn("rantala", "ann-sofie.lindroos@rantala.example", "caseworker", "Ann-Sofie Lindroos", "ann-sofie-lindroos"),
    SignIn("rantala", "monica.sarin@rantala.example", "admin", "Monica Sarin"),
)


def plain(name: str) -> str:
    """A name as it stands in addresses: small letters without accents."""
    signs = unicodedata.normalize("NFKD", name.lower().replace("'", ""))
    return "".join(sign for sign in signs if not unicodedata.combining(sign))


class NameGroup(NamedTuple):
    """Names that go together, and how many in a hundred clients have one of them."""

    share: int
    first: tuple[str, ...]
    last: tuple[str, ...]


def _names(share: int, first: str, last: str) -> NameGroup:
    return NameGroup(share, tuple(first.split()), tuple(last.split()))


CLIENT_NAME_GROUPS: dict[str, NameGroup] = {
    "finnish": _names(
        65,
        "Aino Anneli Eero Elina Emilia Hannu Helena Jari Jenni Juha Kaisa Marja-Liisa Matti Mika Mikko Minna Niko "
        "Noora Olli-Pekka Outi Päivi Riikka Saara Tapio Timo Veera",
        "Aalto Ahonen Heikkilä Hirvonen Hämäläinen Järvinen Karjalainen Koskela Lahtinen Laine Lehtonen Leppänen "
        "Mäkelä Mäki Mäki-Petäjä Niemelä Niemi Nieminen Nurmi Pesonen Räsänen Ruotsalainen Saarinen Salmi Savolainen "
        "Seppälä Sirén-Aho Tikkanen Toivonen Turunen Väisänen Yli-Jussila",
    ),
    "finland_swedish": _names(
        10,
        "Åsa Anders Benita Carl-Johan Eva Göran Håkan Kristian Linnea Maj-Britt Robert Sofia",
        "Ahlfors Björkqvist Dahlström Ekholm Forsblom Granholm Häggblom Lindqvist Lindqvist-Mäkinen Nordlund "
        "Sandström Sjöblom Wikström Österman",
    ),
    "russian": _names(
        6, "Aleksei Galina Natalia Sergei Svetlana Tatjana", "Belyh Dolgih Golovko Guk Litvin Moroz Sedyh"
    ),
    "ukrainian": _names(
        4, "Andrii Iryna Mykola Olena Yuliia", "Bondarenko Dem'yanenko Kovalchuk Lysenko Melnyk Shevchuk Tkachenko"
    ),
    "estonian": _names(3, "Kadri Margus Piret Rein Tiiu", "Kask Kukk Mägi Saar Tamm Õunapuu"),
    "somali": _names(4, "Abdirahman Asha Faduma Ifrah Liban Yusuf", "Abdi Ali Hassan Jama Mohamud Nur Warsame"),
    "arabic": _names(
        4, "Ahmed Fatima Hussein Mariam Omar Zainab", "Al-Jabri Al-Sayed Haddad Hamdan Ibrahim Khalil Mansour Saleh"
    ),
    "vietnamese": _names(3, "Anh Hoa Linh Thu Tuan", "Bui Dang Le Pham Tran Vo"),
    "other": _names(1, "Grace Liam", "O'Connor N'Diaye"),
}

CLIENT_FIRST_NAMES = tuple(name for group in CLIENT_NAME_GROUPS.values() for name in group.first)
CLIENT_LAST_NAMES = tuple(name for group in CLIENT_NAME_GROUPS.values() for name in group.last)

ANSWERS: dict[str, tuple[Text, ...]] = {
    "topic": (
        t(
            "Sain työtarjouksen. Miten osa-aikatyö vaikuttaa työttömyysetuuteeni?",
            "Jag har fått ett jobberbjudande. Hur påverkar deltidsarbete min arbetslöshetsförmån?",
            "I have been offered a job. How does part-time work affect my unemployment benefit?",
        ),
        t(
            "Minut on lomautettu tammikuun loppuun. Mitä minun pitää tehdä?",
            "Jag är permitterad till slutet av januari. Vad behöver jag göra?",
            "I am temporarily laid off until the end of January. What do I need to do?",
        ),
        t(
            "Aloitan opinnot tammikuussa. Mitä minun pitää ilmoittaa teille?",
            "Jag börjar studera i januari. Vad ska jag meddela er?",
            "I am starting studies in January. What do I have to tell you?",
        ),
        t(
            "Haluaisin vaihtaa asiointikielekseni ruotsin.",
            "Jag skulle vilja uträtta mina ärenden på svenska.",
            "I would like to be served in Swedish.",
        ),
    ),
    "changes": (
        t(
            "Työsuhteeni päättyi lokakuussa, ja olen kiinnostunut lähihoitajan täydennyskoulutuksesta.",
            "Min anställning tog slut i oktober och jag är intresserad av fortbildning för närvårdare.",
            "My job ended in October, and I am interested in further training for practical nurses.",
        ),
        t(
            "Olen tehnyt keikkaa ravintolassa noin kymmenen tuntia viikossa.",
            "Jag har hoppat in på en restaurang ungefär tio timmar i veckan.",
            "I have been doing shifts at a restaurant, about ten hours a week.",
        ),
        t(
            "Ei mitään erityistä. Olen lähettänyt kahdeksan hakemusta ja käynyt yhdessä haastattelussa.",
            "Inget särskilt. Jag har skickat åtta ansökningar och varit på en intervju.",
            "Nothing special. I have sent eight applications and been to one interview.",
        ),
    ),
    "options_considered": (
        t(
            "Sähköasentajan oppisopimus tai hitsarin koulutus.",
            "Läroavtal som elmontör eller utbildning till svetsare.",
            "An apprenticeship as an electrician or training as a welder.",
        ),
        t(
            "Olen ollut kaupan alalla 15 vuotta. Hoitoala ja toimistotyö kiinnostavat.",
            "Jag har jobbat 15 år inom handeln. Vård och kontorsarbete intresserar mig.",
            "I have worked in retail for 15 years. Care work and office work interest me.",
        ),
    ),
    "business_idea": (
        t(
            "Kotisiivousta ja ikkunanpesua saaristossa.",
            "Hemstädning och fönsterputsning i skärgården.",
            "Home cleaning and window washing in the archipelago.",
        ),
        t("Verkkosivuja pienille yrityksille.", "Webbplatser för små företag.", "Websites for small businesses."),
    ),
    "spoken_languages": (
        t(
            "Arabia ja englanti, suomea vähän.",
            "Arabiska och engelska, lite finska.",
            "Arabic and English, and a little Finnish.",
        ),
        t(
            "Ukraina, venäjä ja vähän englantia.",
            "Ukrainska, ryska och lite engelska.",
            "Ukrainian, Russian and a little English.",
        ),
    ),
    "enjoys": (
        t(
            "Puutöistä ja pyörien korjaamisesta.",
            "Att snickra och reparera cyklar.",
            "Woodwork and repairing bicycles.",
        ),
        t(
            "Ruoanlaitosta. Haluaisin tehdä jotain yhdessä muiden kanssa.",
            "Att laga mat. Jag skulle vilja göra något tillsammans med andra.",
            "Cooking. I would like to do something together with others.",
        ),
    ),
    "employer": (
        t("Leipomo Esimerkki Oy", "Leipomo Esimerkki Oy", "Leipomo Esimerkki Oy"),
        t("Trädgård Exempel Ab", "Trädgård Exempel Ab", "Trädgård Exempel Ab"),
    ),
    "work_tasks": (
        t(
            "Leipurin apulainen aamuvuoroon, 30 tuntia viikossa.",
            "Bagarbiträde i morgonskift, 30 timmar i veckan.",
            "Baker's assistant for the morning shift, 30 hours a week.",
        ),
        t(
            "Puutarhatyöntekijä maaliskuusta syyskuuhun.",
            "Trädgårdsarbetare från mars till september.",
            "Gardener from March to September.",
        ),
    ),
}
"""Free-text answers by question key; an answer is the same one in the three languages."""
