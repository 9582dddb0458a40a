// Puts the page together: reads the data, keeps the filters, draws what they leave.
const byId = (id) => document.getElementById(id);
const report = JSON.parse(byId("data").textContent);
let sorting = null;

function fillChoice(select, values, all, name) {
  const options = values.map((value) => element("option", { value }, name ? name(value) : String(value)));
  select.parentElement.hidden = values.length < 2;
  select.replaceChildren(...(values.length > 1 ? [element("option", { value: "" }, all)] : []), ...options);
}

function filteredRows() {
  const task = byId("filter-task").value;
  const model = byId("filter-model").value.trim().toLowerCase();
  const precision = byId("filter-precision").value;
  const threads = byId("filter-threads").value;
  const ranked = byId("filter-ranked").checked;
  return report.rows.filter(
    (row) =>
      (!task || boardOf(row) === task) &&
      (!model || row.model.toLowerCase().includes(model)) &&
      (!precision || row.precision === precision) &&
      (!threads || String(row.threads) === threads) &&
      (!ranked || row.ranked),
  );
}

/** Many lines hide each other: unless a precision is chosen, each model shows its first one (f32 where there is one). */
function lengthRows(rows) {
  const measured = rows.filter((row) => row.lengths.length > 0);
  if (byId("filter-precision").value) {
    return measured;
  }
  const order = ["f32", "bf16", "int8"];
  const first = new Map();
  measured.forEach((row) => {
    const key = [row.model, row.weights_sha256, row.threads].join("\n");
    if (!first.has(key) || order.indexOf(row.precision) < order.indexOf(first.get(key).precision)) {
      first.set(key, row);
    }
  });
  return [...first.values()];
}

function draw() {
  const rows = filteredRows();
  byId("count").textContent = rows.length === report.rows.length ? plural(rows.length, "row") : rows.length + " of " + plural(report.rows.length, "row");
  drawTable(byId("table"), rows, sorting, (sort) => {
    sorting = sort;
    draw();
  });
  dropCharts();
  byId("tradeoff").hidden = drawTradeoffs(byId("tradeoff-charts"), rows) === 0;
  byId("classes").hidden = drawClasses(byId("class-tables"), rows) === 0;
  const lengths = lengthRows(rows);
  byId("lengths").hidden = lengths.length === 0;
  if (lengths.length) {
    drawLengths(byId("length-chart"), lengths);
  }
}

/** What all rows have in common needs no column. */
function resultFacts(rows) {
  const targets = distinct(rows.map((row) => row.target));
  const threads = distinct(rows.map((row) => row.threads));
  return [targets.length === 1 ? "target " + targets[0] : "", threads.length === 1 && threads[0] ? plural(threads[0], "thread") : ""].filter(Boolean);
}

function drawHead() {
  const rows = report.rows;
  const models = distinct(rows.map((row) => row.model));
  const tasks = distinct(rows.map((row) => row.task));
  const last = rows.map((row) => row.finished).sort().at(-1) || "";
  const machines = distinct(rows.map((row) => row.machine.cpu).filter(Boolean));
  byId("summary").textContent = [plural(models.length, "model"), plural(tasks.length, "task"), machines.join("; "), last.slice(0, 10)].filter(Boolean).join(" \u00b7 ");
  byId("tradeoff-key").replaceChildren(...Object.keys(SHAPES).filter((p) => rows.some((row) => row.precision === p)).map((p) => element("span", { class: p }, p)));
  const same = resultFacts(rows);
  byId("same").textContent = same.length ? "All rows: " + same.join(", ") + "." : "";
  byId("notices").hidden = report.warnings.length === 0;
  byId("notices").replaceChildren(...report.warnings.map((sentence) => element("p", null, sentence)));
}

function codes(texts) {
  return texts.flatMap((text, i) => [i ? ", " : "", element("code", null, text)]);
}

function methodFacts(rows) {
  const lines = (values) => distinct(values).flatMap((value, i) => [i ? element("br") : "", value]);
  const setting = (name, state) => (state === null ? name + " not stated" : name + (state ? " on" : " off"));
  const machine = ({ machine: m }) => [m.cpu, plural(m.cores, "core"), m.governor ? "governor " + m.governor : "governor not stated", setting("turbo", m.turbo), setting("SMT", m.smt), setting("ASLR", m.aslr), m.kernel && "Linux " + m.kernel].filter(Boolean).join(", ");
  const data = (row) => [row.task, row.split, row.task_version && "version " + row.task_version, plural(row.rows, "row"), "sha256 " + row.data_sha256.slice(0, 12)].filter(Boolean).join(", ");
  const seeds = (row) => Object.entries(row.seeds).map(([of, seed]) => of + " " + seed).join(", ");
  const versions = {};
  rows.forEach((row) => Object.entries(row.versions).forEach(([name, version]) => ((versions[name] = versions[name] || new Set()).add(version))));
  const times = rows.flatMap((row) => [row.started, row.finished]).filter(Boolean).sort();
  return [
    ["Machine", lines(rows.map(machine))],
    ["Data", lines(rows.map(data))],
    ["Tier", lines([distinct(rows.map((row) => row.tier).filter(Boolean)).join(", ") || "none timed"])],
    ["Precision", lines(rows.map((row) => (row.scheme && row.scheme !== row.precision ? row.precision + ": " + row.scheme : row.precision)))],
    ["Seeds", lines(rows.map(seeds).filter(Boolean))],
    ["Commit", codes(distinct(rows.flatMap((row) => row.commits)).map((commit) => commit.slice(0, 12) + (commit.endsWith("+") ? " (changed sources)" : "")))],
    ["Versions", [Object.entries(versions).map(([name, all]) => name + " " + [...all].join(" and ")).join(", ")]],
    ["Measured", [times.length ? times[0].replace("T", " ") + " to " + times.at(-1).replace("T", " ") : ""]],
  ].filter(([, value]) => value.some((part) => part !== ""));
}

function start() {
  const rows = report.rows;
  const names = new Map(rows.map((row) => [boardOf(row), boardName(row)]));
  fillChoice(byId("filter-task"), [...names.keys()], "All tasks", (board) => names.get(board));
  fillChoice(byId("filter-precision"), distinct(rows.map((row) => row.precision)).sort(), "All");
  fillChoice(byId("filter-threads"), distinct(rows.map((row) => row.threads)).filter(Boolean).sort((a, b) => a - b), "All");
  byId("method-facts").replaceChildren(...methodFacts(rows).flatMap(([name, value]) => [element("dt", null, name), element("dd", null, ...value)]));
  drawHead();
  draw();
  byId("filters").addEventListener("input", draw);
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}

Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
Chart.defaults.font.size = 12;
start();
