// Draws the calendar, and turns a drop, a click and Enter into the one form that moves a meeting.
// The days, views and people are chosen by links and forms, so every picture has an address.

const box = document.querySelector("[data-calendar]");
const dialog = document.querySelector("[data-move-dialog]");
const REFRESH = 30_000;
const LEAST_COLUMN = 130; // pixels: narrower, names cannot be read; the calendar then scrolls sideways inside

// ---- The dialog that moves a meeting: the page of the move, shown here -------------------------------------------

let onKept = null;

async function openMove(url, kept = null) {
  onKept = kept;
  try {
    const answer = await fetch(url, { cache: "no-store" });
    if (answer.redirected) return location.assign(answer.url);
    if (!answer.ok) throw new Error(String(answer.status));
    fill(await answer.text());
  } catch {
    location.assign(url); // the page itself says what is wrong
    return;
  }
  dialog.showModal();
  dialog.querySelector("[data-error-summary], #day")?.focus();
}

function fill(html) {
  const form = new DOMParser().parseFromString(html, "text/html").querySelector("[data-move]");
  dialog.replaceChildren(document.adoptNode(form));
}

dialog.addEventListener("submit", async (event) => {
  const form = event.target;
  event.preventDefault();
  if (form.dataset.sent) return;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    if (answer.redirected) {
      onKept = null;
      location.assign(answer.url);
      return;
    }
    fill(await answer.text());
    dialog.querySelector("[data-error-summary]")?.focus();
  } catch {
    delete form.dataset.sent;
    showLost();
  }
});

dialog.addEventListener("click", (event) => {
  if (!event.target.closest(".vuoro-move__keep")) return;
  event.preventDefault();
  dialog.close();
});

dialog.addEventListener("close", () => {
  onKept?.();
  onKept = null;
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-move-link]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  openMove(link.href);
});

function showLost() {
  const lost = document.querySelector("[data-calendar-lost]");
  if (lost) lost.hidden = false;
}

// ---- Shortcuts of one key, which can be turned off (WCAG 2.1.4) --------------------------------------------------

const KEYS = { t: "[data-key=today]", ArrowLeft: "[data-key=back]", ArrowRight: "[data-key=on]", n: ".vuoro-calbar__acts a" };
const VIEWS = { d: "day", w: "week", m: "month", r: "team", l: "list" };
const keysDialog = document.querySelector("[data-keys-dialog]");
document.querySelector("[data-keys-open]").addEventListener("click", () => keysDialog.showModal());

document.addEventListener("keydown", (event) => {
  if (keysDialog.dataset.keys !== "on" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest("input, select, textarea, dialog") || document.querySelector("dialog[open]")) return;
  if (event.key === "?") return keysDialog.showModal();
  const wanted = KEYS[event.key] ?? (VIEWS[event.key] && `[data-key-view=${VIEWS[event.key]}]`);
  const link = wanted && document.querySelector(wanted);
  if (!link) return;
  event.preventDefault();
  link.click();
});

// ---- The drawing ------------------------------------------------------------------------------------------------

if (box) draw();

