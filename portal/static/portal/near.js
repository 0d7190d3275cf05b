// "Nearest to me first": asks the phone where it is, and sends that in the body of a form, never in an address.
// Without this script, or without an answer, the city is chosen by hand.

function offer(root) {
  for (const form of root.querySelectorAll("form[data-near]")) {
    if (!navigator.geolocation) return;
    form.hidden = false;
    const button = form.querySelector("button");
    button.addEventListener("click", () => {
      button.disabled = true;
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          form.elements.latitude.value = coords.latitude.toFixed(3);
          form.elements.longitude.value = coords.longitude.toFixed(3);
          form.requestSubmit();
        },
        () => {
          button.disabled = false;
          form.querySelector("[data-refused]").hidden = false;
        },
        { timeout: 10000, maximumAge: 60000 },
      );
    });
  }
}

document.addEventListener("htmx:load", ({ target }) => offer(target));
