// The page that compares what is chosen: its form and empty tables are beside the data.
function makeComparable(holder) {
  const main = holder.parentElement;
  const data = comparisonsOf(jsonOf(holder));
  const at = (name) => main.querySelector(`[data-part=${name}]`);
  if (!data) return;
  let { choice } = readChoice(location.hash, data);

  const show = (unknown) => {
    const view = viewOf(choice, data);
    fillForm(at, choice, data, view);
    at("unknown").textContent = unknown
      ? "Parts of the link are not in these results and are ignored."
      : "";
    fillView(at, choice, data, view);
  };
  const change = (changes) => {
    choice = { ...choice, ...changes };
    const fragment = fragmentOf(choice, data);
    history.replaceState(null, "", fragment ? `#${fragment}` : location.href.split("#")[0]);
    show(0);
  };
  const follow = () => {
    // A plain anchor, as that of a link to the contents, is no choice.
    if (location.hash && !location.hash.includes("=")) return;
    const read = readChoice(location.hash, data);
    choice = read.choice;
    show(read.unknown);
  };

  const named = (select) => select.value;
  at("comparison").addEventListener("change", ({ target }) => {
    const comparison = data.comparisons.find((some) => some.name === named(target));
    change({ comparison, methods: null, benchmarks: null, pair: null, budget: null });
  });
  at("goal").addEventListener("change", ({ target }) => change({ goal: named(target) }));
  at("policy").addEventListener("change", ({ target }) => change({ policy: named(target) }));
  at("budget").addEventListener("change", ({ target }) => {
    const budget = Math.min(Math.floor(target.valueAsNumber), Number(target.max));
    const whole = !(budget < Number(target.max));
    change({ budget: whole ? null : Math.max(budget, 1) });
  });
  for (const part of ["methods", "benchmarks"]) {
    at(part).addEventListener("change", () => {
      const boxes = [...at(part).querySelectorAll("input")];
      const names = boxes.filter((box) => box.checked).map((box) => box.value);
      change({ [part]: all(names, boxes) });
    });
    at(`all-${part}`).addEventListener("click", () => change({ [part]: null }));
    at(`no-${part}`).addEventListener("click", () => change({ [part]: [] }));
  }
  for (const part of ["first", "second"]) {
    at(part).addEventListener("change", () => {
      change({ pair: [named(at("first")), named(at("second"))] });
    });
  }
  at("swap").addEventListener("click", () => {
    change({ pair: [named(at("second")), named(at("first"))] });
  });
  window.addEventListener("hashchange", follow);

  for (const part of ["methods", "benchmarks"]) {
    at(`fold-${part}`).open = matchMedia("(min-width: 40rem)").matches;
  }
  main.querySelectorAll("[hidden]").forEach((part) => part.removeAttribute("hidden"));
  at("without-script").remove();
  follow();
  if (location.hash && !location.hash.includes("=")) show(0);
}

// The page's data, with what is looked up by name as maps; null where there is none.
function comparisonsOf(data) {
  if (!data?.comparisons?.length) return null;
  for (const comparison of data.comparisons) {
    const methods = new Map();
    for (const benchmark of comparison.benchmarks) {
      const cells = benchmark.cells.map((cell) => [data.methods[cell.method].name, cell]);
      benchmark.cells = new Map(cells);
      for (const [name, cell] of cells) methods.set(name, data.methods[cell.method]);
    }
    comparison.methods = new Map([...methods].sort(([one], [other]) => WORDS.compare(one, other)));
  }
  data.countsOf = resampler(data.draws);
  return data;
}

// Samples of a cell to a goal, one for each seed of the benchmark; 0 for no run.
function samplesOf(cell, goal, seeds) {
  if (!cell.samples.subarray) {
    const bytes = Uint8Array.from(atob(cell.samples), (character) => character.charCodeAt(0));
    const Numbers = cell.budget + 1 < 2 ** 16 ? Uint16Array : Uint32Array;
    cell.samples = new Numbers(bytes.buffer);
  }
  return [...cell.samples.subarray(goal * seeds, (goal + 1) * seeds)];
}

// What is chosen, "all" being every name, where it was run; on each benchmark the budget that all
// reach, and `shortest`, the methods whose runs end there.
function chosenOf(choice) {
  const { comparison } = choice;
  const methods = choice.methods ?? [...comparison.methods.keys()];
  const benchmarks = comparison.benchmarks
    .filter(({ name }) => !choice.benchmarks || choice.benchmarks.includes(name))
    .map((benchmark) => {
      const names = methods.filter((name) => benchmark.cells.has(name));
      const limit = Math.min(...names.map((name) => benchmark.cells.get(name).budget));
      const shortest = names.filter((name) => benchmark.cells.get(name).budget === limit);
      return { benchmark, names, limit, shortest };
    })
    .filter(({ names }) => names.length);
  const limit = Math.max(1, ...benchmarks.map((one) => one.limit));
  const budget = Math.min(choice.budget ?? limit, limit);
  for (const one of benchmarks) one.budget = Math.min(budget, one.limit);
  return { methods, benchmarks, limit, budget };
}