async function draw() {
  const words = JSON.parse(box.dataset.words);
  const people = JSON.parse(box.dataset.people);
  const names = new Map(people.map((person) => [String(person.id), person.title]));
  const view = box.dataset.view;
  const team = view === "team";
  const language = document.documentElement.lang;
  const clock = (text) => `${Number(text.slice(11, 13))}${language === "en" ? ":" : "."}${text.slice(14, 16)}`;
  let tag = null;
  let calendar = null;

  async function load() {
    const answer = await fetch(box.dataset.feed, { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" });
    if (answer.redirected) return location.reload(); // signed out
    if (answer.status === 304) return null;
    if (!answer.ok) throw new Error(String(answer.status));
    tag = answer.headers.get("ETag");
    return answer.json();
  }

  const events = (data) => [
    ...data.events.map((item, number) => ({
      id: item.id ? String(item.id) : `x${number}`,
      resourceIds: [String(item.who)],
      start: item.start,
      end: item.end,
      title: item.title,
      editable: Boolean(item.move),
      classNames: ["vuoro-event", `is-${item.mode ?? "busy"}`, ...(item.status ? [`is-${item.status}`] : [])],
      extendedProps: item,
    })),
    ...(view === "month" ? [] : data.shades).map((shade) => ({
      resourceIds: [String(shade.who)],
      start: shade.start,
      end: shade.end,
      display: "background",
      classNames: ["vuoro-shade"],
    })),
  ];

  function piece(name, text) {
    const made = document.createElement("span");
    made.className = name;
    made.textContent = text;
    return made;
  }

  function content({ event }) {
    const item = event.extendedProps;
    if (event.display === "background" || !item.kind) return { html: "" };
    const said = [words.modes[item.mode], words.statuses[item.status], item.service].filter(Boolean).join(" · ");
    const days = item.start.slice(0, 10) !== item.end.slice(0, 10);
    const times = days ? "" : view === "month" ? clock(item.start) : `${clock(item.start)}–${clock(item.end)}`;
    const nodes = [piece("vuoro-event__time", times), " ", piece("vuoro-event__who", item.title)];
    if (said) nodes.push(" ", piece("vuoro-event__facts", said));
    nodes.push(piece("govuk-visually-hidden", `, ${names.get(String(item.who)) ?? ""}`));
    const line = piece("vuoro-event__text", "");
    line.append(...nodes);
    if (item.id || item.page) {
      line.setAttribute("role", "button");
      line.tabIndex = 0;
    }
    return { domNodes: [line] };
  }

  function open({ event }) {
    const item = event.extendedProps;
    if (item.page) return location.assign(item.page);
    if (!item.id) return;
    if (item.move) openMove(moveUrl(item.id, {}));
    else location.assign(`/staff/appointments/${item.id}`);
  }

  function moveUrl(id, values) {
    return `/staff/appointments/${id}/move?${new URLSearchParams({ ...values, back: box.dataset.here })}`;
  }

  // The drop only opens the form; what was dropped goes back when the form is left.
  function dropped(info) {
    const { event } = info;
    const local = (date) => new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString();
    const start = local(event.start);
    const values = {
      day: start.slice(0, 10),
      time: clock(start),
      minutes: String(Math.round((event.end - event.start) / 60_000)),
    };
    if (team) values.professional = event.resourceIds[0];
    openMove(moveUrl(event.extendedProps.id, values), info.revert);
  }

  // Only meetings are reached by keyboard. Tables need rows and cells that the library does not have.
  function tidy() {
    for (const element of box.querySelectorAll("[role=table], [role=rowgroup], [role=row], [role=cell], [role=columnheader], [role=list], [role=listitem]")) {
      element.removeAttribute("role");
      element.removeAttribute("aria-colindex");
      element.removeAttribute("aria-colspan");
    }
    for (const element of box.querySelectorAll("time[aria-label]")) element.removeAttribute("aria-label");
    for (const element of box.querySelectorAll("article[role]")) { // an article may be no button: what is in it is
      element.removeAttribute("role");
      element.removeAttribute("tabindex");
    }
    const main = box.querySelector(".ec-main");
    if (main && !main.hasAttribute("tabindex")) {
      main.setAttribute("tabindex", "0");
      main.setAttribute("role", "region");
      main.setAttribute("aria-label", box.dataset.label);
    }
  }

  function make(data) {
    const columns = team ? people.length : view === "day" ? 1 : data.weekend ? 7 : 5;
    const hour = (number) => `${String(number).padStart(2, "0")}:00`;
    calendar = EventCalendar.create(box, {
      view: { day: "timeGridDay", week: "timeGridWeek", month: "dayGridMonth", team: "resourceTimeGridDay" }[view],
      date: box.dataset.day,
      locale: { fi: "fi-FI", sv: "sv-FI", en: "en-GB" }[language],
      firstDay: 1,
      headerToolbar: { start: "", center: "", end: "" },
      hiddenDays: view === "week" && !data.weekend ? [0, 6] : [],
      allDaySlot: false,
      slotDuration: "00:15",
      slotLabelInterval: "01:00",
      slotHeight: 20,
      slotMinTime: hour(data.hours[0]),
      slotMaxTime: hour(data.hours[1]),
      snapDuration: "00:05",
      slotLabelFormat: (time) => String(time.getHours()),
      dayHeaderFormat: { weekday: "short", day: "numeric", month: "numeric" },
      ...(view === "month" ? { dayHeaderFormat: { weekday: "short" } } : {}),
      columnWidth: view !== "month" && box.clientWidth / columns < LEAST_COLUMN ? `${LEAST_COLUMN}px` : undefined,
      nowIndicator: true,
      resources: team ? people.map((person) => ({ id: String(person.id), title: person.title })) : [],
      events: events(data),
      eventContent: content,
      eventClick: open,
      eventDrop: dropped,
      eventResize: dropped,
      eventStartEditable: true,
      eventDurationEditable: view !== "month",
      dragScroll: true,
      selectable: Boolean(box.dataset.book) && view !== "month",
      select: (info) => {
        const who = info.resource?.id ?? (people[0] && String(people[0].id)) ?? "";
        location.assign(`${box.dataset.book}?${new URLSearchParams({ start: info.startStr, professional: who })}`);
      },
    });
    new MutationObserver(tidy).observe(box, { childList: true, subtree: true });
    tidy();
    box.dataset.drawn = "1";
  }

  const isBusy = () => document.querySelector("dialog[open]") !== null || box.querySelector(".ec-ghost, .ec-dragging, .ec-preview") !== null;

  async function refresh() {
    if (document.visibilityState !== "visible" || isBusy()) return;
    try {
      const data = await load();
      if (data && !isBusy()) calendar.setOption("events", events(data));
    } catch {
      showLost();
    }
  }

  try {
    make(await load());
  } catch {
    showLost();
    return;
  }
  setInterval(refresh, REFRESH);
  document.addEventListener("visibilitychange", refresh);
}
