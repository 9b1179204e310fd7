// Shows the colours of the settings while they are typed. The sheet comes from the server, which makes the whole palette.

const fields = ["brand_colour", "accent_colour"].map((name) => document.getElementById(name));
const isColour = (text) => /^#[0-9a-f]{6}$/i.test(text.trim());
const WAIT = 200;
let waiting = 0;

function look() {
  const [brand, accent] = fields.map((field) => field.value.trim());
  if (!isColour(brand) || !isColour(accent)) return;
  const old = document.querySelector("[data-brand-css]");
  const address = new URL(old.href);
  address.search = new URLSearchParams({ brand, accent });
  if (address.href === old.href) return;
  const next = old.cloneNode();
  next.href = address.href;
  next.addEventListener("load", () => old.remove()); // no moment without colours
  old.after(next);
}

for (const field of fields) {
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, WAIT);
  });
}
