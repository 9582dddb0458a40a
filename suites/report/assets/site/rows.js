// What the page holds, what of it is asked for, and the address that says so: #/view/name?filter=value, so that every sight has a link.

const site = JSON.parse(document.getElementById("data").textContent);

/** Lists of values to objects: fields that begin with # are texts by their place. */
function decoded(fields, lists) {
  const names = fields.map((field) => field.replace("#", ""));
  const isText = fields.map((field) => field.startsWith("#"));
  return lists.map((values) => {
    const made = {};
    for (let i = 0; i < names.length; i += 1) {
      made[names[i]] = isText[i] ? site.texts[values[i]] : values[i];
    }
    return made;
  });
}

const allRows = decoded(site.fields, site.rows);
allRows.forEach((row, place) => {
  row.place = place;
  row.name = row.model + "@" + row.precision;
  row.board = row.task + " " + row.split + (row.version ? " (" + row.version + ")" : "");
});

const FILTERS = [
  { key: "model", label: "Model", of: (row) => row.model, free: true },
  { key: "task", label: "Task", of: (row) => row.board },
  { key: "machine", label: "Machine", of: (row) => row.machine },
  { key: "precision", label: "Precision", of: (row) => row.precision },
  { key: "tier", label: "Tier", of: (row) => row.tier || "not timed" },
  { key: "board", label: "Board", of: (row) => row.boards },
];

/** {view, names, filters, sort, down} of the address. */
function readAddress() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const [view, ...names] = path.split("/").map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part; // a broken escape is not a reason to show nothing
    }
  });
  return { view: view || "overview", names, query: new URLSearchParams(query || "") };
}

function addressOf(view, names, query) {
  const path = [view === "overview" ? "" : view, ...names].map(encodeURIComponent).join("/");
  const text = query.toString();
  return "#/" + path + (text ? "?" + text : "");
}

/** A link to a view that keeps the filters, but what is sorted. */
function linkTo(view, ...names) {
  const query = new URLSearchParams(readAddress().query);
  query.delete("sort");
  return addressOf(view, names, query);
}

function changeQuery(key, value) {
  const { view, names, query } = readAddress();
  if (value) {
    query.set(key, value);
  } else {
    query.delete(key);
  }
  history.replaceState(null, "", addressOf(view, names, query));
}

/** Rows that the filters let through. */
function filteredRows(query) {
  const wanted = FILTERS.filter((filter) => query.get(filter.key)).map((filter) => [filter, query.get(filter.key)]);
  return allRows.filter((row) =>
    wanted.every(([filter, value]) => (filter.free ? filter.of(row).toLowerCase().includes(value.toLowerCase()) : filter.of(row) === value))
    && (query.get("ranked") !== "1" || row.rank !== null));
}

/** After the address changed by a link. */
function syncFilters(query) {
  for (const filter of FILTERS) {
    const field = document.getElementById("filter-" + filter.key);
    if (field && field !== document.activeElement) {
      field.value = query.get(filter.key) || "";
    }
  }
  document.getElementById("filter-ranked").checked = query.get("ranked") === "1";
}

/** The form, once; its values are the address's. */
function fillFilters(changed) {
  const form = document.getElementById("filters");
  const query = readAddress().query;
  for (const filter of FILTERS) {
    const values = filter.free ? [] : distinct(allRows.map(filter.of)).sort();
    if (!filter.free && values.length < 2) {
      continue;
    }
    const field = filter.free ? element("input", { type: "search", size: "14" }) : element("select", {}, element("option", { value: "" }, "all"),
      ...values.map((value) => element("option", { value }, value || "none")));
    field.id = "filter-" + filter.key;
    field.value = query.get(filter.key) || "";
    field.addEventListener("input", () => {
      changeQuery(filter.key, field.value);
      changed();
    });
    form.append(element("label", { for: field.id }, filter.label, field));
  }
  const ranked = element("input", { type: "checkbox", id: "filter-ranked" });
  ranked.checked = query.get("ranked") === "1";
  ranked.addEventListener("input", () => {
    changeQuery("ranked", ranked.checked ? "1" : "");
    changed();
  });
  form.append(element("label", { for: "filter-ranked" }, ranked, "ranked only"), element("span", { id: "count", class: "count", role: "status" }));
  form.addEventListener("submit", (event) => event.preventDefault());
}
