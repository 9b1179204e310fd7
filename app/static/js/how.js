// Shows a part of the form only when the choice that it belongs to is made: data-shown-when="mode=in_person".

const parts = document.querySelectorAll("[data-shown-when]");

function refresh() {
  for (const part of parts) {
    const [name, value] = part.dataset.shownWhen.split("=");
    const chosen = document.querySelector(`input[name="${CSS.escape(name)}"]:checked`)?.value;
    part.hidden = chosen !== undefined && chosen !== value;
  }
}

document.addEventListener("change", refresh);
window.addEventListener("pageshow", refresh);
refresh();
