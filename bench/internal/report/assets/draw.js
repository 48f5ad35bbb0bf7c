// How it is drawn.
const sync = uPlot.sync("time");
let drawn = [];

function draw() {
  drawn.forEach(d => d.plot && d.plot.destroy());
  root.textContent = "";
  const list = charts();
  root.hidden = list.length === 0;
  // The first takes the whole row unless that leaves a hole at the end.
  const wide = list.filter(c => c.lines.length).length % 2 === 1;
  drawn = list.map((c, i) => card(c, wide && i === 0));
  drawn.forEach(d => { if (d.chart.lines.length) d.plot = plot(d); });
}

function element(tag, className, text) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text) e.textContent = text;
  return e;
}

function card(chart, wide) {
  const has = chart.lines.length > 0;
  const box = element("article", wide || !has ? "chart wide" : "chart"), head = element("header"), h = element("h2", "", chart.title);
  h.append(element("small", "", chart.sub));
  head.append(h);
  if (chart.lines.length > 1) {
    const keys = element("div", "keys");
    for (const l of frontFirst(chart)) {
      const key = element("span", l.dash ? "key dash" : "key", l.name);
      key.style.setProperty("--ink", css(l.ink));
      keys.append(key);
    }
    head.append(keys);
  }
  box.append(head);
  const body = element("div", has ? "" : "none", has ? "" : chart.none);
  (has ? box : head).append(body);
  root.append(box);
  return {chart, body};
}

// Lines are drawn from back to front, and named from front to back.
const frontFirst = chart => chart.steps ? chart.lines : [...chart.lines].reverse();

function plot({chart, body}) {
  const font = "12px " + getComputedStyle(document.body).fontFamily;
  const span = chart.x.at(-1), at = chart.at || clock(span);
  const axis = {stroke: css("soft"), font, grid: {stroke: css("grid"), width: 1}, ticks: {show: false}, gap: 6};
  const opts = {
    width: Math.max(body.clientWidth, 200), height: 230, padding: [10, chart.at ? 30 : 14, 0, 0], legend: {show: false},
    cursor: {y: false, drag: {x: false, y: false}, points: {size: 7}, ...(chart.at ? {} : {sync: {key: sync.key}})},
    scales: {
      x: {time: false, range: [chart.x[0] < 1 ? 0 : chart.x[0], span]},
      y: chart.log ? {distr: 3, log: 10, range: (_, lo, hi) => [round(lo, Math.floor), round(hi, Math.ceil)]} : {range: (_, lo, hi) => [0, hi > 0 ? hi * 1.1 : 1]},
    },
    axes: [
      {...axis, size: 30, space: chart.at ? 10 : 64, values: chart.at ? spaced(at) : (_, vs) => vs.map(at), grid: {...axis.grid, show: !!chart.at},
        ...(chart.splits ? {splits: chart.splits, filter: null} : {incrs: [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200]})},
      {...axis, size: axisSize, space: 38, values: (_, vs) => vs.map(v => v == null ? "" : chart.y(v)),
        ...(chart.log ? {filter: few, grid: {...axis.grid, filter: few}} : {})},
    ],
    series: [{}, ...chart.lines.map(l => ({
      label: l.name, stroke: css(l.ink), width: chart.x.length > 500 ? 1.25 : 1.75, points: {show: false}, spanGaps: !l.gaps,
      dash: l.dash ? [5, 4] : undefined,
      fill: l.area ? css(l.ink) + "1f" : undefined,
      fillTo: chart.log ? u => u.scales.y.min : undefined,
      paths: chart.steps ? uPlot.paths.stepped({align: 1}) : undefined,
    }))],
    plugins: [tooltip(chart, at), ...(chart.marks ? [marks(chart)] : [])],
  };
  return new uPlot(opts, [chart.x, ...chart.lines.map(l => l.y)], body);
}

// round is to the next of 1, 2 and 5 in its decade.
function round(v, way) {
  const decade = 10 ** Math.floor(Math.log10(v) + 1e-9), steps = [1, 2, 5, 10];
  return decade * (way === Math.ceil ? steps.find(s => s * decade >= v * 0.999) : steps.findLast(s => s * decade <= v * 1.001));
}

