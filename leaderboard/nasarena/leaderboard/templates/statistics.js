// The tables' numbers for any budget. Intervals are at 95 %.
const Z = 1.959963984540054;
const SIGNIFICANT = 0.05;

// Fewer runs give no interval of a mean.
const FEWEST_RUNS = 6;

// The generator that numpy's default_rng is (PCG64), from the state that the page states: means
// are resampled here as they are in the tables. Gives its 32-bit words one by one.
function wordsFrom(state, increment) {
  const multiplier = 0x2360ed051fc65da44385df649fccf645n;
  let current = BigInt(state);
  let kept = null;
  return () => {
    if (kept !== null) {
      const word = kept;
      kept = null;
      return word;
    }
    current = BigInt.asUintN(128, current * multiplier + BigInt(increment));
    const mixed = BigInt.asUintN(64, (current >> 64n) ^ current);
    const turn = current >> 122n;
    const turned = BigInt.asUintN(64, (mixed >> turn) | (mixed << (64n - turn)));
    kept = Number(turned >> 32n);
    return Number(turned & 0xffffffffn);
  };
}

// A number below `limit`, each as likely as any other (Lemire 2019, as numpy does).
function drawBelow(limit, words) {
  const first = 2 ** 32 % limit;
  for (;;) {
    const product = words() * limit;
    if (product % 2 ** 32 >= first) return Math.floor(product / 2 ** 32);
  }
}

// How many resamples of so many runs: fewer of very many, as in the tables.
function resamplesFor(runs, most) {
  return Math.min(most, Math.max(999, Math.floor(1e8 / runs)));
}

// How often each run is drawn in each resample, the resamples one after the other.
function resampler(draws) {
  const made = new Map();
  return (runs) => {
    if (!made.has(runs)) {
      const words = wordsFrom(BigInt(draws.state), BigInt(draws.increment));
      const counts = new Uint8Array(runs * resamplesFor(runs, draws.of_means));
      for (let start = 0; start < counts.length; start += runs) {
        for (let draw = 0; draw < runs; draw++) counts[start + drawBelow(runs, words)]++;
      }
      made.set(runs, counts);
    }
    return made.get(runs);
  };
}

