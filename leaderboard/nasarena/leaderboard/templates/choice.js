// What is looked at, kept in the page's address after the # so that a view can be linked:
// c comparison, g goal, q budget, p policy, m each method, b each benchmark, d the two of the
// difference. What is not there is as the page opens: all methods, all benchmarks, whole budget.
const KEYS = ["c", "g", "q", "p", "m", "b", "d"];

function readChoice(fragment, data) {
  const given = new URLSearchParams(fragment.replace(/^#/, ""));
  let unknown = [...given.keys()].filter((key) => !KEYS.includes(key)).length;
  const one = (key, known) => {
    const value = given.get(key);
    if (value === null || known.includes(value)) return value ?? known[0];
    unknown++;
    return known[0];
  };
  // Null for all; none at all only if that is said by an empty name.
  const some = (key, known) => {
    const values = given.getAll(key);
    const chosen = known.filter((name) => values.includes(name));
    unknown += values.filter((name) => name && !known.includes(name)).length;
    return chosen.length || values.every((name) => !name) && values.length
      ? all(chosen, known)
      : null;
  };
  const budget = given.get("q");
  const sound = budget === null || (/^[0-9]{1,9}$/.test(budget) && Number(budget) > 0);
  unknown += !sound;
  const name = one("c", data.comparisons.map((comparison) => comparison.name));
  const comparison = data.comparisons.find((some) => some.name === name);
  const pair = given.getAll("d");
  const isPair =
    pair.length === 2 && pair[0] !== pair[1] && pair.every((name) => comparison.methods.has(name));
  unknown += pair.length > 0 && !isPair;
  const choice = {
    comparison,
    goal: one("g", data.goals.map(([goal]) => goal)),
    policy: one("p", data.policies.map(([policy]) => policy)),
    budget: sound && budget !== null ? Number(budget) : null,
    methods: some("m", [...comparison.methods.keys()]),
    benchmarks: some("b", comparison.benchmarks.map((benchmark) => benchmark.name)),
    pair: isPair ? pair : null,
  };
  return { choice, unknown };
}

function all(chosen, known) {
  return chosen.length === known.length ? null : chosen;
}

function fragmentOf(choice, data) {
  const parts = new URLSearchParams();
  const add = (key, value, usual) => value !== usual && parts.append(key, value);
  add("c", choice.comparison.name, data.comparisons[0].name);
  add("g", choice.goal, data.goals[0][0]);
  if (choice.budget !== null) parts.append("q", choice.budget);
  add("p", choice.policy, data.policies[0][0]);
  for (const [key, names] of [["m", choice.methods], ["b", choice.benchmarks]]) {
    for (const name of names ?? []) parts.append(key, name);
    if (names && !names.length) parts.append(key, "");
  }
  for (const name of choice.pair ?? []) parts.append("d", name);
  return parts.toString();
}
