// Quick editing of working hours. The form is complete without it: every button here also works as a POST.

const form = document.querySelector("[data-hours]");
const blank = document.getElementById("run");
let dirty = form?.hasAttribute("data-dirty") ?? false;

// — times: 9, 930 and 9:00 are shown as 9.00; arrows step by a quarter of an hour —

const separator = document.documentElement.lang === "en" ? ":" : ".";
const show = (minute) => `${Math.floor(minute / 60)}${separator}${String(minute % 60).padStart(2, "0")}`;

function read(typed) {
  const found = /^(\d{1,2})(?:[.:,]?(\d{2}))?$/.exec(typed.replace(/\s/g, ""));
  if (!found) return null;
  const [hour, minute] = [Number(found[1]), Number(found[2] ?? 0)];
  return minute < 60 && 60 * hour + minute <= 1440 ? 60 * hour + minute : null;
}

document.addEventListener("change", (event) => {
  const minute = event.target.matches("[data-clock]") ? read(event.target.value) : null;
  if (minute !== null) event.target.value = show(minute);
});

document.addEventListener("keydown", (event) => {
  const step = { ArrowUp: 15, ArrowDown: -15 }[event.key];
  const minute = step && event.target.matches("[data-clock]") ? read(event.target.value) : null;
  if (minute === null || minute === undefined) return;
  event.preventDefault();
  event.target.value = show(Math.min(1440, Math.max(0, minute + step)));
  changed();
});

// — rows —

const runsOf = (day) => [...day.querySelectorAll("[data-run]")];
const clocks = (run) => [...run.querySelectorAll("[data-clock]")];

function newRun(day, like) {
  const run = blank.content.firstElementChild.cloneNode(true);
  for (const element of run.querySelectorAll("[aria-label]")) {
    element.setAttribute("aria-label", element.getAttribute("aria-label").replace("{day}", day.dataset.name));
  }
  const spoken = run.querySelector("[data-remove] .govuk-visually-hidden");
  spoken.textContent = spoken.textContent.replace("{day}", day.dataset.name);
  const key = run.querySelector("input[name=row]");
  if (key) key.value = day.dataset.day;
  if (like) {
    for (const name of ["start", "end", "place", "modes"]) {
      run.querySelector(`[name=${name}]`).value = like.querySelector(`[name=${name}]`).value;
    }
  }
  return run;
}

function addRun(day) {
  const last = runsOf(day).at(-1) ?? runsOf(form).at(0);
  const run = newRun(day, last);
  for (const clock of clocks(run)) clock.value = "";
  day.querySelector("[data-runs]").append(run);
  clocks(run)[0].focus();
}

function removeRun(run) {
  const day = run.closest("[data-day]");
  const next = run.nextElementSibling ?? run.previousElementSibling;
  run.remove();
  (next ? clocks(next)[0] : day.querySelector("[data-add]")).focus();
}

function copyDay(day) {
  const details = day.querySelector("details");
  const period = day.closest("[data-period]");
  for (const box of details.querySelectorAll("input:checked")) {
    const target = period.querySelector(`[data-day="${period.dataset.period}.${box.value}"]`);
    target.querySelector("[data-runs]").replaceChildren(...runsOf(day).map((run) => newRun(target, run)));
    box.checked = false;
  }
  details.open = false;
  details.querySelector("summary").focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-add], [data-remove], [data-copy], [data-quick]");
  if (!button || button.form !== form) return;
  event.preventDefault();
  if (button.matches("[data-quick]")) {
    refresh(button);
    return;
  }
  const day = button.closest("[data-day]");
  if (button.matches("[data-add]")) addRun(day);
  else if (button.matches("[data-copy]")) copyDay(day);
  else removeRun(button.closest("[data-run]"));
  changed();
});

// — the picture of the week follows what is typed —

let waiting, asked;

function changed() {
  dirty = true;
  clearTimeout(waiting);
  waiting = setTimeout(refresh, 250);
}

async function refresh(button) {
  const week = document.querySelector("[data-week]");
  if (!week) return;
  const typed = new FormData(form);
  typed.set("do", button?.value ?? "show");
  asked?.abort();
  asked = new AbortController();
  try {
    const answer = await fetch(form.action, { method: "POST", body: typed, signal: asked.signal, redirect: "error" });
    const drawn = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-week]");
    if (!drawn) return;
    const spoken = button?.textContent;
    week.replaceChildren(...drawn.childNodes);
    if (spoken) [...week.querySelectorAll("button")].find((other) => other.textContent === spoken)?.focus();
  } catch (problem) {
    // Another change came meanwhile, or the network is away: the picture stays as it was, saving tells.
    if (problem.name !== "AbortError" && !(problem instanceof TypeError)) throw problem;
  }
}

form?.addEventListener("change", changed);

// — what was typed is not left by mistake —

form?.addEventListener("input", () => { dirty = true; });
form?.addEventListener("submit", () => { dirty = false; });
window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });

// — a field that only matters with more than every week —

function showWeeks() {
  for (const part of document.querySelectorAll("[data-shown-with]")) {
    part.hidden = document.getElementById(part.dataset.shownWith).value === "1";
  }
}

form?.addEventListener("change", showWeeks);
showWeeks();
