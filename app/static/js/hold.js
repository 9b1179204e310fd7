// The calm countdown of a kept time: changes each half minute, speaks only at two minutes and at the end.

const hold = document.querySelector("[data-hold]");
if (hold && Number(hold.dataset.hold) > 0) start(hold, Date.now() + Number(hold.dataset.hold) * 1000);

function start(box, endsAt) {
  const left = box.querySelector("[data-hold-left]");
  const status = box.querySelector("[data-hold-status]");
  const text = (selector) => box.querySelector(selector)?.innerHTML.trim() ?? "";
  let announced = false;

  function refresh() {
    const seconds = Math.round((endsAt - Date.now()) / 1000);
    if (seconds <= 0) {
      clearInterval(timer);
      box.classList.add("is-over");
      box.querySelector("[data-hold-note]").hidden = true;
      left.hidden = false;
      left.textContent = status.textContent = text("[data-hold-over]");
      return;
    }
    left.textContent = text(`[data-hold-minutes="${Math.ceil(seconds / 60)}"]`);
    left.hidden = false;
    if (seconds <= 120 && !announced) {
      announced = true;
      status.textContent = left.textContent;
    }
  }

  const timer = setInterval(refresh, 30_000);
  setTimeout(refresh, endsAt - Date.now());
  document.addEventListener("visibilitychange", refresh);
  refresh();
}
