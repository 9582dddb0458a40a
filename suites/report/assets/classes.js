// F1 by class as a table whose cells are shaded: one a board, models down, classes across.
function classRows(rows) {
  const seen = new Set();
  return rows.filter((row) => {
    const program = [boardOf(row), row.model, row.precision, row.weights_sha256, row.target].join("\n");
    const isNew = Object.keys(row.per_class).length > 0 && !row.random_weights && !seen.has(program);
    seen.add(program);
    return isNew;
  });
}

/** Long labels are cut; tasks with very many classes show those with the most rows. */
const MOST_CLASSES = 24;

function classTable(rows) {
  const support = new Map();
  rows.forEach((row) => Object.entries(row.per_class).forEach(([name, score]) => support.set(name, Math.max(support.get(name) || 0, score.support))));
  const all = [...support.keys()];
  const names = all.length <= MOST_CLASSES ? all : all.sort((a, b) => support.get(b) - support.get(a)).slice(0, MOST_CLASSES);
  const values = rows.flatMap((row) => names.filter((name) => row.per_class[name]).map((name) => row.per_class[name].f1));
  const low = Math.min(...values);
  const range = Math.max(...values) - low || 1;
  const head = element("tr", null, element("th", { scope: "col", class: "pinned" }, "Model"));
  const named = (name) => rows[0].class_names[name] || name;
  const shortName = (name) => (named(name).length > 14 ? named(name).slice(0, 13) + "\u2026" : named(name));
  names.forEach((name) => head.append(element("th", { scope: "col", title: name }, shortName(name), element("div", { class: "small" }, String(support.get(name))))));
  const body = element("tbody");
  for (const row of rows) {
    const line = element("tr", null, element("th", { scope: "row" }, row.model + " ", element("span", { class: "small" }, row.precision)));
    for (const name of names) {
      const score = row.per_class[name];
      const cell = element("td", score ? { title: named(name) + ": precision " + percent(score.precision) + ", recall " + percent(score.recall) } : null, score ? score.f1.toFixed(1) : "");
      if (score) {
        cell.style.setProperty("background-color", "color-mix(in srgb, var(--accent) " + (4 + 42 * ((score.f1 - low) / range)).toFixed(0) + "%, var(--card))");
      }
      line.append(cell);
    }
    body.append(line);
  }
  const note = all.length > names.length ? element("p", { class: "small" }, "The " + names.length + " largest of " + all.length + " classes.") : null;
  const title = boardName(rows[0]);
  const scroll = element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "F1 by class on " + title }, element("table", null, element("thead", null, head), body));
  return element("div", { class: "heat" }, element("h3", null, title), scroll, note);
}

function drawClasses(place, rows) {
  const shown = classRows(rows);
  const boards = distinct(shown.map(boardOf));
  place.replaceChildren(...boards.map((board) => classTable(shown.filter((row) => boardOf(row) === board))));
  return shown.length;
}
