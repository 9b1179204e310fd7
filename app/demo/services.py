"""Demo services. Facts as of 2026: the initial interview within ten working days, pay subsidy and start-up grant are
decided before work or business begins; the integration assessment replaced the initial one (alkukartoitus) in 2025."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from app.demo import content as ask
from app.demo.content import Mode, Question, Text, t

WhoMayBook = Literal["anyone", "own_clients", "invited", "staff"]

MEETING = t("Tapaaminen", "Möte", "Meeting")
HOUR, DAY = 60, 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What is booked. Lengths are minutes; `step_minutes` None: the duration; `offices`: where it is given in person.

    `public_label` stands for the name wherever the matter must not be told.
    """

    slug: str
    name: Text
    description: Text
    instructions: Text
    duration_minutes: int
    modes: tuple[Mode, ...]
    offices: tuple[str, ...]
    questions: tuple[Question, ...]
    public_label: Text
    buffer_before: int = 0
    buffer_after: int = 0
    step_minutes: int | None = None
    who_may_book: WhoMayBook = "anyone"
    minimum_notice_minutes: int = DAY
    horizon_days: int = 42
    change_cutoff_minutes: int = 2 * HOUR
    several_bookings: bool = False
    limit_per_professional_day: int | None = None
    phone_required: bool = False
    own_caseworker_first: bool = False
    verification_code: bool = False


INITIAL_INTERVIEW = Service(
    slug="alkuhaastattelu",
    name=t("Alkuhaastattelu", "Inledande intervju", "Initial interview"),
    description=t(
        "Valitse tämä, kun olet juuri ilmoittautunut työnhakijaksi. Käymme läpi tilanteesi ja teemme kanssasi "
        "työllistymissuunnitelman.",
        "Välj det här när du nyligen har anmält dig som arbetssökande. Vi går igenom din situation och gör upp en "
        "sysselsättningsplan tillsammans med dig.",
        "Choose this when you have just registered as a jobseeker. We go through your situation and draw up an "
        "employment plan with you.",
    ),
    instructions=t(
        "Ota mukaan henkilöllisyystodistus sekä työ- ja tutkintotodistuksesi. Videotapaamisessa riittää, että ne ovat "
        "lähelläsi. Tee etukäteen työnhakuprofiili Työmarkkinatorilla, jos voit. Autamme, jos et saa sitä valmiiksi. "
        "Jos et pääse paikalle, vaihda tai peru aika etukäteen.",
        "Ta med ett identitetsbevis, dina arbetsintyg och dina examensbetyg. Vid ett videomöte räcker det att du har "
        "dem till hands. Gör gärna en jobbsökarprofil på Jobbmarknaden i förväg. Vi hjälper dig om du inte får den "
        "färdig. Om du inte kan komma ska du byta eller avboka tiden på förhand.",
        "Bring proof of identity and your employment and study certificates. For a video meeting, just keep them at "
        "hand. If you can, make a job applicant profile on Job Market Finland beforehand. We will help if you do not "
        "get it finished. If you cannot come, change or cancel your time beforehand.",
    ),
    duration_minutes=60,
    buffer_after=15,
    step_minutes=15,
    modes=("in_person", "video"),
    offices=("keskusta", "itaharju", "saaristo"),
    questions=(ask.PROFILE, ask.HELP_WITH, ask.ACCESS),
    public_label=MEETING,
    verification_code=True,
    horizon_days=21,
    limit_per_professional_day=4,
)

JOB_SEARCH_DISCUSSION = Service(
    slug="tyonhakukeskustelu",
    name=t("Työnhakukeskustelu", "Samtal om jobbsökning", "Job search discussion"),
    description=t(
        "Valitse tämä, kun sinulla on jo työllistymissuunnitelma. Katsomme, miten työnhakusi etenee, ja sovimme, mitä "
        "teemme seuraavaksi.",
        "Välj det här när du redan har en sysselsättningsplan. Vi ser på hur det går med din jobbsökning och kommer "
        "överens om nästa steg.",
        "Choose this when you already have an employment plan. We look at how your job search is going and agree on "
        "the next steps.",
    ),
    instructions=t(
        "Katso suunnitelmasi Työmarkkinatorilla ennen keskustelua ja merkitse, mitä olet jo tehnyt. Mieti, missä "
        "tarvitset apua. Jos valitset puhelun tai videon, etsi rauhallinen paikka. Jos sinulle tulee este, vaihda tai "
        "peru aika etukäteen.",
        "Titta på din plan på Jobbmarknaden före samtalet och markera vad du redan har gjort. Fundera på vad du "
        "behöver hjälp med. Om du väljer telefon eller video, sätt dig på en lugn plats. Om du får förhinder ska du "
        "byta eller avboka tiden på förhand.",
        "Look at your plan on Job Market Finland before the discussion and mark what you have already done. Think "
        "about what you need help with. If you choose phone or video, find a quiet place. If something comes up, "
        "change or cancel your time beforehand.",
    ),
    duration_minutes=45,
    buffer_after=15,
    step_minutes=15,
    modes=("in_person", "phone", "video"),
    offices=("keskusta", "itaharju", "saaristo"),
    questions=(ask.CHANGES, ask.HELP_WITH, ask.ACCESS),
    public_label=MEETING,
    minimum_notice_minutes=4 * HOUR,
    own_caseworker_first=True,
)

