// What a choice shows: the methods on each benchmark, their order, the two of the difference.
function viewOf(choice, data) {
  const chosen = chosenOf(choice);
  const goal = data.goals.findIndex(([slug]) => slug === choice.goal);
  const order = ordered(chosen, goal);
  const p = testsOf(chosen, goal);
  const isChosen = choice.pair?.every((name) => order.includes(name));
  const { paired, unit } = choice.comparison;
  return { ...chosen, goal, order, p, paired, unit, pair: isChosen ? choice.pair : firstTwo(order, chosen) };
}

// The first method, and the first after it that was run where it was.
function firstTwo([first, ...others], { benchmarks }) {
  const meets = (other) =>
    benchmarks.some(({ names }) => names.includes(first) && names.includes(other));
  return others.length ? [first, others.find(meets) ?? others[0]] : [];
}

function fillView(at, choice, data, view) {
  const judged = view.benchmarks.map((one) => ({ ...one, of: judgementsOf(one, view.goal, data) }));
  at("summary").textContent = summaryOf(judged, data.goals[view.goal][1], view);
  const { methods } = choice.comparison;
  fillSamples(at("samples"), judged, view, methods);
  at("notes").replaceChildren(
    ...notesOf(judged, view, choice).map((note) => element("li", {}, note)),
  );
  fillDifferences(at, data, view);
  fillAnswers(at, choice, data, view, methods);
}

// The numbers of each method on a benchmark, fewest samples first; worked out once.
function judgementsOf({ benchmark, names, budget }, goal, data) {
  const judged = names.map((name) => {
    const cell = benchmark.cells.get(name);
    const key = `${goal} ${budget}`;
    cell.judged ??= new Map();
    if (!cell.judged.has(key)) {
      const samples = samplesOf(cell, goal, benchmark.seeds).filter(Boolean);
      cell.judged.set(key, judgeSamples(samples, budget, data.draws, data.countsOf));
    }
    return [name, cell.judged.get(key)];
  });
  return new Map(judged.sort(([, one], [, other]) => one.mean.value - other.mean.value));
}

// Which methods need the fewest samples on how many benchmarks, in a sentence.
function summaryOf(judged, goal, { budget, goal: place, p, paired, unit }) {
  if (!judged.length) return "Choose at least one method and one benchmark.";
  const within = `to ${goal} within ${spent(budget, unit)}`;
  const bests = new Map();
  let unreached = 0;
  let untested = false;
  let tied = false;
  for (const one of judged) {
    const { benchmark, of } = one;
    const [[, { mean: fewest }]] = of;
    const equals = [...of].filter(
      ([, { mean, found }]) => mean.value === fewest.value && found.value > 0,
    );
    if (!equals.length) unreached++;
    else if (of.size > 1) {
      tied ||= equals.length > 1;
      for (const [name] of equals) {
        const others = [...of.keys()].filter((other) => other !== name);
        const isApart = others.every((other) => needsFewer(one, name, other, place, p, paired));
        untested ||= others.some((other) => p(benchmark, name, other) === null);
        const [count, apart] = bests.get(name) ?? [0, 0];
        bests.set(name, [count + 1, apart + isApart]);
      }
    }
  }
  const rest = unreached ? ` On ${unreached} of ${judged.length} no run reached the goal.` : "";
  if (!bests.size) return `Samples ${within}: nothing to compare.${rest}`;
  const parts = [...bests]
    .sort(([, [one]], [, [other]]) => other - one)
    .map(([name, [count, apart]]) => `${name} on ${count} of ${judged.length} (clearly on ${apart})`);
  const meaning =
    (tied ? "Where several have the same mean, the benchmark counts for each of them. " : "") +
    "“Clearly” means fewer samples than every other method at 5 %, corrected over all chosen pairs." +
    (untested
      ? " There is no test where the budget is not one that a method was run with, or where two " +
        "methods have no seed in common."
      : "") +
    (judged.some(({ benchmark }) => isUntested(benchmark))
      ? " This page has no tests of benchmarks with more than 100 methods: nasarena compare makes them."
      : "");
  return `Fewest samples ${within}: ${parts.join(", ")}.${rest} ${meaning}`;
}

