// Buttons that copy the text of a field: data-copy="id of the field". Without them the text is selected by hand.

for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  const status = button.parentElement.querySelector("[data-copied]");
  button.addEventListener("click", async () => {
    field.select();
    status.textContent = "";
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      return; // the text is selected: Ctrl+C does the rest
    }
    status.textContent = status.dataset.copied;
  });
}
