// Keeps the page of the day up to date, without taking anything out of the hands of whoever works on it.

const EVERY = 20_000;
const box = () => document.querySelector("[data-today]");
const known = new Set(keys(document));
const lostWords = document.querySelector("[data-today-lost] p").textContent;
let tag = null;

function keys(root) {
  return [...root.querySelectorAll("[data-news] [data-key]")].map((item) => item.dataset.key);
}

// Nothing is exchanged under a hand: an open question, or a press that is on its way.
const isBusy = () => box().querySelector(".vuoro-excuse[open], form[data-sent]") !== null;

async function refresh() {
  if (document.visibilityState !== "visible" || isBusy()) return;
  try {
    const answer = await fetch(box().dataset.here, { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" });
    if (answer.redirected) return show("[data-today-out]");
    if (answer.status === 304) return connected();
    if (!answer.ok) throw new Error(String(answer.status));
    tag = answer.headers.get("ETag");
    exchange(await answer.text());
    connected();
  } catch {
    lost();
  }
}

function exchange(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const fresh = page.querySelector("[data-today]");
  if (!fresh || isBusy()) return;
  const focused = document.activeElement?.id;
  const open = [...box().querySelectorAll("details[open][id]")].map((item) => item.id);
  const said = box().querySelector("[data-said]");
  box().replaceWith(document.adoptNode(fresh));
  if (said?.children.length) box().querySelector("[data-said]").replaceWith(said);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
  document.title = page.title;
  tellNews();
}

function tellNews() {
  const items = [...box().querySelectorAll("[data-news] [data-key]")].filter((item) => !known.has(item.dataset.key));
  for (const key of keys(document)) known.add(key);
  if (!items.length) return;
  document.querySelector("[data-news-said]").textContent = items.map((item) => item.textContent).join(" ");
}

function show(name) {
  document.querySelector(name).hidden = false;
}

function connected() {
  document.querySelector("[data-today-lost]").hidden = true;
}

function lost() {
  document.querySelector("[data-today-lost] p").textContent = lostWords.replace("…", box().dataset.updated);
  show("[data-today-lost]");
}

setInterval(refresh, EVERY);
document.addEventListener("visibilitychange", refresh);
window.addEventListener("online", refresh);
