// From the address to what is shown.

const VIEWS = {
  overview: { title: "Overview", show: overview },
  tasks: { title: "Tasks", show: listView("Tasks", "task", (row) => [row.board]) },
  models: { title: "Models", show: listView("Models", "model", (row) => [row.model]) },
  machines: { title: "Machines", show: listView("Machines", "machine", (row) => [row.machine]) },
  boards: { title: "Boards", show: listView("Boards", "board", (row) => row.boards.split(", ").filter(Boolean)) },
  compare: { title: "Compare", show: compareView },
  task: { show: taskView, under: "tasks" },
  model: { show: modelView, under: "models" },
  machine: { show: machineView, under: "machines" },
  board: { show: boardView, under: "boards" },
};

function show() {
  const { view, names, query } = readAddress();
  const shown = VIEWS[view] ? view : "overview";
  syncFilters(query);
  const rows = filteredRows(query);
  document.getElementById("count").textContent = rows.length + " of " + allRows.length + " rows";
  document.getElementById("nav").replaceChildren(...Object.entries(VIEWS).filter(([, one]) => one.title).map(([name, one]) =>
    element("a", { href: linkTo(name), "aria-current": name === shown || name === VIEWS[shown].under ? "page" : null }, one.title)));
  document.getElementById("main").replaceChildren(...VIEWS[shown].show(rows, names).filter(Boolean));
  document.title = [names[0], VIEWS[shown].title, site.title].filter(Boolean).join(" – ");
}

fillFilters(show);
window.addEventListener("hashchange", () => {
  show();
  window.scrollTo(0, 0);
});
let drawnAt = document.documentElement.clientWidth;
window.addEventListener("resize", () => {
  if (Math.abs(document.documentElement.clientWidth - drawnAt) > 20) {
    drawnAt = document.documentElement.clientWidth;
    show();
  }
});
show();
performance.mark("clew-shown");
