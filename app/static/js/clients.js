// Around the live search: / goes to it, arrow keys walk through what was found, and what was found is said aloud.

const field = document.querySelector("[data-find]");
const results = () => [...document.querySelectorAll("[data-result]")];

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    field?.focus();
    field?.select();
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

document.addEventListener("htmx:after:swap", () => {
  const status = document.getElementById("results-status");
  const list = document.getElementById("results");
  if (status && list) status.textContent = list.dataset.status;
});

// What cannot be fetched quietly is asked for plainly: the page then says what is wrong, or where to sign in.
for (const name of ["htmx:error", "htmx:response:error"]) {
  document.addEventListener(name, () => field?.form.submit());
}
