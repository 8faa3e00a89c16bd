// In viewBox units: how near the pointer picks a curve.
const NEAR = 25;
// Quantities: times what and in which unit they are shown, and the value that is kept once reached.
const SHOWN_AS = { share_found: [100, " %", 1], share_reached: [100, " %", 1], regret: [1, " points", 0] };
const SINGULAR = { queries: "query", hours: "hour" };
const COMMON = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

// A figure's series can be picked out, and read off where its data lie beside it.
function makeReadable(figure) {
  const svg = figure.querySelector("svg");
  const series = seriesOf(svg);
  if (series.size < 2) return;
  const data = dataOf(figure, svg);
  const hover = element("p", { class: "hover", "aria-hidden": "true" });
  const list = element("ul", {});
  const rows = new Map([...series.keys()].map((name) => [name, rowOf(name)]));
  let pinned = null;

  const pick = (name) => {
    svg.classList.toggle("picked", series.has(name));
    for (const [other, parts] of series) {
      for (const part of parts) part.classList.toggle("lit", other === name);
    }
  };
  for (const [name, { row, button }] of rows) {
    list.append(row);
    button.addEventListener("click", () => {
      pinned = pinned === name ? null : name;
      for (const [other, one] of rows) one.button.setAttribute("aria-pressed", other === pinned);
      pick(pinned);
    });
    button.addEventListener("focus", () => pick(name));
    button.addEventListener("pointerenter", () => pick(name));
    button.addEventListener("blur", () => pick(pinned));
    button.addEventListener("pointerleave", () => pick(pinned));
  }
  svg.addEventListener("pointermove", (event) => {
    const point = pointIn(svg, event);
    const on = event.target.closest("[data-series]")?.dataset.series;
    const name = on ?? (data && nearest(series, point));
    hover.textContent = name ? said(name, data?.valueAt(point.x)) : "";
    pick(name ?? pinned);
  });
  svg.addEventListener("pointerleave", () => {
    hover.textContent = "";
    pick(pinned);
  });
  // What is said of a series at a place on the axis, or in all.
  const said = (name, place) => {
    const text = data?.textOf(name, place);
    return text ? `${name}: ${text} after ${data.placeText(place)}` : (titleOf(name) ?? name);
  };
  const titleOf = (name) =>
    series.get(name).map((part) => part.querySelector("title")?.textContent).find(Boolean);

  const summary = element("summary", {}, data ? "Read values" : "Highlight one");
  const box = element("details", { class: "readout" }, summary);
  const read = (place) => {
    for (const [name, { text }] of rows) {
      text.textContent = data ? data.textOf(name, place) : (titleOf(name) ?? "");
    }
  };
  if (data) box.append(sliderOf(data, read));
  else read();
  box.append(list);
  svg.after(hover, box);
}

// The parts of each series, in the order of the legend where there is one.
function seriesOf(svg) {
  const parts = [...(svg?.querySelectorAll("[data-series]") ?? [])];
  const inOrder = [...parts.filter((part) => part.matches(".key")), ...parts];
  const names = new Set(inOrder.map((part) => part.dataset.series));
  const named = [...names].map((name) => [
    name,
    parts.filter((part) => part.dataset.series === name),
  ]);
  return new Map(named.filter(([, own]) => own.some((part) => part.matches(".series"))));
}

function rowOf(name) {
  const button = element("button", { type: "button", "aria-pressed": "false" }, name);
  const text = element("span", {});
  return { button, text, row: element("li", {}, button, " ", text) };
}

function sliderOf({ places, placeText, end }, read) {
  const value = places.findLastIndex((place) => place <= end);
  const slider = element("input", { type: "range", min: 0, max: places.length - 1, value });
  const shown = element("output", {});
  const move = () => {
    const text = placeText(places[slider.value]);
    shown.textContent = text;
    slider.setAttribute("aria-valuetext", text);
    read(places[slider.value]);
  };
  slider.addEventListener("input", move);
  move();
  return element("label", {}, "after ", slider, " ", shown);
}