PHONE_ADVICE = Service(
    slug="puhelinneuvonta",
    name=t("Puhelinneuvonta", "Telefonrådgivning", "Advice by phone"),
    description=t(
        "Valitse tämä, kun sinulla on lyhyt kysymys työnhausta tai palveluistamme. Soitamme sinulle varaamanasi "
        "aikana.",
        "Välj det här när du har en kort fråga om jobbsökning eller våra tjänster. Vi ringer dig på den tid du bokar.",
        "Choose this when you have a short question about looking for work or about our services. We call you at the "
        "time you book.",
    ),
    instructions=t(
        "Pidä puhelin lähelläsi ja äänet päällä. Vastaa, vaikka et tuntisi numeroa. Emme koskaan kysy "
        "pankkitunnuksiasi puhelimessa.",
        "Ha telefonen nära dig med ljudet på. Svara också om du inte känner igen numret. Vi frågar aldrig efter dina "
        "nätbankskoder per telefon.",
        "Keep your phone close by with the sound on. Please answer even if you do not recognise the number. We never "
        "ask for your online banking codes on the phone.",
    ),
    duration_minutes=20,
    buffer_after=10,
    step_minutes=30,
    modes=("phone",),
    offices=(),
    questions=(ask.TOPIC,),
    public_label=t("Puhelinaika", "Telefontid", "Phone appointment"),
    minimum_notice_minutes=HOUR,
    horizon_days=14,
    change_cutoff_minutes=30,
    phone_required=True,
)

CAREER_GUIDANCE = Service(
    slug="uraohjaus",
    name=t("Uraohjaus", "Karriärvägledning", "Career guidance"),
    description=t(
        "Valitse tämä, kun mietit ammattia, opiskelua tai alan vaihtoa. Selvitämme yhdessä, missä olet hyvä ja mikä "
        "sinulle sopisi.",
        "Välj det här när du funderar på yrke, studier eller att byta bransch. Tillsammans reder vi ut vad du är bra "
        "på och vad som skulle passa dig.",
        "Choose this when you are thinking about an occupation, studies or a change of field. Together we find out "
        "what you are good at and what would suit you.",
    ),
    instructions=t(
        "Mieti etukäteen, mistä töistä tai oppiaineista olet pitänyt. Ota esille ansioluettelo ja todistukset, jos "
        "sinulla on niitä. Valmista suunnitelmaa et tarvitse.",
        "Fundera i förväg på vilka arbeten eller skolämnen du har tyckt om. Ta fram cv och betyg om du har sådana. Du "
        "behöver inte ha någon färdig plan.",
        "Think beforehand about which jobs or school subjects you have enjoyed. Have your CV and certificates at "
        "hand if you have them. You do not need a ready-made plan.",
    ),
    duration_minutes=60,
    buffer_after=15,
    step_minutes=30,
    modes=("in_person", "video"),
    offices=("keskusta", "itaharju"),
    questions=(ask.SITUATION, ask.OPTIONS_CONSIDERED, ask.ACCESS),
    public_label=MEETING,
    horizon_days=60,
    limit_per_professional_day=4,
)

START_UP_ADVICE = Service(
    slug="yrittajyysneuvonta",
    name=t("Yrittäjyysneuvonta", "Rådgivning för blivande företagare", "Advice on starting a business"),
    description=t(
        "Valitse tämä, kun suunnittelet omaa yritystä tai kevytyrittäjyyttä. Käymme läpi ideasi, starttirahan ja sen, "
        "miten yrittäminen vaikuttaa työttömyysetuuteen.",
        "Välj det här när du planerar ett eget företag eller tänker bli lättföretagare. Vi går igenom din idé, "
        "startpengen och hur företagandet påverkar din arbetslöshetsförmån.",
        "Choose this when you are planning your own business or light entrepreneurship. We go through your idea, the "
        "start-up grant and how running a business affects your unemployment benefit.",
    ),
    instructions=t(
        "Kirjoita etukäteen muutama lause siitä, mitä myyt ja kenelle. Ota esille suunnitelma ja laskelmat, jos olet "
        "jo tehnyt niitä. Jos haet starttirahaa, aloita päätoiminen yritystoiminta vasta, kun olet saanut päätöksen.",
        "Skriv i förväg några meningar om vad du säljer och till vem. Ta fram din plan och dina kalkyler om du redan "
        "har gjort sådana. Om du ansöker om startpeng ska du börja driva företag på heltid först när du har fått "
        "beslutet.",
        "Write a few sentences beforehand about what you sell and to whom. Have your plan and calculations at hand "
        "if you have already made them. If you apply for a start-up grant, do not start running the business "
        "full-time until you have the decision.",
    ),
    duration_minutes=60,
    step_minutes=30,
    modes=("in_person", "video"),
    offices=("keskusta", "saaristo"),
    questions=(ask.BUSINESS_IDEA, ask.BUSINESS_STAGE, ask.BUSINESS_START),
    public_label=MEETING,
    horizon_days=60,
)

