// The two plots: accuracy against latency with its Pareto front, latency against length. Drawn by Chart.js, in the page's colours.
const SHAPES = { f32: "circle", bf16: "triangle", int8: "rect" };
const PALETTES = {
  light: ["#1f5fbf", "#b3541e", "#1a7f5a", "#7a4bb5", "#a8326e", "#5f6b1f", "#0f7c8a", "#6b5b4e"],
  dark: ["#7db0ff", "#f0a370", "#62c9a0", "#bd9bf0", "#ef86b4", "#c3cc6e", "#5fd0de", "#c4b3a4"],
};
const DASHES = { f32: [], bf16: [6, 4], int8: [2, 3] };
const isDark = () => window.matchMedia("(prefers-color-scheme: dark)").matches;
const quiet = () => ({ ink: cssColour("--ink"), soft: cssColour("--soft"), line: cssColour("--line"), card: cssColour("--card") });

let drawnCharts = [];

function dropCharts() {
  drawnCharts.forEach((chart) => chart.destroy());
  drawnCharts = [];
}

/** Labels 1, 2 and 5 of each power of ten; other ticks stay silent. */
function logTick(value) {
  const lead = value / 10 ** Math.floor(Math.log10(value) + 1e-9);
  return [1, 2, 5].some((digit) => Math.abs(lead - digit) < 1e-6) ? Number(value.toPrecision(1)).toLocaleString("en-US") : "";
}

function scaleOptions(title, more) {
  const { soft, line } = quiet();
  return {
    title: { display: true, text: title, color: soft },
    ticks: { color: soft, maxRotation: 0, ...(more && more.ticks) },
    grid: { color: line, drawTicks: false, drawBorder: false },
    ...(more && more.type ? { type: more.type } : {}),
    ...(more && more.limits),
  };
}

function tooltipOptions(callbacks) {
  const { ink, card } = quiet();
  return { backgroundColor: ink, titleColor: card, bodyColor: card, displayColors: false, padding: 10, callbacks };
}

/** Where a name of this width may stand beside a point: right, left, above, below, and these two begun at the point. */
function placesBeside(point, width) {
  return [[point.x + 10, point.y], [point.x - 10 - width, point.y], [point.x - width / 2, point.y - 16], [point.x - width / 2, point.y + 16], [point.x - 6, point.y - 16], [point.x - 6, point.y + 16]];
}

/** Writes each model's name once, beside its first point on the front where nothing is in the way. */
const frontNames = {
  id: "frontNames",
  afterDatasetsDraw(chart) {
    const { ctx, chartArea: area } = chart;
    const points = chart.data.datasets.flatMap((set, index) => chart.getDatasetMeta(index).data.map((point, at) => ({ x: point.x, y: point.y, row: set.data[at].row })));
    const taken = points.filter((point) => point.row).map((point) => ({ x: point.x - 6, y: point.y, width: 12 }));
    const isFree = ([x, y], width) => {
      const inside = x >= area.left && x + width <= area.right && y >= area.top + 6 && y <= area.bottom - 6;
      return inside && !taken.some((box) => x < box.x + box.width + 2 && box.x < x + width + 2 && Math.abs(box.y - y) < 14);
    };
    const named = new Set();
    ctx.save();
    Object.assign(ctx, { font: "12px system-ui, sans-serif", fillStyle: cssColour("--ink"), strokeStyle: cssColour("--paper"), lineWidth: 4, lineJoin: "round", textBaseline: "middle" });
    points.filter((point) => point.row && point.row.pareto).forEach((point) => {
      const name = point.row.model;
      const text = name.length > 28 ? name.slice(0, 27) + "\u2026" : name;
      const { width } = ctx.measureText(text);
      const place = named.has(name) ? undefined : placesBeside(point, width).find((at) => isFree(at, width));
      if (place) {
        named.add(name);
        taken.push({ x: place[0], y: place[1], width });
        ctx.strokeText(text, ...place);
        ctx.fillText(text, ...place);
      }
    });
    ctx.restore();
  },
};

function pointLines(row) {
  const metric = row.metrics[headlineOf(row)];
  const lines = [
    headlineOf(row) + " " + percent(metric.value) + " [" + percent(metric.lo) + ", " + percent(metric.hi) + "]",
    "p50 " + threeDigits(row.latency_ms.text.p50) + " ms, text to label",
    plural(row.threads, "thread") + ", " + row.tier,
  ];
  return row.marks.length ? [...lines, row.marks.join(", ")] : lines;
}

function tradeoffSets(rows) {
  const sets = Object.keys(SHAPES).map((precision) => {
    const members = rows.filter((row) => row.precision === precision);
    const colour = cssColour("--" + precision);
    return {
      label: precision,
      data: members.map((row) => ({ x: row.latency_ms.text.p50, y: scoreOf(row), row })),
      pointStyle: SHAPES[precision],
      pointRadius: members.map((row) => (row.pareto ? 6 : 4.5)),
      pointHoverRadius: 8,
      pointBorderWidth: 1.5,
      pointBorderColor: colour,
      pointBackgroundColor: members.map((row) => (row.random_weights ? "transparent" : colour)),
    };
  });
  const front = rows.filter((row) => row.pareto).map((row) => ({ x: row.latency_ms.text.p50, y: scoreOf(row) }));
  front.sort((a, b) => a.x - b.x);
  const line = { label: "front", data: front, showLine: true, stepped: "before", pointRadius: 0, pointHitRadius: 0, pointHoverRadius: 0 };
  return [...sets, { ...line, borderColor: quiet().soft, borderWidth: 1, borderDash: [4, 4] }];
}

