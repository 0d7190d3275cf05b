// Follows what the element with data-follow (the address of its page) shows, while it has data-follow, more and more
// rarely, and takes over the parts that changed: those with data-part. What is said stands in the part with
// role=status, which is spoken once for each change. Without this script a link loads the page anew.

const WAITS_S = [3, 5, 10, 30];
let looks = 0;
let timer;

const followed = () => document.querySelector("[data-follow]");

function wait() {
  clearTimeout(timer);
  if (followed()) timer = setTimeout(look, 1000 * WAITS_S[Math.min(looks++, WAITS_S.length - 1)]);
}

async function look() {
  const here = followed();
  // Nobody sees it: whoever comes back looks at once.
  if (!here || document.hidden) return;
  try {
    const answer = await fetch(here.dataset.follow, { redirect: "manual", cache: "no-store" });
    // Led elsewhere: the session is over. To go on asking would change nothing.
    if (answer.type === "opaqueredirect") return signedOut(here);
    if (answer.ok) takeOver(here, new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // No network; there may be one again.
  }
  wait();
}

function takeOver(here, page) {
  const there = page.getElementById(here.id);
  if (!there || there.dataset.state === here.dataset.state) return;
  const focused = document.activeElement;
  for (const part of here.querySelectorAll("[data-part]")) {
    const fresh = there.querySelector(`[data-part="${part.dataset.part}"]`);
    if (fresh) part.replaceChildren(...fresh.childNodes);
  }
  here.dataset.state = there.dataset.state;
  if (!there.dataset.follow) delete here.dataset.follow;
  // Who was at a button that has gone goes on from what is said now, not from the top of the page.
  if (!focused.isConnected) here.querySelector("[role=status]").focus();
}

function signedOut(here) {
  delete here.dataset.follow;
  here.querySelector("[role=status]").append(document.getElementById("signed-out").content.cloneNode(true));
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  looks = 0;
  look();
});
wait();