// Whether a benchmark has so many methods that the page has no tests of it.
function isUntested({ cells, tests }) {
  return cells.size > 1 && !tests.length;
}

// Whether one method is separated from another, and needs fewer samples in the same runs.
function needsFewer({ benchmark, budget }, name, other, goal, p, paired) {
  const corrected = p(benchmark, name, other);
  if (corrected === null || corrected >= SIGNIFICANT) return false;
  const both = [name, other].map((one) => benchmark.cells.get(one));
  const samples = both.map((cell) => samplesOf(cell, goal, benchmark.seeds));
  return meanDifference(...samples, budget, paired) < 0;
}

function fillSamples(holder, judged, { order, unit }, methods) {
  const columns = judged.map(({ benchmark, budget }) => [benchmark.name, `to ${counted(budget)}`]);
  const rows = order.map((name) => [
    methodCell(name, methods),
    ...judged.map(({ of, budget }) => {
      const own = of.get(name);
      const [fewest] = of.values();
      return own
        ? samplesCell(own, budget, own.mean.value === fewest.mean.value)
        : numberCell(null);
    }),
  ]);
  const caption =
    `Mean ${unit === "queries" ? "charged queries" : `${unit} spent`} to the goal with 95 % ` +
    "intervals, fewest in bold; a run that does not reach it counts as the whole budget. Below: the same on a line from 0 to the budget, and the " +
    "share of runs that reached the goal.";
  fillTable(holder, caption, [["method", ""], ...columns], rows);
}

function samplesCell({ runs, found, mean }, budget, isFewest) {
  const of = `${estimateText(found, percentText)} % of ${runs === 1 ? "1 run" : `${runs} runs`}`;
  return numberCell(
    mean.value,
    ...estimateParts(mean, numberText, isFewest && found.value > 0),
    rangeOf(mean, budget),
    element("small", {}, of),
  );
}

// A table with these headers (each a title and a few more words) and rows of cells. It is made
// anew only where its headers change: a sorted one stays so.
function fillTable(holder, caption, headers, rows) {
  holder.hidden = !rows.length;
  const titles = JSON.stringify([caption, headers]);
  if (holder.dataset.titles !== titles) {
    holder.dataset.titles = titles;
    const cells = headers.map(([title, more, kind], place) =>
      element(
        "th",
        { scope: "col", class: place && kind !== "text" ? "number" : "" },
        ...breakable(title),
        ...(more ? [" ", element("small", {}, more)] : []),
      ),
    );
    const table = element(
      "table",
      { class: "compared" },
      element("caption", {}, element("span", {}, caption.replaceAll(" %", "\u00a0%"))),
      element("thead", {}, element("tr", {}, ...cells)),
      element("tbody", {}),
    );
    holder.replaceChildren(table);
    makeSortable(table);
  }
  const table = holder.querySelector("table");
  table.tBodies[0].replaceChildren(...rows.map((cells) => element("tr", {}, ...cells)));
  table.dispatchEvent(new Event("rows"));
}

function methodCell(name, methods) {
  const { page, colour, dash } = methods.get(name);
  const line = drawn("path", {
    d: "M0 3H26",
    stroke: colour,
    "stroke-dasharray": dash.map((length) => length * 2).join(" "),
  });
  const key = drawn("svg", { class: "key", viewBox: "0 0 26 6", "aria-hidden": "true" }, line);
  return element("th", { scope: "row", class: "named" }, key, element("a", { href: page }, ...breakable(name)));
}

// A number, strong where it is the best, and its interval.
function estimateParts({ value, ends, agreeing }, text, isBest = false) {
  const shown = isBest ? element("strong", {}, text(value)) : text(value);
  if (agreeing) return [shown, ` in ${agreeing} of ${agreeing}`];
  if (!ends) return [shown];
  const between = `[${text(ends[0])}, ${text(ends[1])}]`;
  return [shown, " ", element("span", { class: "interval" }, between)];
}

function numberCell(value, ...shown) {
  const content = value === null ? ["\u2014"] : shown;
  return element("td", { class: "number", "data-value": value ?? "" }, ...content);
}

