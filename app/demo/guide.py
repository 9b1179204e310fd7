"""Demo content: the guiding questions of the two municipalities. Answers lead to services by slug, or to questions."""

from __future__ import annotations

from dataclasses import dataclass

from app.demo.content import Text, t


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; without a service and a question it ends at "call us"."""

    label: Text
    help: Text | None = None
    service: str = ""
    question: int | None = None


@dataclass(frozen=True, slots=True)
class GuideQuestion:
    """A question of the guide; the first of a town's is asked first."""

    number: int
    question: Text
    answers: tuple[Answer, ...]
    help: Text | None = None


_WHAT = t("Mitä asiasi koskee?", "Vad gäller ditt ärende?", "What do you need help with?")
_OTHER = Answer(t("Jokin muu asia", "Något annat", "Something else"))
_WE_CALL = t(
    "Soitamme sinulle varaamanasi aikana.", "Vi ringer dig på den tid du bokar.", "We call you at the time you book."
)


def _short_question(service: str) -> Answer:
    label = t("Minulla on lyhyt kysymys", "Jag har en kort fråga", "I have a short question")
    return Answer(label, _WE_CALL, service)


KOIVULA_GUIDE = (
    GuideQuestion(
        1,
        _WHAT,
        (
            Answer(
                t("Etsin työtä", "Jag söker jobb", "I am looking for work"),
                t(
                    "Olet työnhakija tai tulossa työnhakijaksi.",
                    "Du är arbetssökande eller ska bli det.",
                    "You are a jobseeker, or about to become one.",
                ),
                question=2,
            ),
            _short_question("puhelinneuvonta"),
            Answer(
                t(
                    "Mietin ammattia tai opiskelua",
                    "Jag funderar på yrke eller studier",
                    "I am thinking about my career",
                ),
                t(
                    "Myös silloin, kun haluat vaihtaa alaa.",
                    "Också när du vill byta bransch.",
                    "Also when you would like to study or to change fields.",
                ),
                "uraohjaus",
            ),
            Answer(
                t("Suunnittelen omaa yritystä", "Jag planerar ett eget företag", "I am planning my own business"),
                service="yrittajyysneuvonta",
            ),
            Answer(
                t(
                    "Tarvitsen apua verkkoasioinnissa",
                    "Jag behöver hjälp med e-tjänster",
                    "I need help with online services",
                ),
                service="digituki",
            ),
            Answer(
                t("Olen työnantaja", "Jag är arbetsgivare", "I am an employer"),
                t(
                    "Harkitset työttömän työnhakijan palkkaamista.",
                    "Du överväger att anställa en arbetslös arbetssökande.",
                    "You are considering hiring an unemployed jobseeker.",
                ),
                "palkkatukineuvonta",
            ),
            _OTHER,
        ),
    ),
    GuideQuestion(
        2,
        t("Missä vaiheessa työnhakusi on?", "Hur långt har din jobbsökning kommit?", "How far is your job search?"),
        (
            Answer(
                t(
                    "Ilmoittauduin juuri työnhakijaksi",
                    "Jag har nyligen anmält mig som arbetssökande",
                    "I have just registered as a jobseeker",
                ),
                t(
                    "Ensimmäinen tapaaminen on alkuhaastattelu.",
                    "Det första mötet är en inledande intervju.",
                    "The first meeting is the initial interview.",
                ),
                "alkuhaastattelu",
            ),
            Answer(
                t(
                    "Minulla on jo työllistymissuunnitelma",
                    "Jag har redan en sysselsättningsplan",
                    "I already have an employment plan",
                ),
                t(
                    "Katsomme, miten työnhakusi etenee.",
                    "Vi ser på hur det går med din jobbsökning.",
                    "We look at how your job search is going.",
                ),
                "tyonhakukeskustelu",
            ),
            Answer(
                t(
                    "En ole vielä ilmoittautunut työnhakijaksi",
                    "Jag har inte anmält mig som arbetssökande ännu",
                    "I have not registered as a jobseeker yet",
                ),
                t(
                    "Ilmoittaudut verkossa Työmarkkinatorilla. Autamme sinua siinä.",
                    "Du anmäler dig på nätet i Jobbmarknaden. Vi hjälper dig med det.",
                    "You register online at Job Market Finland. We help you with it.",
                ),
                "digituki",
            ),
        ),
    ),
)

RANTALA_GUIDE = (
    GuideQuestion(
        1,
        _WHAT,
        (
            Answer(
                t(
                    "Haluan puhua työnhaustani",
                    "Jag vill prata om min jobbsökning",
                    "I want to talk about my job search",
                ),
                t(
                    "Sovimme yhdessä, mitä teemme seuraavaksi.",
                    "Vi kommer överens om nästa steg.",
                    "We agree on the next steps together.",
                ),
                "samtal-om-jobbsokning",
            ),
            _short_question("telefonradgivning"),
            _OTHER,
        ),
    ),
)