// few says which values of a logarithmic axis are named: 1, 2 and 5, or 1 only.
function few(u, values) {
  const wanted = Math.log10(u.scales.y.max / u.scales.y.min) > 2.2 ? [1] : [1, 2, 5];
  return values.map(v => wanted.includes(Math.round(v / 10 ** Math.floor(Math.log10(v) + 1e-9))) ? v : null);
}

// spaced leaves out the labels that would touch the one before.
const spaced = at => (u, values) => {
  u.ctx.font = u.axes[0].font[0];
  let free = -Infinity;
  return values.map(v => {
    const text = at(v), half = u.ctx.measureText(text).width / devicePixelRatio / 2, x = u.valToPos(v, "x");
    if (x - half < free) return "";
    free = x + half + 8;
    return text;
  });
};

// As wide as the longest label, so that none is cut.
function axisSize(u, values, i, cycle) {
  const axis = u.axes[i];
  if (cycle > 1) return axis._size;
  u.ctx.font = axis.font[0];
  const widest = Math.max(0, ...(values || []).map(v => u.ctx.measureText(v).width));
  return Math.max(44, Math.ceil(widest / devicePixelRatio) + 16);
}

function tooltip(chart, at) {
  let tip, over = false;
  return {hooks: {
    init: u => {
      tip = element("div", "tip");
      tip.hidden = true;
      u.over.append(tip);
      u.over.addEventListener("mouseenter", () => { over = true; });
      u.over.addEventListener("mouseleave", () => { over = false; tip.hidden = true; });
    },
    setCursor: u => {
      const i = u.cursor.idx;
      tip.hidden = !over || i == null || u.cursor.left < 0;
      if (tip.hidden) return;
      tip.textContent = "";
      tip.append(element("p", "at", at(chart.x[i])));
      for (const l of frontFirst(chart)) {
        const p = element("p", "", l.name);
        p.append(element("b", "", l.y[i] == null ? "–" : chart.y(l.y[i])));
        tip.append(p);
      }
      const left = u.cursor.left, right = left + 16 + tip.offsetWidth > u.over.clientWidth;
      tip.style.left = (right ? Math.max(0, left - 16 - tip.offsetWidth) : left + 16) + "px";
      tip.style.top = "8px";
    },
  }};
}

// marks are points of a rising curve with their names below and to the right, or
// else above and to the left.
function marks(chart) {
  return {hooks: {draw: u => {
    const ctx = u.ctx, scale = devicePixelRatio, {left, width, top, height} = u.bbox;
    ctx.save();
    ctx.font = (12 * scale) + "px " + getComputedStyle(document.body).fontFamily;
    const taken = [];
    for (const m of chart.marks) {
      const x = u.valToPos(m.x, "x", true), y = u.valToPos(m.y, "y", true), long = ctx.measureText(m.text).width + 12 * scale;
      if (x > left + width + 1) continue;
      ctx.fillStyle = css("one");
      ctx.beginPath();
      ctx.arc(x, y, 3.5 * scale, 0, 7);
      ctx.fill();
      ctx.fillStyle = css("text");
      const free = (from, to) => from >= left && to <= left + width && taken.every(([a, b]) => to <= a || from >= b);
      if (free(x, x + long) && y + 20 * scale < top + height) {
        taken.push([x, x + long]);
        ctx.textAlign = "left";
        ctx.textBaseline = "top";
        ctx.fillText(m.text, x + 6 * scale, y + 7 * scale);
      } else if (free(x - long, x) && y - 20 * scale > top) {
        taken.push([x - long, x]);
        ctx.textAlign = "right";
        ctx.textBaseline = "bottom";
        ctx.fillText(m.text, x - 6 * scale, y - 5 * scale);
      }
    }
    ctx.restore();
  }}};
}

document.getElementById("save").href = URL.createObjectURL(new Blob([JSON.stringify(result, null, 1)], {type: "application/json"}));
draw();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
let width = innerWidth;
addEventListener("resize", () => {
  if (innerWidth === width) return;
  width = innerWidth;
  drawn.forEach(d => d.plot && d.plot.setSize({width: d.body.clientWidth, height: 230}));
});
