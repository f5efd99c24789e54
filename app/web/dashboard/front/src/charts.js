// Charts: <figure class="chart"> with its data as JSON in a script that is none. Beside each stands a table of the same.
import uPlot from "uplot";

const charts = new Map();
const colour = (name) => {
  const probe = document.createElement("i");
  probe.className = `ink-${name}`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
};
const days = (text) => Date.parse(text) / 1000;

/** Options of uPlot for TOLD: {x: [time], series: [{name, values, dashed, filled}], bands: [[upper, lower]]}. */
function options(told, width) {
  const axis = { stroke: colour("soft"), grid: { stroke: colour("edge"), width: 1 }, ticks: { stroke: colour("edge"), width: 1 }, font: "12px system-ui, sans-serif" };
  return {
    width,
    height: 240,
    cursor: { drag: { x: false, y: false } },
    scales: { x: { time: true }, y: { range: (u, low, high) => [0, Math.max(high ?? 1, 1) * 1.08] } },
    axes: [axis, { ...axis, size: 56 }],
    bands: (told.bands ?? []).map((series) => ({ series, fill: colour("accent-soft") })),
    series: [
      { value: "{YYYY}-{MM}-{DD}" },
      ...told.series.map((one, n) => ({
        label: one.name,
        stroke: colour(`series-${(one.colour ?? n) % 6 + 1}`),
        width: 2,
        dash: one.dashed ? [6, 4] : undefined,
        fill: one.filled ? colour(`fill-${(one.colour ?? n) % 6 + 1}`) : undefined,
        points: { show: told.x.length < 3 },
        spanGaps: false,
      })),
    ],
  };
}

function draw(figure) {
  const script = figure.querySelector("script[type='application/json']");
  if (!script) return;
  const told = JSON.parse(script.textContent);
  charts.get(figure)?.destroy();
  const place = figure.querySelector(".plot");
  place.replaceChildren();
  const width = Math.max(place.clientWidth, 200);
  const data = [told.x.map(days), ...told.series.map((one) => one.values)];
  charts.set(figure, new uPlot(options(told, width), data, place));
}

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const figure = target.closest("figure");
    const width = Math.max(target.clientWidth, 200);
    const chart = charts.get(figure);
    if (chart && chart.width !== width) chart.setSize({ width, height: 240 });
  }
});

function drawAll() {
  for (const figure of document.querySelectorAll("figure.chart")) {
    draw(figure);
    sizes.observe(figure.querySelector(".plot"));
  }
}

drawAll();
document.addEventListener("postil:theme", drawAll);
document.addEventListener("htmx:afterSettle", drawAll);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
