"""What the staff's pages say under "How to". A topic is a few short steps; a step may be for those with a permission."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.i18n import N_


@dataclass(frozen=True, slots=True)
class Hint:
    """One step (msgid), and the permission of those whom it concerns; empty: everybody on the page."""

    text: str
    permission: str = ""


Topic = tuple[Hint, ...]

MEETINGS: Topic = (
    Hint(N_("Mark who has arrived, and begin and end meetings with the buttons of each row."), "appointment.advance"),
    Hint(N_("A wrong press is taken back with the button that appears in its place."), "appointment.advance"),
    Hint(N_("A client's name leads to the appointment: answers, messages and what has happened."), "appointment.view"),
    Hint(N_("Things to do stand at the side. Tick them off when they are settled."), "task.edit"),
    Hint(N_("The menu on the left leads to everything that your role may see.")),
)
CLIENTS: Topic = (
    Hint(N_("Search with a name, a phone number, an e-mail, an id or a whole personal identity code.")),
    Hint(N_("Part of a name is enough. The client's page shows meetings, messages and notes.")),
    Hint(N_("Before you add somebody new, look whether the client is here already."), "client.edit"),
    Hint(N_("If one person is here twice, merge the two from the client's page."), "client.merge"),
    Hint(N_("Looking at a client is written into the log.")),
)
BOOKING: Topic = (
    Hint(N_("Choose the client, the service and a free time; what is free is the same as clients see, and more.")),
    Hint(N_("The client gets the confirmation and a link for changing or cancelling.")),
    Hint(N_("Moving keeps the reference and the link; the client is told of the new time.")),
)
CALENDAR: Topic = (
    Hint(N_("See a day, a week or a month, of one professional or of the team.")),
    Hint(N_("A meeting leads to its page, from where it is moved or cancelled.")),
)
HOURS: Topic = (
    Hint(N_("Weekly hours say when you meet clients, where and how. Clients see free times only inside them.")),
    Hint(N_("One day that differs goes into exceptions; a meeting of your own into busy times.")),
    Hint(N_("Before anything is saved you see which booked meetings would fall outside. They stay booked.")),
    Hint(N_("The same hours can be copied to several colleagues."), "hours.edit_all"),
)
OUTBOX: Topic = (
    Hint(N_("Every message stands here with its state. Choose a state to see what failed.")),
    Hint(N_("Mend the client's number or address first, then send the message again."), "outbox.resend"),
    Hint(N_("Messages that wait for a provider leave by themselves once there is one.")),
)
FEEDBACK: Topic = (
    Hint(N_("Accessibility feedback must be answered within 14 days; the page says by when.")),
    Hint(N_("Mark feedback as handled when it has been answered. It can be opened again.")),
)
SETTINGS: Topic = (
    Hint(N_("Each line leads to a page of settings. Changes are seen by clients as soon as they are saved.")),
    Hint(N_("If somebody else saved the same page meanwhile, you see both versions before anything is lost.")),
)
OFFICES: Topic = (
    Hint(N_("Opening hours are shown to clients. Free times come from the professionals' working hours.")),
    Hint(N_("A closure stops new bookings at once. Before saving you see which meetings it concerns.")),
    Hint(N_("An office with coming meetings cannot be closed for good.")),
)
SERVICES: Topic = (
    Hint(N_("A service is what is booked: its length, ways of meeting, who may book, and questions.")),
    Hint(N_("Look at the service as clients see it before you open it for booking.")),
    Hint(N_("Meetings that are booked keep their time when a service changes.")),
)
PEOPLE: Topic = (
    Hint(N_("A user signs in; a professional meets clients. The same person is often both.")),
    Hint(N_("Somebody new gets an invitation by e-mail. Make them a professional from the user's page.")),
    Hint(N_("When somebody leaves: stop new bookings, move the coming meetings, then take the user out of use.")),
    Hint(N_("There is always at least one administrator.")),
)
LOG: Topic = (
    Hint(N_("The log says who saw or changed what. Nobody can change it.")),
    Hint(N_("To see who has looked at a client, search with the reference of an appointment or the client's id.")),
    Hint(N_("The export opens in a spreadsheet. It holds personal data: keep it safe and delete it after use.")),
)
TEXTS: Topic = (
    Hint(N_("Write only what differs from our text. Where you write nothing, our text stands.")),
    Hint(N_("Write in every language that your municipality serves in.")),
)
GUIDE: Topic = (
    Hint(N_("Each question has two or more answers; an answer leads to a question, a service or a page.")),
    Hint(N_("Changes are a draft until you publish them. Try them out first.")),
)
EMBED: Topic = (
    Hint(N_("Choose what the link leads to, then copy the link, the button or the QR code to your own page.")),
)
INTEGRATIONS: Topic = (
    Hint(N_("A key lets another system call us; it is shown once. Withdraw keys that are not used.")),
    Hint(N_("A webhook tells another system of changes. Its page shows what was delivered and what failed.")),
)
ACCOUNT: Topic = (
    Hint(N_("Change your name, language and password here, and end sign-ins that you do not know.")),
    Hint(N_("One-time codes keep your account safe even if somebody learns your password.")),
)

ABSENCES: Topic = (
    Hint(N_("Register who is away and when. From that moment nobody can book the time.")),
    Hint(N_("Each meeting gets a proposal: a colleague at the same time, a new time, or a link to choose one.")),
    Hint(N_("Change what you want from the lists, and settle all the meetings with one press.")),
    Hint(N_("For two minutes everything can be taken back; the messages leave after that.")),
    Hint(N_("If somebody comes back earlier, end the absence: the time can be booked again.")),
)

GROUPS: Topic = (
    Hint(N_("A session takes the leader's time in the calendar; nobody can book it.")),
    Hint(N_("Find clients and give them seats. Each gets a message with a link of their own.")),
    Hint(N_("Mark who has arrived. At the end, note with one press that the others did not come.")),
    Hint(N_("If the session moves or is cancelled, all participants are told.")),
)

BY_BLUEPRINT: dict[str, Topic] = {
    "staff": MEETINGS,
    "appointments": MEETINGS,
    "staff_booking": BOOKING,
    "invitations": BOOKING,
    "move": BOOKING,
    "calendar": CALENDAR,
    "clients": CLIENTS,
    "client": CLIENTS,
    "client_edit": CLIENTS,
    "client_merge": CLIENTS,
    "hours": HOURS,
    "days": HOURS,
    "day": HOURS,
    "copy_hours": HOURS,
    "absences": ABSENCES,
    "groups": GROUPS,
    "outbox": OUTBOX,
    "feedback": FEEDBACK,
    "settings": SETTINGS,
    "municipality": SETTINGS,
    "start": SETTINGS,
    "offices": OFFICES,
    "closures": OFFICES,
    "services": SERVICES,
    "professionals": PEOPLE,
    "users": PEOPLE,
    "log": LOG,
    "texts": TEXTS,
    "statement": TEXTS,
    "terms_admin": TEXTS,
    "guide": GUIDE,
    "embed": EMBED,
    "integrations": INTEGRATIONS,
    "account": ACCOUNT,
    "codes": ACCOUNT,
    "roles": ACCOUNT,
    "terms": ACCOUNT,
}
BY_MENU: dict[str, Topic] = {
    "today": MEETINGS,
    "calendar": CALENDAR,
    "clients": CLIENTS,
    "hours": HOURS,
    "absences": ABSENCES,
    "groups": GROUPS,
    "outbox": OUTBOX,
    "feedback": FEEDBACK,
    "settings": SETTINGS,
    "texts": TEXTS,
    "guide": GUIDE,
    "embed": EMBED,
    "integrations": INTEGRATIONS,
    "account": ACCOUNT,
}
"""For pages of a blueprint that has no topic of its own: that of the menu entry under which they stand."""

WELCOME: dict[str, Topic] = {
    "caseworker": (
        Hint(N_("This page shows who comes next, who waits and what needs you.")),
        Hint(N_("Set your working hours first: clients can book only inside them.")),
        Hint(N_("Look at the day in the morning; confirmations to clients leave by themselves.")),
    ),
    "desk": (
        Hint(N_("This page shows who is coming today and who has arrived.")),
        Hint(N_("Press the button in the row when a client arrives: the professional sees it at once.")),
        Hint(N_("Find anybody under Clients by name or phone number.")),
    ),
    "lead": (
        Hint(N_("This page shows your team's day and what needs somebody.")),
        Hint(N_("Under Working hours you can change everybody's hours and copy them.")),
        Hint(N_("Under Messages you see what did not reach a client, and can send it again.")),
    ),
    "admin": (
        Hint(N_("Begin under Settings: offices, services, users and professionals, in this order.")),
        Hint(N_("Then set working hours, and look at the booking pages as a client sees them.")),
        Hint(N_("Who saw or changed what stands in the audit log.")),
    ),
    "operator": (Hint(N_("Here you see that the service runs and that messages leave, never whom they concern.")),),
}
"""What somebody new reads on the first day, by role."""
