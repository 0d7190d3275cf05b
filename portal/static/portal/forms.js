// A form tells at the field what is wrong with it, before it is sent. Without this script the server does the same.

const SHOWN = ".field-error";

function say(input) {
  const place = input.closest(".field")?.querySelector(SHOWN);
  if (!place) return;
  const { valid, valueMissing } = input.validity;
  place.textContent = valid ? "" : valueMissing ? place.dataset.missing : place.dataset.wrong;
  if (valid) {
    input.removeAttribute("aria-invalid");
    return;
  }
  input.setAttribute("aria-invalid", "true");
  const described = new Set((input.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
  input.setAttribute("aria-describedby", [...described.add(place.id)].join(" "));
}

// The browser's own bubbles speak the browser's language; ours speak the page's.
function prepare(root) {
  for (const form of root.querySelectorAll("form[method=post]")) {
    form.noValidate ||= Boolean(form.querySelector(SHOWN));
  }
}

document.addEventListener("focusout", ({ target }) => {
  if (target.form?.noValidate && target.willValidate && target.value) say(target);
});

document.addEventListener("input", ({ target }) => {
  if (target.form?.noValidate && target.ariaInvalid === "true" && target.validity.valid) say(target);
});

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!form.querySelector(SHOWN) || event.submitter?.formNoValidate) return;
    const wrong = [...form.elements].filter((input) => input.willValidate && !input.validity.valid);
    if (!wrong.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    wrong.forEach(say);
    wrong[0].focus();
  },
  true,
);

document.addEventListener("htmx:load", ({ target }) => prepare(target));
prepare(document);
