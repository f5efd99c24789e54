// Charts: <figure class="chart"> with its data as JSON in data-told. Beside each stands a table of the same.
//
// What is told is {x: [time], series: [{name, values, colour, dashed, faint, filled, bars}], bands: [[upper, lower]], stacked}: bands
// and the numbers in them count series from 1; what is stacked lies upon the series before it.
import uPlot from "uplot";

const HEIGHT = 240;
const HALF_DAY = 43_200; // seconds: room for the first bar and the last
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
const written = (value) => (value === null || value === undefined ? "–" : value.toLocaleString("en"));

function sums(series) {
  const below = [];
  return series.map((one) => one.values.map((value, n) => (below[n] = (below[n] ?? 0) + (value ?? 0))));
}

function seriesOf(told, one, n) {
  const ink = ((one.colour ?? n) % 6) + 1;
  return {
    label: one.name,
    stroke: colour(one.faint ? "soft" : `series-${ink}`),
    width: one.faint || told.stacked ? 1 : 2,
    dash: one.dashed ? [6, 4] : undefined,
    fill: one.filled || one.bars || (told.stacked && n === 0) ? colour(`fill-${ink}`) : undefined,
    paths: one.bars ? uPlot.paths.bars({ size: [0.7, 24] }) : undefined,
    points: { show: !one.bars && told.x.length < 3 },
    value: (_, __, number, index) => written(index === null ? null : told.series[number - 1].values[index]),
    spanGaps: false,
  };
}

/** Where no pointer is, the legend tells of the last day that is known. */
function restLegend(chart, told) {
  const last = told.rest ?? told.x.length - 1;
  chart.setLegend({ idx: last }, false);
}

function options(told, width) {
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const axis = { stroke: colour("soft"), grid: { stroke: colour("edge"), width: 1 }, ticks: { stroke: colour("edge"), width: 1 }, font };
  const stack = told.stacked ? told.series.slice(1).map((one, n) => ({ series: [n + 2, n + 1], fill: colour(`fill-${((one.colour ?? n + 1) % 6) + 1}`) })) : [];
  return {
    width,
    height: HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1e3), "Etc/UTC"), // days are those of UTC
    cursor: { drag: { x: false, y: false } },
    scales: { x: { time: true, range: (u, first, last) => (told.series.some((one) => one.bars) ? [first - HALF_DAY, last + HALF_DAY] : [first, last]) }, y: { range: (u, low, high) => [0, Math.max(high ?? 1, 1) * 1.08] } },
    axes: [
      { ...axis, values: (u, splits) => splits.map((at) => new Date(at * 1e3).toISOString().slice(5, 10)), space: 64 },
      { ...axis, size: 56, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6], values: (u, splits) => splits.map(written) },
    ],
    bands: [...(told.bands ?? []).map((series) => ({ series, fill: colour("fill-2") })), ...stack],
    legend: { markers: { fill: (u, n) => colour(`fill-${((told.series[n - 1].colour ?? n - 1) % 6) + 1}`) } },
    series: [{ label: "Day", value: (_, __, ___, index) => (index === null ? "–" : told.x[index].slice(0, 10)) }, ...told.series.map((one, n) => seriesOf(told, one, n))],
    hooks: {
      ready: [(chart) => restLegend(chart, told)],
      setCursor: [(chart) => chart.cursor.idx === null && restLegend(chart, told)],
    },
  };
}

function draw(figure) {
  if (!figure.dataset.told) return;
  const told = JSON.parse(figure.dataset.told);
  charts.get(figure)?.destroy();
  const place = figure.querySelector(".plot");
  place.replaceChildren();
  const width = Math.max(place.clientWidth, 200);
  const data = [told.x.map(days), ...(told.stacked ? sums(told.series) : told.series.map((one) => one.values))];
  charts.set(figure, new uPlot(options(told, width), data, place));
}

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const width = Math.max(target.clientWidth, 200);
    const chart = charts.get(target.closest("figure"));
    if (chart && chart.width !== width) chart.setSize({ width, height: HEIGHT });
  }
});

/** Draws what is new on the page; all of it, where the colours are others. */
function drawAll(isAnew) {
  for (const [figure, chart] of charts) {
    if (figure.isConnected) continue;
    chart.destroy();
    charts.delete(figure);
  }
  for (const figure of document.querySelectorAll("figure.chart")) {
    if (!isAnew && charts.has(figure)) continue;
    draw(figure);
    sizes.observe(figure.querySelector(".plot"));
  }
}

drawAll(false);
document.addEventListener("postil:theme", () => drawAll(true));
document.addEventListener("htmx:afterSettle", () => drawAll(false));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll(true));
