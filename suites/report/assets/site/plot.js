// Two plots, drawn as SVG: points of score against p50 with their names, and values over time.

const SVG = "http://www.w3.org/2000/svg";

function shape(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** Round numbers from `low` to `high`, about five; on a logarithmic axis 1, 2, 5, 10, ... */
function ticksOf(low, high, logarithmic) {
  const ticks = [];
  if (logarithmic) {
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
      ticks.push(...[1, 2, 5].map((step) => step * 10 ** power));
    }
  } else {
    const rough = (high - low || 1) / 5;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].find((factor) => factor * power >= rough) * power;
    for (let tick = Math.ceil(low / step) * step; tick <= high + step * 1e-9; tick += step) {
      ticks.push(Number(tick.toPrecision(12)));
    }
  }
  return ticks.filter((tick) => tick >= low && tick <= high);
}

/** Plots are as wide as there is room, so that their letters are as large as others. */
const drawnWidth = () => Math.max(320, Math.min(1200, document.getElementById("main").clientWidth - 20));

/** A frame with ticks; `x` and `y` give places of values. */
function frameOf(points, { width = drawnWidth(), height = 360, logarithmic, xName, yName, tickText }) {
  const margin = { left: 56, right: 24, top: 16, bottom: 44 };
  const range = (values, part) => {
    const low = Math.min(...values);
    const high = Math.max(...values);
    const room = (high - low || Math.abs(high) || 1) * part;
    return [low - room, high + room];
  };
  const [top, bottom] = [margin.top, height - margin.bottom];
  const scaleX = (value) => (logarithmic ? Math.log10(value) : value);
  const [left, right] = range(points.map((point) => scaleX(point.x)), 0.08);
  const [low, high] = range(points.map((point) => point.y), 0.1);
  const x = (value) => margin.left + ((scaleX(value) - left) / (right - left)) * (width - margin.left - margin.right);
  const y = (value) => bottom - ((value - low) / (high - low)) * (bottom - top);
  const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": yName + " against " + xName });
  const ends = logarithmic ? [10 ** left, 10 ** right] : [left, right];
  for (const tick of ticksOf(ends[0], ends[1], logarithmic)) {
    svg.append(shape("line", { class: "grid", x1: x(tick), x2: x(tick), y1: top, y2: bottom }),
      shape("text", { x: x(tick), y: bottom + 16, "text-anchor": "middle" }, tickText ? tickText(tick) : threeDigits(tick)));
  }
  for (const tick of ticksOf(low, high, false)) {
    svg.append(shape("line", { class: "grid", x1: margin.left, x2: width - margin.right, y1: y(tick), y2: y(tick) }),
      shape("text", { x: margin.left - 6, y: y(tick) + 4, "text-anchor": "end" }, String(tick)));
  }
  svg.append(shape("text", { x: width - margin.right, y: height - 8, "text-anchor": "end" }, xName), shape("text", { x: 8, y: 12 }, yName));
  return { svg, x, y, width };
}

/** Points that no other beats in score without losing in p50, by rising p50. */
function frontOf(points) {
  let best = -Infinity;
  return [...points].sort((a, b) => a.x - b.x || b.y - a.y).filter((point) => {
    const isBetter = point.y > best;
    best = Math.max(best, point.y);
    return isBetter;
  });
}

/** Where a name fits beside its point without covering another or a point: right, left, above, below; null where nowhere. */
function placeOf(name, px, py, width, taken) {
  const long = name.length * 6.6;
  const places = [[px + 9, py + 4], [px - 9 - long, py + 4], [px - long / 2, py - 10], [px - long / 2, py + 18]];
  const found = places.map(([x, y]) => [x, y - 10, x + long, y + 3]).find((box) => box[0] > 50 && box[2] < width && box[1] > 14
    && taken.every((other) => box[2] < other[0] || box[0] > other[2] || box[3] < other[1] || box[1] > other[3]));
  if (found) {
    taken.push(found);
  }
  return found || null;
}

/** Score against p50; names stand where they fit, those of the front first. Large points: nothing is as good in score, p50, memory and energy. */
function tradeoffPlot(rows) {
  const points = rows.filter((row) => row.score !== null && row.p50 > 0 && row.rank !== null).slice(0, 400)
    .map((row) => ({ row, x: row.p50, y: row.score }));
  if (points.length < 2) {
    return null;
  }
  const { svg, x, y, width } = frameOf(points, { logarithmic: true, xName: "p50, ms", yName: points[0].row.metric + ", %" });
  const front = frontOf(points);
  svg.append(shape("path", { class: "front", d: front.map((point, i) => (i ? "L" : "M") + x(point.x) + " " + y(point.y)).join("") }));
  const taken = points.map((point) => [x(point.x) - 5, y(point.y) - 5, x(point.x) + 5, y(point.y) + 5]);
  for (const point of [...front, ...points.filter((one) => !front.includes(one))]) {
    const [px, py] = [x(point.x), y(point.y)];
    const label = point.row.name + ", " + threeDigits(point.x) + " ms, " + percent(point.y) + " %";
    svg.append(shape("circle", { class: point.row.precision, cx: px, cy: py, r: point.row.front ? 5 : 3.5 }, shape("title", {}, label)));
    const place = placeOf(point.row.name, px, py, width, taken);
    if (place) {
      svg.append(shape("text", { class: "name", x: place[0], y: place[3] - 3 }, point.row.name));
    }
  }
  return element("div", { class: "plot" }, svg);
}

/** A value over time, one line a program. */
function historyPlot(points, field, yName) {
  const known = points.filter((point) => point[field] !== null).map((point) => ({ ...point, x: Date.parse(point.finished), y: point[field] }));
  if (known.length < 2 || distinct(known.map((point) => point.x)).length < 2) {
    return null;
  }
  const day = (time) => new Date(time).toISOString().slice(0, 10);
  const { svg, x, y } = frameOf(known, { height: 240, xName: "finished", yName, tickText: day });
  for (const precision of distinct(known.map((point) => point.precision))) {
    const line = known.filter((point) => point.precision === precision).sort((a, b) => a.x - b.x);
    svg.append(shape("path", { class: "line " + precision, d: line.map((point, i) => (i ? "L" : "M") + x(point.x) + " " + y(point.y)).join("") }));
    for (const point of line) {
      const label = precision + ", " + point.finished + ", commit " + point.commit + ": " + point.y;
      svg.append(shape("circle", { class: precision, cx: x(point.x), cy: y(point.y), r: 3.5 }, shape("title", {}, label)));
    }
  }
  return element("div", { class: "plot" }, svg);
}
