// The table of results: which columns there are, and sorting them by pointer or keyboard.
const NOT_ENOUGH = "not enough samples";

/** `value` sorts (null: last, whichever way), `show` fills the cell; `best` is the way that a first click sorts. */
function resultColumns(rows) {
  const columns = [
    { title: "Model", value: (row) => row.model, show: showModel, best: "ascending", text: true, pinned: true },
    { title: "Task", value: boardName, best: "ascending", text: true },
    { title: "Precision", value: (row) => row.precision, best: "ascending", text: true },
    { title: "Target", value: (row) => row.target, best: "ascending", text: true, fact: true },
    { title: "Threads", value: (row) => row.threads || null, best: "ascending", fact: true },
    { title: "Score", value: scoreOf, show: showScore, best: "descending", kind: "score" },
  ];
  columns.push({ title: "Of f32", value: (row) => (row.gate && row.gate.share !== null ? row.gate.share : null), show: showShare, best: "descending" });
  columns.push(...comparisonColumns(rows), ...timingColumns());
  columns.push(
    { title: "Parameters", value: (row) => row.parameters || null, show: (row, value) => millions(value), best: "ascending" },
    { title: "Tier", value: (row) => row.tier || null, show: showTier, best: "ascending", text: true },
    { title: "Marks", value: (row) => otherMarks(row).join(", ") || null, show: showMarks, best: "ascending", text: true },
  );
  const names = distinct(rows.flatMap((row) => Object.keys(row.metrics).slice(1)));
  for (const name of names) {
    columns.push({ title: name, value: (row) => (row.metrics[name] ? row.metrics[name].value : null), show: (row, value) => percent(value), best: "descending", group: "Other metrics" });
  }
  const varies = (column) => !column.fact || distinct(report.rows.map(column.value)).length > 1;
  return columns.filter((column) => varies(column) && (column.pinned || column.kind || rows.some((row) => column.value(row) !== null || (column.latency && row.timed))));
}

function timingColumns() {
  const columns = [];
  for (const [kind, group] of [["text", "Text to label, ms"], ["model", "Model alone, ms"]]) {
    for (const which of ["p50", "p90", "p99"]) {
      columns.push({ title: which, value: (row) => row.latency_ms[kind][which], show: (row, value) => threeDigits(value), best: "ascending", group, latency: true });
    }
  }
  const rate = (title, key) => ({ title, value: (row) => row[key], show: (row, value) => threeDigits(value), best: "descending", group: "Throughput" });
  columns.push(rate("rows/s", "rows_per_s"), rate("tokens/s", "tokens_per_s"));
  columns.push({
    title: "server/s", value: (row) => row.server_per_s, best: "descending", group: "Throughput",
    show: (row, value) => threeDigits(value) + " in " + threeDigits(row.server_bound_ms) + " ms",
  });
  columns.push({ title: "Memory", value: (row) => row.peak_memory_bytes, show: (row, value) => bytes(value), best: "ascending" });
  columns.push({ title: "Energy, J/row", value: (row) => row.joules_per_row, show: (row, value) => threeDigits(value), best: "ascending" });
  columns.push({
    title: "Cold start, ms", best: "ascending", show: (row, value) => threeDigits(value),
    value: (row) => (row.cold_start_ms ? row.cold_start_ms.load + row.cold_start_ms.compile + row.cold_start_ms.first : null),
  });
  return columns;
}

function comparisonColumns(rows) {
  if (!rows.some((row) => row.comparison)) {
    return [];
  }
  const of = (row, key) => (row.comparison && row.comparison[key] !== undefined ? row.comparison[key] : null);
  return [
    { title: "difference", value: (row) => of(row, "difference"), show: showDifference, best: "descending", group: "Against base", kind: "difference" },
    { title: "p (BH)", value: (row) => of(row, "p_adjusted"), show: (row, value) => probability(value), best: "ascending", group: "Against base" },
    { title: "speed", value: (row) => of(row, "speed"), show: (row, value) => threeDigits(value) + "\u00d7", best: "descending", group: "Against base" },
  ];
}

function showDifference(row, value) {
  if (value === null) {
    const why = row.comparison ? (row.comparison.base ? "base" : row.comparison.why_not) : "";
    return element("span", { class: "none" }, why || "");
  }
  const range = element("span", { class: "small" }, " " + signed(row.comparison.lo) + " to " + signed(row.comparison.hi));
  return element("span", { title: row.comparison.test }, signed(value), range);
}

