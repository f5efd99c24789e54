// Times that run out, counted down: <time data-until="2026-01-31T12:00:00Z">. The server's clock counts, not the browser's.
const told = document.querySelector("meta[name='postil-now']")?.content;
const ahead = told ? Date.parse(told) - Date.now() : 0;

export const now = () => Date.now() + ahead;

/** So many milliseconds in minutes and seconds: 12:05. */
export function clock(left) {
  const seconds = Math.max(0, Math.round(left / 1000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value) => String(value).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

function countAll() {
  for (const one of document.querySelectorAll("time[data-until]")) {
    const left = Date.parse(one.dataset.until) - now();
    const text = left > 0 ? clock(left) : "run out";
    if (one.textContent !== text) one.textContent = text;
    one.classList.toggle("fault", left < 120_000);
  }
}

countAll();
setInterval(countAll, 1000);
document.addEventListener("htmx:afterSettle", countAll);