// The p values of all pairs that are chosen, corrected over them, as a function of a benchmark and
// two methods. Null where there is no test: at a budget that is no method's own.
function testsOf({ benchmarks }, goal) {
  const places = new Map();
  const values = [];
  for (const { benchmark, names, budget } of benchmarks) {
    const reaching = [...benchmark.cells].filter(([, cell]) => cell.budget >= budget);
    const order = reaching.map(([name]) => name);
    const tests = benchmark.tests.find(([tested]) => tested === budget)?.[1][goal];
    for (const [one, other] of pairsOf(order.filter((name) => names.includes(name)))) {
      const [i, j] = [order.indexOf(one), order.indexOf(other)];
      // Where the pair (i, j) stands among (0, 1), (0, 2), ..., (1, 2), ...
      const place = i * order.length - (i * (i + 1)) / 2 + j - i - 1;
      for (const key of [[one, other], [other, one]]) {
        places.set(JSON.stringify([benchmark.name, ...key]), values.length);
      }
      values.push(tests?.[place] ?? null);
    }
  }
  const corrected = holm(values);
  return ({ name }, one, other) => {
    const place = places.get(JSON.stringify([name, one, other]));
    return place === undefined ? null : corrected[place];
  };
}

function pairsOf(names) {
  return names.flatMap((one, place) => names.slice(place + 1).map((other) => [one, other]));
}

// The methods by how many times the fewest samples they need, in geometric mean over the benchmarks
// where there is somebody to compare with, averaged within a search space first.
function ordered({ methods, benchmarks }, goal) {
  const logs = new Map(methods.map((name) => [name, new Map()]));
  for (const { benchmark, names, budget } of benchmarks.filter(({ names }) => names.length > 1)) {
    const means = names.map((name) => {
      const samples = samplesOf(benchmark.cells.get(name), goal, benchmark.seeds).filter(Boolean);
      return sumOf(samples.map((count) => Math.min(count, budget))) / samples.length;
    });
    const fewest = Math.min(...means);
    names.forEach((name, place) => {
      const own = logs.get(name);
      const log = Math.log(means[place] / fewest);
      own.set(benchmark.space, [...(own.get(benchmark.space) ?? []), log]);
    });
  }
  const mean = (values) => sumOf(values) / values.length;
  const times = (name) => {
    const spaces = [...logs.get(name).values()];
    return spaces.length ? mean(spaces.map(mean)) : Infinity;
  };
  return methods
    .filter((name) => benchmarks.some(({ names }) => names.includes(name)))
    .sort((one, other) => (times(one) === times(other) ? 0 : times(one) - times(other)));
}

function fillForm(at, choice, data, view) {
  const { comparison } = choice;
  const same = (names) => names.map((name) => [name, name]);
  const comparisons = data.comparisons.map(({ name }) => name);
  fillOptions(at("comparison"), same(comparisons), comparison.name);
  fillOptions(at("goal"), data.goals, choice.goal);
  fillOptions(at("policy"), data.policies, choice.policy);
  at("budget").max = view.limit;
  at("budget").value = view.budget;
  for (const part of ["budget-unit", "answers-unit"]) at(part).textContent = view.unit;
  at("limit").textContent = `1 to ${counted(view.limit)}`;
  const known = {
    methods: [...comparison.methods.keys()],
    benchmarks: comparison.benchmarks.map(({ name }) => name),
  };
  for (const [part, names] of Object.entries(known)) {
    fillBoxes(at(part), names, choice[part]);
    const count = choice[part]?.length ?? names.length;
    at(`count-${part}`).textContent = `${count} of ${names.length}`;
  }
  const [first, second] = view.pair;
  const apart = (other) => same(view.order.filter((name) => name !== other));
  fillOptions(at("first"), apart(second), first);
  fillOptions(at("second"), apart(first), second);
}

// Options and boxes are made anew only where their names change: what has the focus keeps it.
function fillOptions(select, options, chosen) {
  const names = options.map(([name]) => name);
  if ([...select.options].map((option) => option.value).join("\n") !== names.join("\n")) {
    select.replaceChildren(
      ...options.map(([name, title]) => element("option", { value: name }, title)),
    );
  }
  select.value = chosen;
}

function fillBoxes(holder, names, chosen) {
  let boxes = [...holder.querySelectorAll("input")];
  if (boxes.map((box) => box.value).join("\n") !== names.join("\n")) {
    boxes = names.map((name) => element("input", { type: "checkbox", value: name }));
    holder.replaceChildren(
      ...boxes.map((box) => {
        return element("label", {}, box, element("span", {}, ...breakable(box.value)));
      }),
    );
  }
  for (const box of boxes) box.checked = !chosen || chosen.includes(box.value);
}
