"""Demo content: two fictitious municipalities, their offices, and the questions asked when a time is booked.

Pure data. Services are in `services.py`, people in `people.py`. Nothing here exists: places and domains are invented,
and no Finnish subscriber number begins with 0 after the area code, so 09 000 … can never ring.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import Literal

Text = dict[str, str]
"""One wording in every language: keys `fi`, `sv` and `en`."""

Mode = Literal["in_person", "phone", "video"]
QuestionKind = Literal["text", "long_text", "choice", "several", "yes_no", "date"]


def t(fi: str, sv: str, en: str) -> Text:
    """One text in Finnish, Swedish and English."""
    return {"fi": fi, "sv": sv, "en": en}


@dataclass(frozen=True, slots=True)
class Municipality:
    """A tenant. `languages` in the order in which they are offered; the first is the default."""

    slug: str
    name: Text
    phone: str
    email: str
    languages: tuple[str, ...]
    brand: str
    accent: str


@dataclass(frozen=True, slots=True)
class Office:
    """A place. `hours`: when it is open, by weekday (0 = Monday)."""

    municipality: str
    slug: str
    name: Text
    street: str
    postal_code: str
    city: str
    phone: str
    arrival: Text
    hours: dict[int, tuple[time, time]]


@dataclass(frozen=True, slots=True)
class Question:
    """Asked when a time is booked. `options`: (value, label) pairs; `modes` None: whatever the way of meeting."""

    key: str
    kind: QuestionKind
    label: Text
    help: Text | None = None
    options: tuple[tuple[str, Text], ...] = ()
    required: bool = False
    modes: tuple[Mode, ...] | None = None


MUNICIPALITIES = (
    Municipality(
        "koivula",
        t("Koivulan työllisyyspalvelut", "Björkby sysselsättningstjänster", "Koivula Employment Services"),
        "+358 9 000 1200",
        "tyollisyyspalvelut@koivula.example",
        ("fi", "sv", "en"),
        "#12504a",
        "#f4b942",
    ),
    Municipality(
        "rantala",
        t("Rantalan työllisyyspalvelut", "Strandviks sysselsättningstjänster", "Rantala Employment Services"),
        "+358 9 000 5400",
        "sysselsattning@rantala.example",
        ("sv", "fi", "en"),
        "#1f4e86",
        "#f2a65a",
    ),
)


def _hours(start: time, end: time, friday_end: time) -> dict[int, tuple[time, time]]:
    return {**{day: (start, end) for day in range(4)}, 4: (start, friday_end)}


OFFICES = (
    Office(
        "koivula",
        "keskusta",
        t("Koivulan keskusta", "Björkby centrum", "Koivula Centre"),
        "Torikatu 8",
        "06990",
        "Koivula",
        "+358 9 000 1210",
        t(
            "Sisäänkäynti on Torikadulta, kirjaston vierestä. Ovi avautuu painikkeella. Aula on katutasossa, joten "
            "pääset sisään myös pyörätuolilla. Ilmoittaudu aulan laitteella ja odota, että numerosi kutsutaan. Bussit "
            "1, 4 ja 6 pysähtyvät Kauppatorilla, josta on kahden minuutin kävely.",
            "Ingången är från Torggatan, bredvid biblioteket. Dörren öppnas med en knapp och aulan ligger i gatuplan, "
            "så du kommer in också med rullstol. Anmäl dig vid automaten i aulan och vänta tills ditt nummer ropas upp. "
            "Buss 1, 4 och 6 stannar vid Salutorget, två minuters promenad bort.",
            "The entrance is on Torikatu, next to the library. The door opens with a button and the lobby is at street "
            "level, so there are no steps. Check in on the screen in the lobby and wait for your number to be called. "
            "Buses 1, 4 and 6 stop at Kauppatori, a two-minute walk away.",
        ),
        _hours(time(8), time(16), time(15)),
    ),
    Office(
        "koivula",
        "itaharju",
        t("Itäharju", "Österås", "Itäharju"),
        "Harjukatu 15",
        "06992",
        "Koivula",
        "+358 9 000 1220",
        t(
            "Olemme Itäharjun monitoimitalon toisessa kerroksessa. Hissi on pääovesta oikealla, ja esteetön "
            "sisäänkäynti on parkkipaikan puolella. Ilmoittaudu toisen kerroksen aulassa. Bussi 3 pysähtyy talon edessä.",
            "Vi finns på andra våningen i allaktivitetshuset i Österås. Hissen är till höger om huvudingången och den "
            "hinderfria ingången finns vid parkeringen. Anmäl dig i aulan på andra våningen. Buss 3 stannar framför "
            "huset.",
            "We are one floor up in the Itäharju community centre. The lift is to the right of the main door, and the "
            "step-free entrance is on the car park side. Check in at the upstairs lobby. Bus 3 stops in front of the "
            "building.",
        ),
        _hours(time(8, 30), time(15, 30), time(15, 30)),
    ),
    Office(
        "koivula",
        "saaristo",
        t("Saariston palvelupiste", "Skärgårdens servicepunkt", "Archipelago Service Point"),
        "Satamatie 3",
        "06996",
        "Koivula",
        "+358 9 000 1230",
        t(
            "Olemme samassa talossa Kirkkosalmen kirjaston kanssa. Sisäänkäynti on sataman puolelta, ja ovelle pääsee "
            "loivaa luiskaa pitkin. Ilmoittaudu aulan laitteella. Jos se ei toimi, kirjaston henkilökunta auttaa. Bussi "
            "12 ja yhteysalus pysähtyvät satamassa, josta on matkaa 200 metriä.",
            "Vi finns i samma hus som biblioteket i Kyrksund. Ingången är från hamnsidan och en flack ramp leder till "
            "dörren. Anmäl dig vid automaten i aulan. Om den inte fungerar hjälper bibliotekets personal dig. Buss 12 "
            "och förbindelsefartyget stannar i hamnen, 200 meter bort.",
            "We are in the same building as the Kirkkosalmi library. The entrance is on the harbour side, and a gentle "
            "ramp leads to the door. Check in on the screen in the lobby. If it is not working, the library staff will "
            "help you. Bus 12 and the ferry stop at the harbour, 200 metres away.",
        ),
        _hours(time(9), time(15), time(15)),
    ),
    Office(
        "rantala",
        "hamnkontoret",
        t("Sataman toimipiste", "Hamnkontoret", "Harbour Office"),
        "Hamngatan 2",
        "10990",
        "Strandvik",
        "+358 9 000 5410",
        t(
            "Olemme keltaisessa puutalossa torin ja sataman välissä. Luiska ja ovikello ovat talon päädyssä. "
            "Ilmoittaudu aulassa. Linja-autoasemalta on viiden minuutin kävely.",
            "Vi finns i det gula trähuset mellan torget och hamnen. Rampen och dörrklockan finns vid husets gavel. "
            "Anmäl dig i aulan. Från busstationen är det fem minuters promenad.",
            "We are in the yellow wooden house between the square and the harbour. The ramp and the doorbell are at "
            "the end of the house. Check in at the lobby. The bus station is a five-minute walk away.",
        ),
        _hours(time(9), time(15, 30), time(13)),
    ),
)

# Questions. Their free-text answers are in `people.ANSWERS`, by key.
_ESTIMATE = t("Arvio riittää.", "En uppskattning räcker.", "An estimate is enough.")

TOPIC = Question(
    "topic",
    "long_text",
    t("Mistä haluat puhua?", "Vad vill du prata om?", "What would you like to talk about?"),
    t(
        "Muutama sana riittää. Älä kirjoita tähän henkilötunnustasi tai tietoja terveydestäsi.",
        "Några ord räcker. Skriv inte din personbeteckning eller uppgifter om din hälsa här.",
        "A few words are enough. Please leave out your personal identity code and details about your health.",
    ),
    required=True,
)
PROFILE = Question(
    "profile",
    "yes_no",
    t(
        "Onko sinulla työnhakuprofiili Työmarkkinatorilla?",
        "Har du en jobbsökarprofil på Jobbmarknaden?",
        "Do you have a job applicant profile on Job Market Finland?",
    ),
)
HELP_WITH = Question(
    "help_with",
    "several",
    t("Missä tarvitset apua?", "Vad behöver du hjälp med?", "What do you need help with?"),
    options=(
        ("jobs", t("Sopivien työpaikkojen löytäminen", "Att hitta jobb som passar mig", "Finding jobs that suit me")),
        ("cv", t("Ansioluettelo tai hakemukset", "Cv eller ansökningar", "CV or applications")),
        ("studies", t("Koulutus tai opiskelu", "Utbildning eller studier", "Training or studies")),
        ("language", t("Kielitaito", "Språkkunskaper", "Language skills")),
        ("trial", t("Työkokeilu tai palkkatuki", "Arbetsprövning eller lönesubvention", "Work try-out or pay subsidy")),
        ("other", t("Jokin muu", "Något annat", "Something else")),
    ),
)
CHANGES = Question(
    "changes",
    "long_text",
    t(
        "Onko jokin muuttunut edellisen keskustelun jälkeen?",
        "Har något förändrats sedan det förra samtalet?",
        "Has anything changed since the previous discussion?",
    ),
    t(
        "Esimerkiksi uusi työ, opinnot tai lomautus.",
        "Till exempel ett nytt jobb, studier eller permittering.",
        "For example a new job, studies or a temporary lay-off.",
    ),
)
ACCESS = Question(
    "access",
    "several",
    t(
        "Tarvitsetko tapaamisessa jotain näistä?",
        "Behöver du något av det här vid mötet?",
        "Do you need any of these at the meeting?",
    ),
    options=(
        ("step_free", t("Esteetön huone", "Hinderfritt rum", "Wheelchair-accessible room")),
        ("loop", t("Induktiosilmukka", "Induktionsslinga", "Induction loop")),
        ("quiet", t("Rauhallinen huone", "Lugnt rum", "Quiet room")),
        ("support", t("Tulen tukihenkilön kanssa", "Jag kommer med en stödperson", "I will bring a support person")),
    ),
    modes=("in_person",),
)
INTERPRETER = Question(
    "interpreter",
    "choice",
    t("Tarvitsetko tulkin?", "Behöver du tolk?", "Do you need an interpreter?"),
    t("Tulkkaus on sinulle maksuton.", "Tolkningen är avgiftsfri för dig.", "Interpreting is free of charge for you."),
    options=(
        ("no", t("En tarvitse", "Nej", "No")),
        ("ar", t("Arabia", "Arabiska", "Arabic")),
        ("so", t("Somali", "Somaliska", "Somali")),
        ("uk", t("Ukraina", "Ukrainska", "Ukrainian")),
        ("ru", t("Venäjä", "Ryska", "Russian")),
        ("other", t("Muu kieli", "Ett annat språk", "Another language")),
    ),
    required=True,
)
SITUATION = Question(
    "situation",
    "choice",
    t(
        "Mikä kuvaa tilannettasi parhaiten?",
        "Vad beskriver din situation bäst?",
        "Which describes your situation best?",
    ),
    options=(
        (
            "first",
            t("Mietin ensimmäistä ammattia", "Jag funderar på mitt första yrke", "I am choosing my first occupation"),
        ),
        ("change", t("Haluan vaihtaa alaa", "Jag vill byta bransch", "I want to change fields")),
        ("study", t("Haluan opiskella lisää", "Jag vill studera vidare", "I want to study further")),
        (
            "return",
            t(
                "Palaan työelämään tauon jälkeen",
                "Jag återvänder till arbetslivet efter en paus",
                "I am returning to work after a break",
            ),
        ),
        ("unsure", t("En osaa vielä sanoa", "Jag vet inte ännu", "I am not sure yet")),
    ),
    required=True,
)
OPTIONS_CONSIDERED = Question(
    "options_considered",
    "long_text",
    t(
        "Mitä vaihtoehtoja olet jo miettinyt?",
        "Vilka alternativ har du redan funderat på?",
        "Which options have you already thought about?",
    ),
)
BUSINESS_IDEA = Question(
    "business_idea",
    "text",
    t("Mitä yrityksesi tekee?", "Vad ska ditt företag göra?", "What will your business do?"),
    t("Yksi lause riittää.", "En mening räcker.", "One sentence is enough."),
    required=True,
)
BUSINESS_STAGE = Question(
    "business_stage",
    "choice",
    t("Missä vaiheessa ideasi on?", "Hur långt har du kommit med din idé?", "How far have you got with your idea?"),
    options=(
        ("idea", t("Minulla on idea", "Jag har en idé", "I have an idea")),
        ("plan", t("Teen suunnitelmaa", "Jag håller på med planen", "I am working on a plan")),
        ("ready", t("Olen valmis aloittamaan", "Jag är redo att börja", "I am ready to start")),
        ("running", t("Yritys on jo toiminnassa", "Företaget är redan i gång", "The business is already running")),
    ),
)
BUSINESS_START = Question(
    "business_start",
    "date",
    t("Milloin haluaisit aloittaa?", "När skulle du vilja börja?", "When would you like to start?"),
    _ESTIMATE,
)
DIGITAL_TOPIC = Question(
    "digital_topic",
    "several",
    t("Missä tarvitset apua?", "Vad behöver du hjälp med?", "What do you need help with?"),
    options=(
        ("job_market", t("Työmarkkinatori", "Jobbmarknaden", "Job Market Finland")),
        ("suomi_fi", t("Suomi.fi-viestit", "Suomi.fi-meddelanden", "Suomi.fi Messages")),
        ("kela", t("OmaKela", "MittFPA", "OmaKela")),
        ("sign_in", t("Tunnistautuminen verkossa", "Identifiering på nätet", "Signing in to online services")),
        ("cv", t("Ansioluettelon tekeminen", "Att göra ett cv", "Making a CV")),
        (
            "device",
            t("Puhelimen tai tietokoneen käyttö", "Att använda telefon eller dator", "Using a phone or computer"),
        ),
    ),
    required=True,
)
OWN_DEVICE = Question(
    "own_device",
    "yes_no",
    t(
        "Tuotko oman puhelimen tai tietokoneen?",
        "Tar du med egen telefon eller dator?",
        "Will you bring your own phone or computer?",
    ),
    modes=("in_person",),
)
ARRIVED_ON = Question(
    "arrived_on",
    "date",
    t("Milloin muutit Suomeen?", "När flyttade du till Finland?", "When did you move to Finland?"),
    _ESTIMATE,
)
SPOKEN_LANGUAGES = Question(
    "spoken_languages",
    "text",
    t("Mitä kieliä puhut?", "Vilka språk talar du?", "Which languages do you speak?"),
)
ENJOYS = Question(
    "enjoys",
    "long_text",
    t("Millaisesta tekemisestä pidät?", "Vad tycker du om att göra?", "What do you enjoy doing?"),
)
DAYS_A_WEEK = Question(
    "days_a_week",
    "choice",
    t(
        "Montako päivää viikossa sinulle sopisi?",
        "Hur många dagar i veckan skulle passa dig?",
        "How many days a week would suit you?",
    ),
    options=(
        ("1-2", t("1–2 päivää", "1–2 dagar", "1–2 days")),
        ("3-4", t("3–4 päivää", "3–4 dagar", "3–4 days")),
        ("unsure", t("En osaa vielä sanoa", "Jag vet inte ännu", "I am not sure yet")),
    ),
)
EMPLOYER = Question(
    "employer",
    "text",
    t("Työnantajan nimi", "Arbetsgivarens namn", "Name of the employer"),
    required=True,
)
WORK_TASKS = Question(
    "work_tasks",
    "long_text",
    t("Millaiseen työhön etsit tekijää?", "Vilket slags arbete gäller det?", "What kind of work is it?"),
)
CANDIDATE = Question(
    "candidate",
    "yes_no",
    t(
        "Onko sinulla jo työntekijä tiedossa?",
        "Vet du redan vem du vill anställa?",
        "Do you already know whom you want to hire?",
    ),
)
WORK_START = Question(
    "work_start",
    "date",
    t("Milloin työ alkaisi?", "När skulle arbetet börja?", "When would the work start?"),
    _ESTIMATE,
)