// A dot and its interval on a line from 0 to the budget.
function rangeOf({ value, ends }, budget) {
  const place = (number) => ((100 * number) / budget).toFixed(1);
  const parts = [drawn("path", { class: "rail", d: "M0 6H100" })];
  if (ends) {
    parts.push(drawn("path", { class: "span", d: `M${place(ends[0])} 6H${place(ends[1])}` }));
  }
  parts.push(drawn("circle", { cx: place(value), cy: 6, r: 3 }));
  return drawn("svg", { class: "range", viewBox: "-3 0 106 12", "aria-hidden": "true" }, ...parts);
}

function notesOf(judged, { methods, budget, limit }, choice) {
  const notes = [];
  for (const { benchmark, names, budget: own, shortest } of judged) {
    if (own < budget) {
      notes.push(`${benchmark.name} is cut at ${counted(own)}, where ${runsOf(shortest)} end.`);
    }
    const missing = methods.filter((name) => !names.includes(name));
    if (missing.length) notes.push(`Not run on ${benchmark.name}: ${listOf(missing)}.`);
  }
  const short = judged.find((one) => one.limit === limit && one.shortest.length < one.names.length);
  if (short && budget === limit) {
    notes.push(`The budget ends at ${counted(limit)}, as ${runsOf(short.shortest)} end there.`);
  }
  const { failed } = choice.comparison;
  if (failed.length) notes.push(`Left out because some of their runs failed: ${failed.join(", ")}.`);
  return notes;
}

function runsOf(names) {
  return `the runs of ${listOf(names)}`;
}

function listOf(names) {
  return names.length > 3
    ? `${names.slice(0, 2).join(", ")} and ${names.length - 2} more`
    : names.join(", ");
}

function fillDifferences(at, data, view) {
  const { benchmarks, paired } = view;
  const [first, second] = view.pair;
  const isPair = first !== undefined;
  at("pair").hidden = !isPair;
  at("no-pair").hidden = isPair;
  const headers = [
    ["benchmark", ""],
    ["difference", "in samples"],
    ["first needs fewer", "with probability, %"],
    ["p", "corrected"],
    ["result", "", "text"],
    ["seeds", paired ? "in common" : "of each"],
  ];
  const which = paired
    ? "paired by seed (labels are of one run)"
    : "unpaired (labels are means), all runs of both";
  const caption =
    `Samples of the first method minus those of the second, ${which}; below 0 the first needs ` +
    "fewer. p is corrected over all chosen pairs of methods and benchmarks, the 95 % intervals are " +
    "not. The result follows from p.";
  const rows = isPair
    ? benchmarks.map((one) => differenceRow(one, first, second, view, data))
    : [];
  fillTable(at("differences"), caption, headers, rows);
}

function differenceRow({ benchmark, budget }, first, second, { goal, p, paired }, data) {
  const both = [first, second].map((name) => benchmark.cells.get(name)).filter(Boolean);
  const samples = both.map((cell) => samplesOf(cell, goal, benchmark.seeds));
  const pair =
    both.length === 2 ? judgePair(...samples, budget, paired, data.draws, data.countsOf) : null;
  const page = element("a", { href: benchmark.page }, ...breakable(benchmark.name));
  const name = element("th", { scope: "row" }, page);
  if (!pair) {
    const why = both.length < 2 ? "not run with both methods" : "no seed in common";
    const none = () => numberCell(null);
    return [name, none(), none(), none(), element("td", {}, why), none()];
  }
  const corrected = p(benchmark, first, second);
  const [one, other] = pair.seeds;
  return [
    name,
    numberCell(pair.mean.value, ...estimateParts(pair.mean, numberText)),
    numberCell(pair.share.value, ...estimateParts(pair.share, percentText)),
    numberCell(corrected, pText(corrected)),
    element("td", {}, verdictOf(pair, corrected, benchmark, first, second)),
    numberCell(Math.min(one, other), one === other ? String(one) : `${one} and ${other}`),
  ];
}

