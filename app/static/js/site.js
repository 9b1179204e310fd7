// Small helps on every page. Each works on markup that is complete without it.

for (const element of document.querySelectorAll("[data-hide-with-js]")) element.hidden = true;
for (const element of document.querySelectorAll("[data-show-with-js]")) element.hidden = false;

document.querySelector("[data-error-summary]")?.focus();

// The error summary's links put the cursor into the field and show its label.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-error-summary] a[href^='#']");
  const field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!field) return;
  event.preventDefault();
  const group = field.closest("fieldset") ?? document.querySelector(`label[for="${CSS.escape(field.id)}"]`) ?? field;
  group.scrollIntoView();
  field.focus({ preventScroll: true });
});

// One press sends one form. The mark goes away by itself, so that a failed request can be tried again.
const AGAIN_AFTER = 8000;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  event.submitter?.setAttribute("aria-disabled", "true");
  setTimeout(() => allowAgain(form), AGAIN_AFTER);
});

function allowAgain(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
}

// A page that comes back from the browser's memory must be usable at once.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(allowAgain);
});

document.addEventListener("click", (event) => {
  if (event.target.closest(".vuoro-print")) window.print();
});

// The staff menu is open in the markup; on phones it starts closed once it can be opened again.
for (const button of document.querySelectorAll("[data-menu]")) {
  const menu = document.getElementById(button.dataset.menu);
  const toggle = (open) => {
    menu.classList.toggle("is-closed", !open);
    button.setAttribute("aria-expanded", String(open));
  };
  button.addEventListener("click", () => toggle(menu.classList.contains("is-closed")));
  toggle(false);
}

// A password can be looked at while it is typed; it is hidden again before it is sent.
for (const button of document.querySelectorAll("[data-show-password]")) {
  const field = document.getElementById(button.dataset.showPassword);
  const show = (open) => {
    field.type = open ? "text" : "password";
    button.setAttribute("aria-pressed", String(open));
  };
  button.addEventListener("click", () => show(field.type === "password"));
  field.form?.addEventListener("submit", () => show(false));
}
