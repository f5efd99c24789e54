// Filter forms: their address is the API's own query, `filter[status__in]=ready,in_progress`, without what is empty.
const plain = (text) => encodeURIComponent(text).replace(/%(5B|5D|2C|3A)/g, decodeURIComponent);

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.filters === undefined) return;
  event.preventDefault();
  const said = new Map(); // what is ticked several times is one list
  const repeated = []; // what the address said, and no field shows, stays as it was
  for (const [name, value] of new FormData(form)) {
    const isHidden = form.querySelector(`input[type=hidden][name="${CSS.escape(name)}"]`) !== null;
    if (isHidden) repeated.push([name, value]);
    else if (value !== "") said.set(name, said.has(name) ? `${said.get(name)},${value}` : value);
  }
  const query = [...said, ...repeated].map(([name, value]) => `${plain(name)}=${plain(value)}`).join("&");
  window.location.assign(form.getAttribute("action") + (query ? `?${query}` : ""));
});
