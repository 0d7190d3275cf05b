// A button with data-copies puts the text of the element with that id on the clipboard. Without this script it is hidden.
for (const button of document.querySelectorAll("[data-copies]")) {
  if (!navigator.clipboard) break; // over plain HTTP there is none
  const said = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
    button.textContent = button.dataset.done;
    setTimeout(() => (button.textContent = said), 2000);
  });
}
