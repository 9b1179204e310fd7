// Shows a part of a form only while the choice that it belongs to is made: data-shown-when="mode=in_person any".

const parts = document.querySelectorAll("[data-shown-when]");

function refresh() {
  for (const part of parts) {
    const [name, values] = part.dataset.shownWhen.split("=");
    const control = document.querySelector(`select[name="${CSS.escape(name)}"]`);
    part.hidden = control !== null && !values.split(" ").includes(control.value);
  }
}

document.addEventListener("change", refresh);
window.addEventListener("pageshow", refresh);
refresh();
