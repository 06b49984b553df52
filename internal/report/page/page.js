"use strict";
// The page is whole without this script. It reads values off the timelines,
// saves the figures that the page holds, and opens what is folded for print.
const data = id => document.getElementById(id).textContent;
const samples = JSON.parse(data("samples"));
const make = (name, attributes) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
};

// nearest is the index of the sample taken nearest to the time.
function nearest(times, at) {
  let low = 0, high = times.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (times[middle] < at) low = middle; else high = middle;
  }
  return at - times[low] < times[high] - at ? low : high;
}

// said is a sample in words.
function said(trial, i) {
  const mib = bytes => bytes === null ? "not read" : (bytes / 1048576).toFixed(1) + " MiB";
  const phase = trial.phases.filter(p => p.t <= trial.t[i]).pop();
  const parts = [trial.t[i].toFixed(1) + " s", phase.name, "U " + mib(trial.unreclaimable_bytes[i])];
  if (trial.working_set_bytes[i] !== null) parts.push("working set " + mib(trial.working_set_bytes[i]));
  return parts.join(" · ");
}

for (const chart of document.querySelectorAll("svg[data-trial]")) {
  const trial = samples[chart.dataset.trial], last = trial.t.length - 1;
  const readout = document.createElement("p");
  readout.className = "readout";
  readout.textContent = "Point at the chart, or focus it and use the arrow keys, to read a value.";
  chart.after(readout);
  const slider = {role: "slider", tabindex: 0, "aria-valuemin": 0, "aria-valuemax": trial.seconds, "aria-valuenow": 0, "aria-valuetext": "start"};
  for (const [key, value] of Object.entries(slider)) chart.setAttribute(key, value);
  const line = make("line", {class: "cursor", y1: 0, y2: "100%", visibility: "hidden"});
  const dot = make("circle", {class: "cursor-dot", r: 4.5, visibility: "hidden"});
  chart.append(line, dot);
  let here = -1;
  const show = i => {
    here = Math.max(0, Math.min(last, i));
    const x = 100 * trial.t[here] / trial.seconds + "%", bytes = trial.unreclaimable_bytes[here];
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
    line.setAttribute("visibility", "visible");
    dot.setAttribute("cx", x);
    dot.setAttribute("cy", 100 * (1 - bytes / trial.chart_top_bytes) + "%");
    dot.setAttribute("visibility", bytes === null ? "hidden" : "visible");
    readout.textContent = said(trial, here);
    chart.setAttribute("aria-valuenow", trial.t[here]);
    chart.setAttribute("aria-valuetext", readout.textContent);
  };
  chart.addEventListener("pointermove", event => {
    const box = chart.getBoundingClientRect();
    show(nearest(trial.t, trial.seconds * (event.clientX - box.left) / box.width));
  });
  chart.addEventListener("keydown", event => {
    const page = Math.max(1, Math.round(last / 20));
    const to = {ArrowLeft: here - 1, ArrowRight: here + 1, PageUp: here - page, PageDown: here + page, Home: 0, End: last}[event.key];
    if (to === undefined) return;
    event.preventDefault();
    show(to);
  });
}

function save(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text]));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

const files = Object.assign(JSON.parse(data("files")), {"samples.json": data("samples")});
for (const [name, text] of Object.entries(files)) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Save " + name;
  button.addEventListener("click", () => save(name, text));
  document.getElementById("downloads").append(button);
}

addEventListener("beforeprint", () => document.querySelectorAll("details").forEach(d => { d.open = true; }));
