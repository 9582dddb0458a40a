// Two programs side by side: their rows, and where their answers differ. Predictions lie beside the page and are read when they are asked for.

const answersOf = new Map(); // by hash: {ids, answers}, or null where the file is not there

/** What the files predictions/<hash>.js call. */
function clewPredictions(hash, predictions) {
  answersOf.set(hash, predictions);
}

function loadAnswers(hash, then) {
  if (answersOf.has(hash)) {
    then();
    return;
  }
  const script = element("script", { src: "predictions/" + hash + ".js" });
  script.addEventListener("load", then);
  script.addEventListener("error", () => {
    answersOf.set(hash, null);
    then();
  });
  document.head.append(script);
}

const LONGEST = 200; // rows of differing answers that are shown

function differencesOf(first, second) {
  const [a, b] = [answersOf.get(first.predictions), answersOf.get(second.predictions)];
  if (!a || !b) {
    return element("p", { class: "explain" }, "The predictions of " + (a ? second.name : first.name) + " are not beside this page.");
  }
  const others = new Map(b.ids.map((id, place) => [id, b.answers[place]]));
  const differing = a.ids.map((id, place) => [id, a.answers[place], others.get(id)]).filter(([, x, y]) => x !== y);
  const body = differing.slice(0, LONGEST).map(([id, x, y]) =>
    element("tr", {}, element("th", { scope: "row" }, id), element("td", { class: "wide" }, x), element("td", { class: "wide" }, y || "")));
  const head = ["row", first.name, second.name].map((text) => element("th", { scope: "col" }, text));
  const shown = differing.length > LONGEST ? "; the first " + LONGEST + " are shown" : "";
  return element("div", {}, element("p", { class: "explain", id: "differing" }, "They answer " + differing.length + " of " + a.ids.length + " rows differently" + shown + "."),
    differing.length ? element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Differing answers" },
      element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...body))) : null);
}

/** A choice of programs; the address keeps it. */
function choiceOf(names, place, chosen) {
  const field = element("select", { id: "compare-" + place, "aria-label": place === 0 ? "First program" : "Second program" },
    ...names.map((name) => element("option", { value: name }, name)));
  field.value = chosen[place];
  field.addEventListener("input", () => {
    const both = [...chosen];
    both[place] = field.value;
    location.hash = addressOf("compare", both, readAddress().query);
  });
  return field;
}

/** Numbers of one place of two programs. */
function pairTable(first, second) {
  const lines = [["score %", "score", percent, (a, b) => signed(b - a)], ["p50 ms", "p50", threeDigits, (a, b) => threeDigits(b / a) + "x"],
    ["p99 ms", "p99", threeDigits, (a, b) => threeDigits(b / a) + "x"], ["rows/s", "rows_per_s", threeDigits, (a, b) => threeDigits(b / a) + "x"],
    ["memory", "memory", bytes, (a, b) => threeDigits(b / a) + "x"],
    ["J/row", "energy", threeDigits, (a, b) => threeDigits(b / a) + "x"], ["parameters", "parameters", millions, (a, b) => threeDigits(b / a) + "x"]];
  const body = lines.filter(([, key]) => first[key] !== null || second[key] !== null).map(([title, key, text, change]) => {
    const [a, b] = [first[key], second[key]];
    return element("tr", {}, element("th", { scope: "row" }, title), ...[a, b].map((value) => element("td", { class: "number" }, value === null ? "" : text(value))),
      element("td", { class: "number" }, a === null || b === null ? "" : change(a, b)));
  });
  const head = ["", first.name, second.name, "second against first"].map((text) => element("th", { scope: "col", class: text ? "number" : null }, text));
  return element("div", { class: "scroll" }, element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...body)));
}

function compareView(rows, chosen) {
  const names = distinct(rows.map((row) => row.name)).sort();
  const both = [names.includes(chosen[0]) ? chosen[0] : names[0], names.includes(chosen[1]) ? chosen[1] : names[Math.min(1, names.length - 1)]];
  const parts = [element("h2", {}, "Compare"), element("p", {}, choiceOf(names, 0, both), " with ", choiceOf(names, 1, both))];
  const pairs = new Map();
  for (const row of rows.filter((one) => both.includes(one.name))) {
    const key = [row.board, row.data, row.machine, row.threads ?? ""].join("\n");
    const pair = pairs.get(key) || [null, null];
    both.forEach((name, place) => {
      pair[place] = row.name === name && !pair[place] ? row : pair[place];
    });
    pairs.set(key, pair);
  }
  for (const [first, second] of [...pairs.values()].filter(([a, b]) => a && b).slice(0, 20)) {
    const where = element("div", {});
    const button = element("button", { type: "button", class: "more" }, "Show differing answers");
    button.addEventListener("click", () => {
      button.disabled = true;
      loadAnswers(first.predictions, () => loadAnswers(second.predictions, () => where.replaceChildren(differencesOf(first, second))));
    });
    parts.push(element("h2", {}, first.board + ", " + first.machine + (first.threads ? ", " + plural(first.threads, "thread") : "")),
      pairTable(first, second), first.predictions && second.predictions ? element("div", {}, button, where) : null);
  }
  if (parts.length === 2) {
    parts.push(element("p", { class: "explain" }, "There is no task and machine on which both were measured."));
  }
  return parts;
}
