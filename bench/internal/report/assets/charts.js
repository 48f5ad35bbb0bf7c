// What a result is shown as.
const result = JSON.parse(document.getElementById("result").textContent);
const root = document.getElementById("charts");
const css = name => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();

// Numbers as people read them.
const digits = v => v === 0 ? "0" : Math.abs(v) >= 100 ? Math.round(v).toLocaleString("en") : String(+v.toPrecision(3));
const thousands = v => v >= 1e6 ? digits(v / 1e6) + " M" : v >= 1e4 ? digits(v / 1e3) + " k" : digits(v);
const unit = (u, fmt = digits) => v => fmt(v) + " " + u;
const bytes = v => v >= 1e9 ? digits(v / 1e9) + " GB" : v >= 1e6 || v === 0 ? digits(v / 1e6) + " MB" : digits(v / 1e3) + " KB";
const millis = v => v === 0 ? "0" : v >= 1000 ? digits(v / 1000) + " s" : v < 1 ? digits(v * 1000) + " µs" : digits(v) + " ms";
const percent = unit("%", v => digits(v * 100));
const clock = span => v => span > 180
  ? Math.floor(v / 60) + ":" + String(Math.round(v % 60)).padStart(2, "0") : +v.toFixed(2) + " s";

// Columns. A point is the mean of about the second before it, for processor
// time is told in hundredths of a second only.
function before(t, i, seconds) {
  let j = i;
  while (j > 0 && t[i] - t[j] < seconds) j--;
  return j;
}
const rate = (t, counts) => t.map((at, i) => {
  const j = before(t, i, 0.95);
  return j === i || counts[i] == null || counts[j] == null ? null : (counts[i] - counts[j]) / (at - t[j]);
});
const smooth = (t, shares) => t.map((_, i) => {
  let sum = 0, n = 0;
  for (let k = before(t, i, 0.95) + 1; k <= i; k++) if (shares[k] != null) { sum += shares[k]; n++; }
  return n ? sum / n : null;
});

// whole leaves out a last row of less than half a period: what is told of so
// short a time looks like a fall or a leap.
function whole(s) {
  const n = s.t.length;
  if (n < 4 || s.t[n - 1] - s.t[n - 2] >= (s.t[n - 2] - s.t[0]) / (n - 2) / 2) return s;
  return Object.fromEntries(Object.entries(s).map(([k, v]) => [k, Array.isArray(v) ? v.slice(0, -1) : v]));
}

// The charts of this result, as far as they were measured. Each has columns: x
// first, then one for each line.
function charts() {
  const s = whole(result.series || {t: []}), g = s.gateway || {t: []}, out = [];
  const add = c => { if ((c.lines.length || c.none) && c.x.length > 1) out.push(c); };
  const line = (name, ink, y, more) => y && y.some(v => v != null) ? [{name, ink, y, ...more}] : [];
  const answers = !result.latency_ms;
  distribution(out, answers ? result.ack_curve : result.latency_curve, answers);
  if (s.delivered) add({title: "Deliveries", sub: "per second", x: s.t, y: thousands, lines: line("deliveries", "one", rate(s.t, s.delivered), {area: true})});
  if (s.operations) add({title: "Operations", sub: "per second", x: s.t, y: thousands, lines: line("operations", s.delivered ? "four" : "one", rate(s.t, s.operations), {area: true})});
  add({title: (answers ? "Time to the answer" : "Latency") + " over time", sub: "every " + Math.round(100 * s.t.at(-1) / s.t.length) * 10 + " ms", log: true, x: s.t, y: millis,
    lines: [...line("max", "three", s.max), ...line("p99", "two", s.p99), ...line("p50", "one", s.p50)]});
  add({title: "Processor", sub: "100 % is one core", x: s.t, y: percent,
    lines: [...line("generator", "three", s.generator_cpu && smooth(s.t, s.generator_cpu)),
      ...line("server", "one", s.server_cpu && smooth(s.t, s.server_cpu), {area: true})]});
  add({title: "Memory", sub: "of the server, without mapped files", x: s.t, y: bytes, lines: line("memory", "four", s.rss_anon, {area: true})});
  add({title: "Frames per write", sub: "mean", x: g.t, y: digits, lines: line("frames", "one", g.frames_per_write, {area: true})});
  const waited = [g.depth_p99, g.depth_mean].some(y => y && y.some(v => v > 0));
  if (g.depth_mean) add({title: "Queues", sub: "frames waiting per connection", x: g.t, y: thousands,
    lines: waited ? [...line("p99", "two", g.depth_p99), ...line("mean", "one", g.depth_mean)] : [],
    none: "None: whenever it was looked, no frame waited."});
  ladder(out, g);
  // What has nothing to draw says so in a line, below the others.
  return [...out.filter(c => c.lines.length), ...out.filter(c => !c.lines.length)];
}

function distribution(out, curve, answers) {
  if (!curve || curve.length < 2) return;
  // Percentiles stand as far apart as they are rare: 90, 99, 99.9.
  let last = 0;
  const x = curve.map(([q]) => last = q < 100 ? -Math.log10(1 - q / 100) : last + 0.12);
  const y = curve.map(([, ms]) => Math.max(ms, 1e-3));
  const p = (answers ? result.ack_ms : result.latency_ms) || {};
  out.push({
    title: (answers ? "Time to the answer" : "Latency") + " by percentile", sub: answers ? "of operations" : "of deliveries", log: true, x, y: millis,
    lines: [{name: answers ? "answered within" : "delivered within", ink: "one", y, area: true}],
    // Where there is no room for all names, the first are shown.
    marks: [["p99", 99, p.p99], ["p50", 50, p.p50], ["p90", 90, p.p90], ["p99.9", 99.9, p.p99_9]]
      .filter(([, , ms]) => ms).map(([name, q, ms]) => ({x: -Math.log10(1 - q / 100), y: ms, text: name + "  " + millis(ms)})),
    at: v => { const q = 100 * (1 - 10 ** -v); return +q.toFixed(Math.max(1, Math.floor(v) + 1)) + " %"; },
    splits: [0, 0.30103, 1, 2, 3, 4, 5, 6, 7].filter(v => v <= last),
  });
}

function ladder(out, g) {
  if (!g.ladder || g.t.length < 2) return;
  const order = ["folded", "newest_only", "pull", "closed", "full"], said = {newest_only: "newest only"};
  const names = Object.keys(g.ladder).filter(k => g.ladder[k].at(-1) > g.ladder[k][0])
    .sort((a, b) => order.indexOf(a.split("/")[0]) - order.indexOf(b.split("/")[0]));
  const lines = names.map(k => {
    const [level, why] = k.split("/"), up = why === "recovered";
    return {name: up ? "back to " + level : (said[level] || level) + ", " + why, ink: up ? "recovered" : level,
      y: g.ladder[k].map(v => v - g.ladder[k][0])};
  });
  lines.forEach((l, i) => { l.dash = lines.slice(0, i).some(o => o.ink === l.ink); });
  out.push({title: "Slow connections", sub: "steps of the ladder so far", x: g.t, y: thousands, lines, steps: true,
    none: "None: no connection was ever so slow that it was sent less."});
}
