// Around the live search: / goes to it, arrow keys walk through what was found, and what was found is said aloud.

const field = document.querySelector("[data-find]");
const results = () => [...document.querySelectorAll("[data-result]")];

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    field?.focus();
    field?.select();
    if (!field) document.querySelector("[data-find-link] a")?.click();
    return;
  }
  if (event.key === "ArrowDown" || event.key === "ArrowUp") walk(event);
});

// Down from the field to the first, up from the first back to the field.
function walk(event) {
  const links = results();
  const at = links.indexOf(document.activeElement);
  if (at < 0 && document.activeElement !== field) return;
  const next = event.key === "ArrowDown" ? links[at + 1] : at > 0 ? links[at - 1] : field;
  if (!next || next === document.activeElement) return;
  event.preventDefault();
  next.focus();
}

// Coming back from a client, the search is as it was left. (Not in the address, and never a personal identity code.)
const CODE = /\d{6}[-+A-Y–−]\d{3}/i;

if (field && history.state?.find) {
  field.value = history.state.find;
  field.addEventListener("htmx:after:init", () => field.dispatchEvent(new Event("find")), { once: true });
}

document.addEventListener("htmx:after:swap", () => {
  history.replaceState({ find: CODE.test(field.value) ? "" : field.value }, "");
  const status = document.getElementById("results-status");
  const list = document.getElementById("results");
  if (status && list) status.textContent = list.dataset.status;
});

// What cannot be fetched quietly is asked for plainly: the page then says what is wrong, or where to sign in.
for (const name of ["htmx:error", "htmx:response:error"]) {
  document.addEventListener(name, () => field?.form.submit());
}