// What takes the place of Z: Student's quantile (as a series) times sqrt(runs / (runs - 1)).
function expandedZ(runs) {
  const free = runs - 1;
  const quantile =
    Z +
    (Z ** 3 + Z) / (4 * free) +
    (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / (96 * free ** 2) +
    (3 * Z ** 7 + 19 * Z ** 5 + 17 * Z ** 3 - 15 * Z) / (384 * free ** 3);
  return quantile * Math.sqrt(runs / free);
}

// The bootstrap interval (expanded BCa) of the mean of values whose sums are exact; null where all
// are equal, and below 6 runs.
function meanInterval(values, most, countsOf) {
  const runs = values.length;
  const resamples = resamplesFor(runs, most);
  if (runs < FEWEST_RUNS || values.every((value) => value === values[0])) return null;
  const counts = countsOf(runs);
  const total = sumOf(values);
  const sums = new Float64Array(resamples);
  let below = 0;
  for (let resample = 0, at = 0; resample < resamples; resample++) {
    let sum = 0;
    for (let run = 0; run < runs; run++) sum += counts[at++] * values[run];
    sums[resample] = sum;
    below += (sum < total) + (sum <= total);
  }
  sums.sort();
  const bias = normalQuantile(below / (2 * resamples));
  let squares = 0;
  let cubes = 0;
  for (const value of values) {
    const deviation = value - total / runs;
    squares += deviation ** 2;
    cubes += deviation ** 3;
  }
  const lean = cubes / (6 * squares ** 1.5);
  return [-1, 1].map((side) => {
    const shifted = bias + side * expandedZ(runs);
    return quantile(sums, normalShare(bias + shifted / (1 - lean * shifted))) / runs;
  });
}

function sumOf(values) {
  return values.reduce((sum, value) => sum + value, 0);
}

// A quantile of sorted values, linear between neighbours.
function quantile(values, level) {
  const where = level * (values.length - 1);
  const left = Math.floor(where);
  const right = Math.min(left + 1, values.length - 1);
  return values[left] + (values[right] - values[left]) * (where - left);
}

// The normal distribution function (Marsaglia 2004), and its inverse by halving.
function normalShare(x) {
  if (Math.abs(x) > 8) return x < 0 ? 0 : 1;
  let sum = x;
  for (let term = x, k = 3; Math.abs(term) > 1e-17; k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

function normalQuantile(share) {
  let [low, high] = [-8, 8];
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2;
    if (normalShare(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

// Wilson's score interval of a share of runs.
function wilson(share, runs) {
  const scale = 1 + Z ** 2 / runs;
  const centre = (share + Z ** 2 / (2 * runs)) / scale;
  const half = (Z * Math.sqrt((share * (1 - share)) / runs + Z ** 2 / (4 * runs ** 2))) / scale;
  return [
    share === 0 ? 0 : Math.max(centre - half, 0),
    share === 1 ? 1 : Math.min(centre + half, 1),
  ];
}

// Share found and mean of min(samples, budget), each with its interval. That of the mean is
// averaged of the bootstrap's and of one made of the share's, weighted by the share found and not.
function judgeSamples(samples, budget, draws, countsOf) {
  const runs = samples.length;
  const cut = samples.map((count) => Math.min(count, budget));
  const found = samples.filter((count) => count <= budget).length;
  const [share, mean] = [found / runs, sumOf(cut) / runs];
  const [low, high] = wilson(share, runs);
  const agree = cut.every((count) => count === cut[0]);
  let ends = null;
  if (runs >= FEWEST_RUNS && !(agree && share === 1)) {
    const saved = runs * budget - sumOf(cut);
    const ofShare = [
      budget - (high * (saved + budget - 1)) / (found + 1),
      budget - (low * saved) / (found + 1),
    ];
    const drawn = meanInterval(cut, draws.of_means, countsOf) ?? [mean, mean];
    ends = drawn.map((end, side) => share * end + (1 - share) * ofShare[side]);
  }
  return {
    runs,
    found: { value: share, ends: [low, high] },
    mean: { value: mean, ends, agreeing: !ends && runs >= FEWEST_RUNS ? runs : 0 },
  };
}

// Two methods: mean difference, and how probable it is that the first needs fewer, ties counting
// half. Paired run by run of the seeds they share, else of all runs of both. Null without runs.
function judgePair(first, second, budget, isPaired, draws, countsOf) {
  const judge = isPaired ? judgeSeeds : judgeRuns;
  return judge(first, second, budget, draws, countsOf);
}

// The mean of the first's samples minus the second's, of the same runs as the test; null without.
function meanDifference(first, second, budget, isPaired) {
  const isUsed = (_, seed) => !isPaired || Boolean(first[seed] && second[seed]);
  const [a, b] = [first, second].map((samples) => {
    const cut = samples.filter(isUsed).filter(Boolean).map((count) => Math.min(count, budget));
    return cut.length ? sumOf(cut) / cut.length : null;
  });
  return a === null || b === null ? null : a - b;
}

function judgeSeeds(first, second, budget, draws, countsOf) {
  const common = first.map((_, seed) => seed).filter((seed) => first[seed] && second[seed]);
  if (!common.length) return null;
  const differences = common.map(
    (seed) => Math.min(first[seed], budget) - Math.min(second[seed], budget),
  );
  const fewer = differences.map((difference) => (1 - Math.sign(difference)) / 2);
  const share = sumOf(fewer) / common.length;
  const decided = common.some((seed) => first[seed] <= budget || second[seed] <= budget);
  const ends = (values) =>
    decided ? meanInterval(values, draws.of_differences, countsOf) : null;
  const agreed = decided && common.length > 1 && (share === 0 || share === 1);
  return {
    seeds: [common.length, common.length],
    decided,
    mean: { value: sumOf(differences) / common.length, ends: ends(differences) },
    share: { value: share, ends: agreed ? wilson(share, common.length) : ends(fewer) },
  };
}

// The interval of the difference is made of those of the two means (Zou & Donner 2008); that of
// the share is Wilson's with the runs that give as small an error (DeLong 1988).
function judgeRuns(first, second, budget, draws, countsOf) {
  const [a, b] = [first, second].map((samples) => samples.filter(Boolean));
  const [one, other] = [a, b].map((samples) => judgeSamples(samples, budget, draws, countsOf));
  const value = one.mean.value - other.mean.value;
  const decided = Boolean(one.found.value || other.found.value);
  const [cutA, cutB] = [a, b].map((samples) => samples.map((count) => Math.min(count, budget)));
  const share = shareFewer(cutA, cutB);
  let ends = null;
  if (decided && one.mean.ends && other.mean.ends) {
    const [[lowA, highA], [lowB, highB]] = [one.mean.ends, other.mean.ends];
    ends = [
      value - Math.hypot(one.mean.value - lowA, highB - other.mean.value),
      value + Math.hypot(highA - one.mean.value, other.mean.value - lowB),
    ];
  }
  return {
    seeds: [a.length, b.length],
    decided,
    mean: { value, ends },
    share: { value: share.value, ends: decided ? share.ends : null },
  };
}

function shareFewer(a, b) {
  const sorted = (values) => [...values].sort((one, other) => one - other);
  const [orderedA, orderedB] = [sorted(a), sorted(b)];
  const over = a.map((value) => 1 - placement(orderedB, value));
  const under = b.map((value) => placement(orderedA, value));
  const value = sumOf(over) / a.length;
  if (Math.min(a.length, b.length) < 2) return { value, ends: null };
  const variance = varianceOf(over) / a.length + varianceOf(under) / b.length;
  const runs = variance > 0 ? (value * (1 - value)) / variance : Math.min(a.length, b.length);
  return { value, ends: wilson(value, runs) };
}

// The share of the ordered values below one, ties counting half.
function placement(ordered, value) {
  let twice = 0;
  for (const other of ordered) twice += (other < value) + (other <= value);
  return twice / (2 * ordered.length);
}

function varianceOf(values) {
  const mean = sumOf(values) / values.length;
  return sumOf(values.map((value) => (value - mean) ** 2)) / (values.length - 1);
}

// p values corrected for their number (Holm 1979); null stays null and is not counted.
function holm(values) {
  const tested = values.map((p, place) => [p, place]).filter(([p]) => p !== null);
  tested.sort(([one], [other]) => one - other);
  const corrected = values.map(() => null);
  let largest = 0;
  tested.forEach(([p, place], rank) => {
    largest = Math.max(largest, p * (tested.length - rank));
    corrected[place] = Number(Math.min(largest, 1).toPrecision(6));
  });
  return corrected;
}

// A number as the tables write it, at the middle to the even digit as they do.
function fixed(value, decimals) {
  const below = Math.floor(value * 10 ** decimals);
  const middle = value * 10 ** decimals === below + 0.5 && (2 * below + 1) % 5 ** decimals === 0;
  return (middle ? (below + (below % 2 !== 0)) / 10 ** decimals : value).toFixed(decimals);
}

// Three significant digits, or all before the point.
function numberText(value) {
  const size = Math.abs(Number(value.toPrecision(6)));
  const text = fixed(size, size >= 99.95 || size === 0 ? 0 : size >= 9.995 ? 1 : 2);
  return value < 0 && Number(text) ? `\u2212${text}` : text;
}

// Whole percent, but neither 0 nor 100 for what is not.
function percentText(share) {
  const edge = (share > 0 && share < 0.01) || (share > 0.99 && share < 1);
  return fixed(100 * Number(share.toPrecision(6)), edge ? 1 : 0);
}

function estimateText({ value, ends, agreeing }, text) {
  if (agreeing) return `${text(value)} in ${agreeing} of ${agreeing}`;
  return ends ? `${text(value)} [${text(ends[0])}, ${text(ends[1])}]` : text(value);
}

function pText(p) {
  return p === null ? "\u2014" : String(Number(p.toPrecision(2)));
}
