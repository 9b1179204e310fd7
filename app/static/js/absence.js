// Counts down the seconds in which a plan can be taken back, and puts the button away when they are over.

const box = document.querySelector("[data-undo]");

if (box) {
  const end = performance.now() + 1000 * Number(box.dataset.undo);
  const left = box.querySelector("[data-undo-left]");
  const timer = setInterval(show, 1000);
  show();

  function show() {
    const seconds = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    left.textContent = `${Math.floor(seconds / 60)}.${String(seconds % 60).padStart(2, "0")}`;
    if (seconds > 0) return;
    clearInterval(timer);
    box.hidden = true;
  }
}
