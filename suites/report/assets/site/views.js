// The views: an overview of boards, one task, one model, one machine, one board; each is a list of elements.

const PAGE = 200; // rows that are drawn at once

const COLUMNS = [
  { title: "rank", key: "rank", text: String, first: 1 },
  { title: "model", key: "model", head: true },
  { title: "precision", key: "precision" },
  { title: "threads", key: "threads", text: String },
  { title: "task", key: "board", link: (row) => linkTo("task", row.board) },
  { title: "machine", key: "machine", link: (row) => linkTo("machine", row.machine), wide: true, differs: true },
  { title: "score %", key: "score", text: percent, first: -1 },
  { title: "95 %", key: "lo", text: (lo, row) => percent(lo) + " – " + percent(row.hi) },
  { title: "p (best)", key: "p_best", text: probability },
  { title: "p50 ms", key: "p50", text: threeDigits },
  { title: "p99 ms", key: "p99", text: threeDigits },
  { title: "rows/s", key: "rows_per_s", text: threeDigits, first: -1 },
  { title: "memory", key: "memory", text: bytes },
  { title: "J/row", key: "energy", text: threeDigits },
  { title: "parameters", key: "parameters", text: millions },
  { title: "front", key: "front", text: (front) => (front ? "*" : "") },
  { title: "tier", key: "tier" },
  { title: "signed by", key: "signers" },
  { title: "commit", key: "commit" },
  { title: "finished", key: "finished" },
];

const isNothing = (value) => value === null || value === undefined || value === "";

/** By a column; what is nothing stands last, whichever way. */
function sortedRows(rows, column, down) {
  return [...rows].sort((a, b) => {
    const [x, y] = [a[column.key], b[column.key]];
    if (isNothing(x) || isNothing(y)) {
      return isNothing(x) - isNothing(y) || a.place - b.place;
    }
    const order = typeof x === "number" ? x - y : x < y ? -1 : x > y ? 1 : 0;
    return (down ? -order : order) || a.place - b.place;
  });
}

const marksOf = (row) => (row.marks ? row.marks.split("; ") : []);

/** Marks of every row: said once, above the table. */
function commonMarks(rows) {
  const [first, ...others] = rows.map((row) => new Set(marksOf(row)));
  return new Set(rows.length > 1 ? [...first].filter((mark) => others.every((marks) => marks.has(mark))) : []);
}

function cellOf(row, column, common) {
  const value = row[column.key];
  const text = isNothing(value) ? "" : column.text ? column.text(value, row) : value;
  if (column.head) {
    const marks = marksOf(row).filter((mark) => !common.has(mark)).map((mark) => mark.split(":")[0]).join("; ");
    return element("th", { scope: "row" }, element("a", { href: linkTo("model", row.model) }, text), marks ? element("small", {}, marks) : null);
  }
  const shown = column.link && text ? element("a", { href: column.link(row) }, text) : text;
  return element("td", { class: column.wide ? "wide" : column.text ? "number" : null }, shown);
}

/** A table of rows without the columns that say nothing, or the same of every row where `without` names them. */
function tableOf(rows, without = []) {
  const query = readAddress().query;
  const columns = COLUMNS.filter((column) => !without.includes(column.key) && rows.some((row) => !isNothing(row[column.key]))
    && (!column.differs || rows.some((row) => row[column.key] !== rows[0][column.key])));
  const by = columns.find((column) => column.key === (query.get("sort") || "").replace("-", ""));
  const down = (query.get("sort") || "").startsWith("-");
  const ordered = by ? sortedRows(rows, by, down) : rows;
  const head = columns.map((column) => {
    const state = column === by ? (down ? "descending" : "ascending") : "none";
    const button = element("button", { type: "button", "data-key": column.key }, column.title);
    button.addEventListener("click", () => {
      const turned = column === by ? !down : column.first === -1;
      changeQuery("sort", (turned ? "-" : "") + column.key);
      show();
      document.querySelector(`thead button[data-key="${column.key}"]`).focus();
    });
    return element("th", { scope: "col", "aria-sort": state, class: column.text ? "number" : null }, button);
  });
  const body = element("tbody", {});
  const common = commonMarks(rows);
  const more = element("button", { type: "button", class: "more" });
  let shown = 0;
  const extend = () => {
    body.append(...ordered.slice(shown, shown + PAGE).map((row) =>
      element("tr", { class: row.rank === null ? "unranked" : null, title: row.why || null }, ...columns.map((column) => cellOf(row, column, common)))));
    shown = Math.min(shown + PAGE, ordered.length);
    more.hidden = shown === ordered.length;
    more.textContent = "Show more (" + shown + " of " + ordered.length + ")";
  };
  more.addEventListener("click", extend);
  extend();
  const said = common.size ? element("p", { class: "explain" }, "On all rows: " + [...common].join("; ") + ".") : null;
  return element("div", {}, ...[said].filter(Boolean), element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Results" },
    element("table", {}, element("thead", {}, element("tr", {}, ...head)), body)), more);
}