DIGITAL_SUPPORT = Service(
    slug="digituki",
    name=t("Digituki", "Digistöd", "Digital support"),
    description=t(
        "Valitse tämä, kun tarvitset apua verkkopalvelujen käytössä, esimerkiksi Työmarkkinatorilla. Neuvomme "
        "rauhassa, askel kerrallaan.",
        "Välj det här när du behöver hjälp med webbtjänster, till exempel Jobbmarknaden. Vi visar i lugn och ro, ett "
        "steg i taget.",
        "Choose this when you need help with online services, for example Job Market Finland. We show you calmly, "
        "one step at a time.",
    ),
    instructions=t(
        "Ota mukaan puhelin, tabletti tai kannettava tietokone ja laturi. Voit käyttää myös meidän tietokonettamme. "
        "Tarvitset usein pankkitunnukset tai mobiilivarmenteen. Jos varasit puheluajan, ole laitteesi ääressä, kun "
        "soitamme. Älä kerro tunnuslukujasi kenellekään, älä edes meille.",
        "Ta med telefon, pekplatta eller bärbar dator och laddare. Du kan också använda vår dator. Ofta behöver du "
        "nätbankskoder eller mobilcertifikat. Om du har bokat en telefontid, sitt vid din apparat när vi ringer. "
        "Lämna aldrig ut dina koder, inte ens till oss.",
        "Bring your phone, tablet or laptop and its charger. You can also use our computer. You will often need your "
        "online banking codes or a mobile certificate. If you booked a phone call, be at your device when we call. "
        "Do not tell your codes to anyone, not even to us.",
    ),
    duration_minutes=30,
    modes=("in_person", "phone"),
    offices=("keskusta", "itaharju", "saaristo"),
    questions=(ask.DIGITAL_TOPIC, ask.OWN_DEVICE, ask.ACCESS),
    public_label=MEETING,
    minimum_notice_minutes=2 * HOUR,
    horizon_days=28,
    several_bookings=True,
)

INTEGRATION_ASSESSMENT = Service(
    slug="kotoutumisen-arviointi",
    name=t(
        "Kotoutumisen palvelutarpeen arviointi",
        "Bedömning av behovet av integrationstjänster",
        "Assessment of integration needs",
    ),
    description=t(
        "Kutsumme sinut tähän tapaamiseen, kun olet muuttanut Suomeen ja etsit työtä. Selvitämme, mitä osaat ja mitä "
        "kieliä puhut, ja sovimme opinnoista ja muista palveluista.",
        "Vi bjuder in dig till det här mötet när du har flyttat till Finland och söker arbete. Vi reder ut vad du kan "
        "och vilka språk du talar, och kommer överens om studier och andra tjänster.",
        "We invite you to this meeting when you have moved to Finland and are looking for work. We find out what you "
        "can do and which languages you speak, and agree on studies and other services.",
    ),
    instructions=t(
        "Ota mukaan passi tai oleskelulupakortti sekä kaikki todistukset opinnoista ja työstä, myös muilla kielillä. "
        "Tulkki on sinulle maksuton. Jos et pääse paikalle, peru aika viimeistään kaksi päivää ennen tapaamista. "
        "Silloin ehdimme perua myös tulkin.",
        "Ta med pass eller uppehållstillståndskort och alla intyg och betyg från arbete och studier, också på andra "
        "språk. Tolken är avgiftsfri för dig. Om du inte kan komma, avboka tiden senast två dagar före mötet. Då "
        "hinner vi också avboka tolken.",
        "Bring your passport or residence permit card and all your study and work certificates, in any language. The "
        "interpreter is free of charge for you. If you cannot come, cancel at least two days before the meeting. "
        "Then we have time to cancel the interpreter too.",
    ),
    duration_minutes=90,
    buffer_after=15,
    step_minutes=15,
    modes=("in_person",),
    offices=("keskusta", "itaharju"),
    questions=(ask.INTERPRETER, ask.SPOKEN_LANGUAGES, ask.ARRIVED_ON, ask.ACCESS),
    public_label=MEETING,
    who_may_book="invited",
    minimum_notice_minutes=3 * DAY,
    change_cutoff_minutes=2 * DAY,
    limit_per_professional_day=2,
)