function showScore(row, value) {
  if (value === null) {
    return element("span", { class: "none" }, row.marks.includes("no labels") ? "no labels" : "no accuracy run");
  }
  const metric = row.metrics[headlineOf(row)];
  const shown = element("span", { title: headlineOf(row), class: row.pareto ? "front" : null }, percent(value));
  const range = element("span", { class: "small" }, " " + metric.lo.toFixed(1) + "\u2013" + metric.hi.toFixed(1));
  const front = row.pareto ? element("span", { class: "visually-hidden" }, " on the Pareto front") : null;
  return element("span", null, shown, range, front);
}

/** What a lower precision keeps of the f32 score; it counts only from 99 % on. */
function showShare(row, value) {
  return element("span", { class: row.gate.kept_99 ? null : "small", title: row.gate.kept_99 ? null : "below 99 %: does not count" }, (100 * value).toFixed(1) + " %");
}

/** These stand beside the model's name, where nobody can miss them; the tier has a column. */
const STRONG_MARKS = ["random weights", "incomplete", "sample data"];

function showModel(row) {
  const strong = row.marks.filter((mark) => STRONG_MARKS.includes(mark));
  return element("span", null, row.model, ...strong.map((mark) => element("span", { class: "mark strong" }, mark)));
}

const otherMarks = (row) => row.marks.filter((mark) => !STRONG_MARKS.includes(mark) && mark !== "not official" && !report.common_flags.includes(mark));

function showTier(row, tier) {
  return element("span", { class: tier === "official" ? null : "none", title: tier === "official" ? null : "not official" }, tier);
}

function showMarks(row) {
  return element("span", null, ...otherMarks(row).map((mark) => element("span", { class: "mark", title: mark }, mark.split(/[:,] /)[0])));
}

function cellOf(row, column) {
  const value = column.value(row);
  const names = [column.text ? "" : "number", column.kind || ""].filter(Boolean).join(" ");
  const cell = element(column.pinned ? "th" : "td", { class: names || null, scope: column.pinned ? "row" : null, title: column.pinned ? row.model : null });
  if (value === null && !column.kind) {
    cell.append(column.latency && row.timed ? element("span", { class: "none long" }, NOT_ENOUGH) : "");
  } else {
    cell.append(column.show ? column.show(row, value) : String(value));
  }
  return cell;
}

function inOrder(rows, column, way) {
  const sign = way === "ascending" ? 1 : -1;
  const compare = (a, b) => (typeof a === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true }));
  return rows
    .map((row, place) => ({ row, place, value: column.value(row) }))
    .sort((a, b) => {
      if (a.value === null || b.value === null) {
        return (a.value === null) - (b.value === null) || a.place - b.place;
      }
      return sign * compare(a.value, b.value) || a.place - b.place;
    })
    .map((entry) => entry.row);
}

function headOf(columns, sort, choose) {
  const groups = element("tr", { class: "group" });
  const titles = element("tr");
  for (let i = 0; i < columns.length; ++i) {
    const column = columns[i];
    if (i === 0 || column.group !== columns[i - 1].group) {
      let span = 1;
      while (columns[i + span] && column.group === columns[i + span].group) {
        ++span;
      }
      const attributes = { colspan: span, scope: column.group ? "colgroup" : null, class: i === 0 ? "pinned" : null };
      groups.append(element(column.group ? "th" : "td", attributes, column.group || ""));
    }
    const button = element("button", { type: "button" }, column.title);
    button.addEventListener("click", () => choose(column));
    const names = [column.text ? "" : "number", column.pinned ? "pinned" : ""].filter(Boolean).join(" ");
    const state = sort && sort.title === titleOf(column) ? sort.way : null;
    titles.append(element("th", { scope: "col", class: names || null, "aria-sort": state }, button));
  }
  return [groups, titles];
}

const titleOf = (column) => (column.group || "") + column.title;

/** Draws the table of `rows`; `sort` ({title, way} or null) is kept by the caller, `choose(sort)` asks for another one. */
function drawTable(table, rows, sort, choose) {
  const columns = resultColumns(rows);
  const sorted = sort && columns.find((column) => titleOf(column) === sort.title);
  const ordered = sorted ? inOrder(rows, sorted, sort.way) : rows;
  const other = { ascending: "descending", descending: "ascending" };
  const pick = (column) => {
    const again = sort && sort.title === titleOf(column);
    choose({ title: titleOf(column), way: again ? other[sort.way] : column.best });
  };
  const focused = [...table.querySelectorAll("thead button")].indexOf(document.activeElement);
  table.tHead.replaceChildren(...headOf(columns, sort, pick));
  table.tBodies[0].replaceChildren(
    ...ordered.map((row) => element("tr", { class: row.ranked ? null : "unranked" }, ...columns.map((column) => cellOf(row, column)))),
  );
  if (focused >= 0) {
    table.querySelectorAll("thead button")[focused].focus();
  }
}