/** The best of each task and class of machines. */
function overview(rows) {
  const groups = new Map();
  for (const row of rows) {
    const key = row.board + "\n" + row.machine;
    groups.set(key, [...(groups.get(key) || []), row]);
  }
  const cards = [...groups.values()].slice(0, 60).map((group) => {
    const ranked = group.filter((row) => row.rank !== null);
    const best = sortedRows(ranked.length ? ranked : group, { key: "score" }, true).slice(0, 3);
    const entries = best.map((row) => element("li", {}, element("a", { href: linkTo("model", row.model) }, row.name),
      element("span", {}, isNothing(row.score) ? "no score" : percent(row.score))));
    return element("section", { class: "card" }, element("h3", {}, element("a", { href: linkTo("task", group[0].board) }, group[0].board)),
      element("ol", {}, ...entries),
      element("p", {}, group[0].machine + ": " + plural(group.length, "row") + ", " + (ranked.length ? ranked.length + " ranked" : "none ranked")));
  });
  return [element("h2", {}, "Tasks"), element("div", { class: "cards" }, ...cards), element("h2", {}, "All rows"), tableOf(rows)];
}

function explained() {
  return site.notes.map((note) => element("p", { class: "explain" }, note));
}

function taskView(rows, [name]) {
  const own = rows.filter((row) => row.board === name);
  const parts = [element("h2", {}, name), ...explained()];
  for (const machine of distinct(own.map((row) => row.machine))) {
    const here = own.filter((row) => row.machine === machine);
    parts.push(element("h2", {}, machine), tradeoffPlot(here), tableOf(here, ["board", "machine"]));
  }
  return parts;
}

function modelView(rows, [name]) {
  const own = rows.filter((row) => row.model === name);
  const history = decoded(site.history_fields, site.history.filter((values) => site.texts[values[0]] === name));
  const parts = [element("h2", {}, name), tableOf(own, ["model"])];
  for (const task of distinct(history.map((point) => point.task + " " + point.split))) {
    for (const machine of distinct(history.map((point) => point.machine))) {
      const points = history.filter((point) => point.task + " " + point.split === task && point.machine === machine);
      const plots = [historyPlot(points, "score", "score, %"), historyPlot(points, "p50", "p50, ms")].filter(Boolean);
      if (plots.length) {
        parts.push(element("h2", {}, "History: " + task + ", " + machine), ...plots);
      }
    }
  }
  return parts;
}

const machineView = (rows, [name]) => [element("h2", {}, name), tableOf(rows.filter((row) => row.machine === name), ["machine"])];
const boardView = (rows, [name]) => [element("h2", {}, "Board " + name),
  tableOf(rows.filter((row) => row.boards.split(", ").includes(name)))];

/** Names with the number of their rows. */
function listView(title, view, of) {
  return (rows) => {
    const counts = new Map();
    for (const row of rows) {
      for (const name of of(row)) {
        counts.set(name, (counts.get(name) || 0) + 1);
      }
    }
    const entries = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, count]) =>
      element("section", { class: "card" }, element("h3", {}, element("a", { href: linkTo(view, name) }, name)), element("p", {}, plural(count, "row"))));
    return [element("h2", {}, title), element("div", { class: "cards" }, ...entries)];
  };
}