function verdictOf({ seeds, decided, mean }, p, benchmark, first, second) {
  if (!decided) return "neither reached the goal";
  if (Math.max(...seeds) === 1) return "one seed: may be chance";
  if (isUntested(benchmark)) return "not tested on this page";
  if (p === null) return "not tested at this budget";
  if (p >= SIGNIFICANT) return "not clear";
  return `${mean.value < 0 ? first : second} needs fewer`;
}

// Regret and test of what the policy answers, after the largest fixed number of queries within.
function fillAnswers(at, choice, data, { benchmarks, order }, methods) {
  const policy = data.policies.findIndex(([slug]) => slug === choice.policy);
  at("policy-title").textContent = data.policies[policy][1];
  const answered = benchmarks
    .map(({ benchmark, names, budget }) => {
      const answers = names.map((name) => {
        const { answers: every } = benchmark.cells.get(name);
        return [name, every.findLast(([which, queries]) => which === policy && queries <= budget)];
      });
      return { benchmark, of: new Map(answers.filter(([, answer]) => answer)) };
    })
    .filter(({ of }) => of.size);
  at("no-answers").textContent = answered.length
    ? ""
    : "There is nothing to show: the budget is below 50, or runs stop at the optimum (then only the " +
      "best validated is known), or no architecture was recommended, or the source has no tests.";
  const parts = [
    ["regrets", 2, 3, "Validation regret in points, mean with 95 % interval; lowest in bold.", "gap"],
    ["tests", 5, 2, "Test accuracy in percent, mean with 95 % interval.", "unit"],
  ];
  for (const [part, from, decimals, title, unit] of parts) {
    const shown = answered.filter(({ of }) => [...of.values()].some((one) => one[from] !== null));
    // Benchmarks of accuracies share the caption's unit; of another objective the column has its own.
    const usual = { gap: "points", unit: "percent" }[unit];
    const agree = shown.some(({ of }) =>
      [...of.values()].some((one) => one[from + 1] !== null && one[from + 2] === null),
    );
    const caption =
      captionOf(title, usual, shown.map(({ benchmark }) => benchmark[unit])) +
      (agree ? " “0 in 30 of 30” means that all 30 runs have this value." : "");
    const columns = shown.map(({ benchmark, of }) => {
      const after = [...new Set([...of.values()].map((answer) => answer[1]))];
      const own = benchmark[unit] === usual || !benchmark[unit] ? "" : ` (${benchmark[unit]})`;
      return [benchmark.name, `after ${after.map(counted).join(", ")}${own}`];
    });
    const lowest = shown.map(({ of }) => Math.min(...[...of.values()].map((one) => one[from])));
    const has = (name) => shown.some(({ of }) => (of.get(name)?.[from] ?? null) !== null);
    const rows = order.filter(has).map((name) => [
      methodCell(name, methods),
      ...shown.map(({ benchmark, of }, place) => {
        const [value, low, high] = of.get(name)?.slice(from, from + 3) ?? [null];
        if (value === null) return numberCell(null);
        // A second number alone is how many runs agree.
        const estimate =
          high === null ? { value, ends: null, agreeing: low } : { value, ends: [low, high] };
        const best = part === "regrets" && value === lowest[place];
        // Other objectives than accuracies may be small.
        const textOf = (number) =>
          benchmark[unit] === usual ? number.toFixed(decimals) : `${Number(number.toPrecision(4))}`;
        const shown = estimateParts(estimate, textOf, best);
        return numberCell(value, ...shown);
      }),
    ]);
    fillTable(at(part), caption, [["method", ""], ...columns], rows);
  }
}

// A title of accuracies, with the units that the columns have instead where objectives are others.
function captionOf(title, usual, units) {
  if (units.every((unit) => unit === usual)) return title;
  const named = "the unit above the column";
  return title
    .replace("Validation regret", "Regret")
    .replace("Test accuracy", "Test value")
    .replace(usual, units.includes(usual) ? `${usual}, or ${named}` : named);
}

// So many queries or full trainings.
function spent(budget, unit) {
  const one = { queries: "query", "full trainings": "full training" };
  return `${counted(budget)} ${budget === 1 ? one[unit] : unit}`;
}

// 1000 as 1,000.
function counted(number) {
  return number.toLocaleString("en");
}
