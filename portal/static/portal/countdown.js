// Counts down to data-until in the words of data-words, and enables the element named by data-enables at the end.
// Without this script the page says the time, and the server refuses what comes too early.
for (const line of document.querySelectorAll("[data-until]")) {
  const until = new Date(line.dataset.until).getTime();
  const button = document.getElementById(line.dataset.enables);
  const said = line.textContent;
  const tick = () => {
    const seconds = Math.ceil((until - Date.now()) / 1000);
    button.disabled = seconds > 0;
    line.hidden = seconds <= 0;
    line.textContent = seconds > 0 ? line.dataset.words.replace("{}", seconds) : said;
    if (seconds > 0) setTimeout(tick, 1000 - (Date.now() % 1000));
  };
  tick();
}