REHABILITATIVE_WORK = Service(
    slug="kuntouttava-tyotoiminta",
    name=t(
        "Kuntouttavan työtoiminnan suunnittelu",
        "Planering av arbetsverksamhet i rehabiliteringssyfte",
        "Planning rehabilitative work",
    ),
    description=t(
        "Valitse tämä, kun olet ollut pitkään ilman työtä ja kaipaat tukea arkeen ja työhön palaamiseen. Mukana on "
        "myös hyvinvointialueen työntekijä.",
        "Välj det här när du länge har varit utan arbete och vill ha stöd i vardagen och på vägen tillbaka till "
        "arbetslivet. En anställd från välfärdsområdet är också med.",
        "Choose this when you have been out of work for a long time and would like support with everyday life and "
        "with returning to work. A worker from the wellbeing services county also takes part.",
    ),
    instructions=t(
        "Suunnittelemme yhdessä, millainen toiminta sinulle sopii ja kuinka usein. Ota mukaan lausunnot työkyvystäsi, "
        "jos sinulla on niitä. Voit tulla myös tukihenkilön kanssa.",
        "Vi planerar tillsammans hurdan verksamhet som passar dig och hur ofta. Ta med utlåtanden om din "
        "arbetsförmåga om du har sådana. Du får också ta med en stödperson.",
        "Together we plan what kind of activity suits you and how often. Bring statements about your work ability if "
        "you have any. You can also bring a support person.",
    ),
    duration_minutes=60,
    buffer_after=15,
    step_minutes=15,
    modes=("in_person",),
    offices=("keskusta", "itaharju"),
    questions=(ask.ENJOYS, ask.DAYS_A_WEEK, ask.ACCESS),
    public_label=MEETING,
    who_may_book="own_clients",
    minimum_notice_minutes=2 * DAY,
    change_cutoff_minutes=DAY,
    limit_per_professional_day=3,
    own_caseworker_first=True,
)

PAY_SUBSIDY_ADVICE = Service(
    slug="palkkatukineuvonta",
    name=t(
        "Palkkatukineuvonta työnantajalle",
        "Rådgivning om lönesubvention för arbetsgivare",
        "Pay subsidy advice for employers",
    ),
    description=t(
        "Valitse tämä, kun olet työnantaja ja harkitset työttömän työnhakijan palkkaamista. Kerromme, milloin "
        "palkkatukea voi saada ja miten sitä haetaan.",
        "Välj det här när du är arbetsgivare och överväger att anställa en arbetslös arbetssökande. Vi berättar när "
        "man kan få lönesubvention och hur man ansöker om den.",
        "Choose this when you are an employer and are considering hiring an unemployed jobseeker. We explain when "
        "you can get a pay subsidy and how to apply for it.",
    ),
    instructions=t(
        "Mieti etukäteen työtehtävät, työaika ja palkka. Hae palkkatukea hyvissä ajoin: työsuhde voi alkaa vasta, kun "
        "tuesta on tehty päätös.",
        "Fundera i förväg på arbetsuppgifterna, arbetstiden och lönen. Ansök om lönesubvention i god tid: "
        "anställningen kan börja först när beslutet om subventionen har fattats.",
        "Think beforehand about the tasks, the working hours and the pay. Apply for the subsidy in good time: the "
        "employment can begin only after the decision on the subsidy has been made.",
    ),
    duration_minutes=30,
    modes=("in_person", "phone", "video"),
    offices=("keskusta",),
    several_bookings=True,
    questions=(ask.EMPLOYER, ask.WORK_TASKS, ask.CANDIDATE, ask.WORK_START),
    public_label=MEETING,
    minimum_notice_minutes=4 * HOUR,
)

SERVICES = (
    INITIAL_INTERVIEW,
    JOB_SEARCH_DISCUSSION,
    PHONE_ADVICE,
    CAREER_GUIDANCE,
    START_UP_ADVICE,
    DIGITAL_SUPPORT,
    INTEGRATION_ASSESSMENT,
    REHABILITATIVE_WORK,
    PAY_SUBSIDY_ADVICE,
)
"""Koivula's, in the order in which they are shown."""

RANTALA_SERVICES = (
    replace(JOB_SEARCH_DISCUSSION, slug="samtal-om-jobbsokning", duration_minutes=30, offices=("hamnkontoret",)),
    replace(PHONE_ADVICE, slug="telefonradgivning", duration_minutes=15, buffer_after=0, step_minutes=15),
)
