// Lets a page look anew when something happened: parts of it with hx-trigger="postil:changed from:body".
// What costs more, such as charts, waits for `postil:changed-lately`, which comes once a quarter of a minute at most.
// Only a page that is seen is connected: browsers keep few connections to a server, over all their tabs.
let source = null;
let missed = false;

const SLOW = 15_000; // milliseconds
let slow = 0;

const tell = () => {
  document.body.dispatchEvent(new CustomEvent("postil:changed"));
  slow ||= setTimeout(() => {
    slow = 0;
    document.body.dispatchEvent(new CustomEvent("postil:changed-lately"));
  }, SLOW);
};

function connect() {
  if (document.hidden || source || !document.querySelector("[hx-trigger*='postil:changed']")) return;
  source = new EventSource("/ui/live");
  source.addEventListener("changed", tell);
  if (missed) tell();
  missed = false;
}

function leave() {
  source?.close();
  source = null;
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) return connect();
  missed = missed || source !== null;
  leave();
});
window.addEventListener("pagehide", leave);
window.addEventListener("pageshow", connect);
