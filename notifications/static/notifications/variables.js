// A click on a variable writes it where the cursor last was in one of the text's fields.
(() => {
  const fields = ["id_title", "id_body", "id_figures", "id_what_to_do"];
  let last = null;
  document.addEventListener("focusin", (event) => {
    if (fields.includes(event.target.id)) last = event.target;
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-variables] [data-variable]");
    if (!button) return;
    const field = last || document.getElementById("id_body");
    const name = button.dataset.variable;
    if (field.id === "id_figures") {
      field.value = field.value.trim() ? `${field.value.trim()},${name}` : name;
    } else {
      field.setRangeText(`{{${name}}}`, field.selectionStart, field.selectionEnd, "end");
    }
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
})();
