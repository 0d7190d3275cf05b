// The camera's part of the face check. The server says what to do next; nothing is decided here, and nothing is kept.

const FRAMES = 7;
const STEP_MS = 2300; // one movement there and back
const REST_MS = 1000;
const READ_MS = 900; // to read, or hear, what is asked
const POLL_MS = 300;

const page = document.querySelector("[data-face]");
const form = page.querySelector("form");
const video = page.querySelector("video");
const prompt = page.querySelector("[data-prompt]");
const move = page.querySelector("[data-move]");
const hint = page.querySelector("[data-hint]");
const progress = page.querySelector("progress");
const words = JSON.parse(page.querySelector("#face-words").textContent);
const canvas = document.createElement("canvas");

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

class Refused extends Error {}

async function ask(address, body) {
  const response = await fetch(address, {
    method: body ? "POST" : "GET",
    body,
    headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value, Accept: "application/json" },
  });
  const type = response.headers.get("Content-Type") || "";
  const answer = type.includes("json") ? await response.json() : {};
  if (answer.error === "nonce_spent") return { state: "decided" };
  if (answer.error === "outdated") location.reload();
  if (!response.ok) throw new Refused(answer.words || words.broken);
  return answer;
}

async function openCamera() {
  if (!navigator.mediaDevices) throw new Refused(words.unsupported);
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: "user", width: { ideal: 640 }, height: { ideal: 480 } },
    });
  } catch (error) {
    if (error.name === "NotAllowedError") throw new Refused(words.forbidden);
    if (error.name === "NotReadableError") throw new Refused(words.busy);
    throw new Refused(words.none);
  }
  await video.play();
}

function closeCamera() {
  for (const track of video.srcObject ? video.srcObject.getTracks() : []) track.stop();
  video.srcObject = null;
}

// A camera that stutters shows the same picture twice, and the server takes that for a replay: wait for the next one.
const nextPicture = () => new Promise((resolve) => (video.requestVideoFrameCallback?.(resolve) ?? setTimeout(resolve, 100)));

async function picture() {
  await nextPicture();
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
}

async function film(milliseconds) {
  const pictures = [];
  for (let number = 0; number < FRAMES; number += 1) {
    pictures.push(await picture());
    if (number < FRAMES - 1) await pause(milliseconds / (FRAMES - 1));
  }
  return pictures;
}

async function send(nonce, step, pictures) {
  const body = new FormData();
  body.append("nonce", nonce);
  body.append("step", step);
  for (const one of pictures) body.append("frame", one, "frame.jpg");
  return ask(page.dataset.frames, body);
}

// The server looks at the face at rest before it asks for anything.
async function lookedAt(told) {
  let current = told;
  while (current.state === "capturing" && current.step === 1 && !current.looked_at) {
    await pause(POLL_MS);
    current = await ask(page.dataset.state);
  }
  return current;
}

// The picture of a movement; none while the face is at rest.
function draw(action) {
  move.toggleAttribute("hidden", !action);
  if (action) move.firstElementChild.setAttribute("href", `${move.dataset.move}#${action}`);
}

function show(told) {
  prompt.textContent = told.step === 0 ? words.rest : told.ask;
  draw(told.action);
  hint.textContent = told.hint || "";
  page.dataset.step = told.step;
  progress.max = told.of + 1;
  progress.value = told.step;
}

async function check() {
  await openCamera();
  page.dataset.phase = "camera";
  let told = await ask(page.dataset.start, new FormData(form));
  const nonce = told.nonce;
  prompt.parentElement.focus({ preventScroll: true });
  prompt.parentElement.scrollIntoView(); // with the picture of the camera below it
  while (told.state === "capturing") {
    show(told);
    await pause(told.step === 0 && told.hint ? READ_MS * 2 : READ_MS);
    told = await send(nonce, told.step, await film(told.step === 0 ? REST_MS : STEP_MS));
    told = await lookedAt(told);
  }
  closeCamera();
  prompt.textContent = words.deciding;
  draw("");
  hint.textContent = "";
  progress.removeAttribute("value");
  while (told.state === "deciding") {
    await pause(POLL_MS);
    told = await ask(page.dataset.state);
  }
  location.assign(page.dataset.result);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!form.reportValidity()) return;
  try {
    await check();
  } catch (error) {
    closeCamera();
    page.dataset.phase = "refused";
    const place = page.querySelector("[data-refusal]");
    place.textContent = error instanceof Refused ? error.message : words.broken;
    place.focus();
  }
});
page.querySelector("[data-camera-needs-script]").hidden = true;
form.querySelector("button[type=submit]").disabled = false;