// The curves' points from the CSV beside the figure (method, position, value and its interval),
// with where the x axis lies in the SVG; null where one of them is missing.
function dataOf(figure, svg) {
  const text = figure.querySelector(".figure-data")?.textContent ?? "";
  const [header, ...lines] = text.trim().split("\n");
  const [left, right, first, last] = (svg.dataset.x ?? "").split(" ").map(Number);
  if (!(right > left) || !(last > first) || !lines.length) return null;
  const isLog = svg.dataset.x.endsWith("log");
  const [, unit, quantity] = header.split(",");
  const [scale, usual, goal] = SHOWN_AS[quantity] ?? [1, "", null];
  const sign = quantity === "regret" ? regretUnit(svg) : usual;
  const curves = new Map();
  for (const line of lines) {
    const fields = /^(.*),([^,]*),([^,]*),([^,]*),([^,]*)$/.exec(line);
    if (!fields) continue;
    const name = fields[1].replace(/^"(.*)"$/, "$1").replaceAll('""', '"');
    const numbers = fields.slice(2).map((field) => (field === "" ? null : Number(field)));
    curves.set(name, [...(curves.get(name) ?? []), numbers]);
  }
  const every = new Set([...curves.values()].flat().map(([place]) => place));
  const places = [...every].filter((place) => first <= place && place <= last);
  return {
    places: places.sort((one, other) => one - other),
    // Where the first curve ends.
    end: Math.min(...[...curves.values()].map((points) => points[points.length - 1][0])),
    placeText: (place) =>
      `${COMMON.format(place)} ${place === 1 ? (SINGULAR[unit] ?? unit) : unit}`,
    // The value on the axis at a place in the SVG.
    valueAt: (x) => {
      const part = Math.min(Math.max((x - left) / (right - left), 0), 1);
      return isLog ? first * (last / first) ** part : first + part * (last - first);
    },
    textOf: (name, place) => {
      const points = curves.get(name) ?? [];
      const [at, value, low, high] = points.findLast(([some]) => some <= place * (1 + 1e-9)) ?? [];
      if (value === undefined || value === null) return "";
      const isOver = place > points[points.length - 1][0] && value !== goal;
      if (isOver) return `\u2014 (known up to ${COMMON.format(at)})`;
      const shown = (number) => COMMON.format(number * scale);
      const ends = low === null || high === null ? null : [low, high];
      return estimateText({ value, ends }, shown) + sign;
    },
  };
}

function pointIn(svg, event) {
  const box = svg.getBoundingClientRect();
  const view = svg.viewBox.baseVal;
  return {
    x: view.x + ((event.clientX - box.left) / box.width) * view.width,
    y: view.y + ((event.clientY - box.top) / box.height) * view.height,
  };
}

// The series whose curve passes nearest above or below a point; null if none is near.
function nearest(series, { x, y }) {
  let [best, least] = [null, NEAR];
  for (const [name, parts] of series) {
    const away = Math.abs((heightOf(lineOf(parts), x) ?? Infinity) - y);
    if (away < least) [best, least] = [name, away];
  }
  return best;
}

// The unit of regrets as the axis names it: points, or that of another objective.
function regretUnit(svg) {
  const titles = [...svg.querySelectorAll("text")].map((text) => text.textContent.trim());
  const title = titles.map((text) => /^(?:validation )?regret \((.*)\)$/.exec(text)).find(Boolean);
  return ` ${title ? title[1] : "points"}`;
}

// The points of a series' curve, read once.
const lines = new WeakMap();

function lineOf(parts) {
  if (!lines.has(parts)) {
    const paths = parts
      .filter((part) => part.classList.contains("series"))
      .flatMap((part) => [...part.querySelectorAll("path")])
      .filter((path) => getComputedStyle(path).fill === "none");
    const numbers = (paths[0]?.getAttribute("d").match(/-?[\d.]+/g) ?? []).map(Number);
    lines.set(parts, numbers);
  }
  return lines.get(parts);
}

function heightOf(numbers, x) {
  for (let at = 2; at + 1 < numbers.length; at += 2) {
    const [x0, y0, x1, y1] = numbers.slice(at - 2, at + 2);
    if (x0 <= x && x <= x1) return x1 > x0 ? y0 + ((x - x0) / (x1 - x0)) * (y1 - y0) : y1;
  }
  return undefined;
}
