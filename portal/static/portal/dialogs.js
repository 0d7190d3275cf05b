// A link to a dialog opens it over the page. Without this script the link shows it as a page of its own (:target).

document.addEventListener("click", (event) => {
  const { target } = event;
  const open = target.closest("dialog[open]");
  if (open && (target === open || target.closest("[data-close]"))) {
    event.preventDefault();
    open.close();
    return;
  }
  const link = target.closest("a[href^='#']");
  const dialog = link && document.getElementById(link.hash.slice(1));
  if (dialog instanceof HTMLDialogElement) {
    event.preventDefault();
    dialog.showModal();
  }
});
