// Around htmx on pages with free times: says aloud that the list changed, and falls back to plain navigation.

document.addEventListener("htmx:after:swap", () => {
  const status = document.getElementById("times-status");
  const times = document.getElementById("times");
  if (!status || !times) return;
  status.textContent = "";
  setTimeout(() => { status.textContent = times.dataset.status; }, 100);
});

// Earlier/later replaces the link that had the focus: the list takes it.
document.addEventListener("htmx:after:swap", () => {
  if (document.activeElement === document.body) document.getElementById("times")?.focus({ preventScroll: true });
});

for (const name of ["htmx:error", "htmx:response:error"]) {
  document.addEventListener(name, (event) => {
    const address = event.detail?.ctx?.request?.action;
    if (address) window.location.assign(address);
  });
}