/** Some room around the points, within what a score can be. */
function leaveRoom(axis) {
  const room = 0.08 * (axis.max - axis.min);
  axis.min = Math.max(0, axis.min - room);
  axis.max = Math.min(100, axis.max + room);
}

function drawTradeoff(canvas, rows) {
  const callbacks = { title: (items) => items[0].raw.row.model + " " + items[0].raw.row.precision, label: (item) => pointLines(item.raw.row) };
  const times = rows.map((row) => row.latency_ms.text.p50);
  drawnCharts.push(
    new Chart(canvas, {
      type: "scatter",
      data: { datasets: tradeoffSets(rows) },
      options: {
        animation: false,
        maintainAspectRatio: false,
        layout: { padding: { right: 8 } },
        scales: {
          x: scaleOptions("p50 latency, ms (logarithmic)", {
            type: "logarithmic", ticks: { callback: logTick, autoSkip: false }, limits: { min: Math.min(...times) / 1.5, max: Math.max(...times) * 1.8 },
          }),
          y: { ...scaleOptions(headlineOf(rows[0]) + ", %"), afterDataLimits: leaveRoom },
        },
        plugins: { legend: { display: false }, tooltip: { ...tooltipOptions(callbacks), filter: (item) => Boolean(item.raw.row) } },
      },
      plugins: [frontNames],
    }),
  );
}

/** One plot a board. Random weights are left out where there are real ones, because their scores would stretch the axis. */
function drawTradeoffs(place, rows) {
  const drawable = rows.filter((row) => scoreOf(row) !== null && row.latency_ms.text.p50 !== null);
  place.replaceChildren();
  for (const board of distinct(drawable.map(boardOf))) {
    const all = drawable.filter((row) => boardOf(row) === board);
    const real = all.filter((row) => !row.random_weights);
    const shown = real.length ? real : all;
    const name = boardName(shown[0]);
    const canvas = element("canvas", { role: "img", "aria-label": "Score against median latency on " + name + "; the table below has the same numbers" });
    const left = all.length - shown.length;
    const note = left ? element("p", { class: "small" }, plural(left, "row") + " with random weights left out.") : null;
    place.append(element("figure", null, element("h3", null, name), element("div", { class: "chart" }, canvas), note));
    drawTradeoff(canvas, shown);
  }
  return drawable.length;
}

function lengthSets(rows) {
  const palette = PALETTES[isDark() ? "dark" : "light"];
  const models = distinct(rows.map((row) => row.model));
  const sameThreads = distinct(report.rows.map((row) => row.threads)).length === 1;
  return rows.map((row) => {
    const colour = palette[models.indexOf(row.model) % palette.length];
    return {
      label: [row.model, row.precision, ...(sameThreads ? [] : [plural(row.threads, "thread")])].join(" "),
      data: row.lengths.filter((point) => point.text.p50 !== null).map((point) => ({ x: point.tokens, y: point.text.p50, p99: point.text.p99 })),
      showLine: true,
      borderColor: colour,
      backgroundColor: colour,
      borderDash: DASHES[row.precision] || [],
      borderWidth: 2,
      pointRadius: 2.5,
      pointHoverRadius: 6,
    };
  });
}

function drawLengths(canvas, rows) {
  const callbacks = {
    title: (items) => items[0].dataset.label,
    label: ({ raw }) => [plural(raw.x, "token"), "p50 " + threeDigits(raw.y) + " ms", "p99 " + (raw.p99 === null ? NOT_ENOUGH : threeDigits(raw.p99) + " ms")],
  };
  const lengths = distinct(rows.flatMap((row) => row.lengths.map((point) => point.tokens)));
  const atLengths = (axis) => {
    axis.ticks = lengths.sort((a, b) => a - b).map((value) => ({ value }));
  };
  drawnCharts.push(
    new Chart(canvas, {
      type: "scatter",
      data: { datasets: lengthSets(rows) },
      options: {
        animation: false,
        maintainAspectRatio: false,
        scales: {
          x: { ...scaleOptions("tokens", { type: "logarithmic", ticks: { callback: (value) => String(value), autoSkip: false }, limits: { min: Math.min(...lengths) / 1.15, max: Math.max(...lengths) * 1.15 } }), afterBuildTicks: atLengths },
          y: scaleOptions("p50 latency, ms", { type: "logarithmic", ticks: { callback: logTick, autoSkip: false } }),
        },
        plugins: {
          legend: { position: "bottom", labels: { color: quiet().soft, boxWidth: 22, boxHeight: 0, padding: 16 } },
          tooltip: tooltipOptions(callbacks),
        },
      },
    }),
  );
}
