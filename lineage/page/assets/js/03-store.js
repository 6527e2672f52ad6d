// The data of the page, read once, and questions about one asset of it.

const DATA = JSON.parse(byId('data').textContent);
const ASSETS = DATA.assets;
const COUNT = ASSETS.symbol.length;
const CHAMPION = DATA.scorers.find((scorer) => scorer.role === 'champion');
const CHALLENGERS = DATA.scorers.filter((scorer) => scorer.role !== 'champion');
const MEMBERS = new Map();
ASSETS.cluster.forEach((cluster, i) => MEMBERS.set(cluster, [...(MEMBERS.get(cluster) || []), i]));
const PLACE = new Map(ASSETS.symbol.map((symbol, i) => [symbol, i]));

const column = (place) => DATA.columns[place];
const coded = (name, i) => ASSETS[name].names[ASSETS[name].codes[i]];
const isWinner = (i) => coded('route', i) !== '';
const KINDS = ['winner', 'eligible', 'vetoed', 'hard'];
const KIND_TEXT = {
  winner: 'winner', eligible: 'eligible, not chosen', vetoed: 'vetoed by a relaxable gate', hard: 'vetoed by a hard gate',
};

function kindOf(i) {
  if (isWinner(i)) return 'winner';
  if (ASSETS.eligible[i] === '1') return 'eligible';
  return ASSETS.sound[i] === '1' ? 'vetoed' : 'hard';
}

const KIND = ASSETS.symbol.map((_, i) => kindOf(i));

const WAIVERS = { w: 'benchmarks', W: 'is_benchmark' };

/** One gate as it judged one asset at the last rung: `passed` by its own value or `waived`, which says by whom. */
function judged(gate, i) {
  const value = column(gate.column)[i];
  const letter = gate.verdicts[i];
  const floor = gate.op[0] === '>';
  return {
    value,
    margin: value === null ? null : floor ? value - gate.threshold : gate.threshold - value,
    waived: WAIVERS[letter] || '',
    passed: !'fu'.includes(letter),
    verdict: { p: 'passes', f: 'fails', u: 'fails (unknown)', U: 'passes (unknown)' }[letter] || `waived (${WAIVERS[letter]})`,
  };
}

const COMPARE = { '>=': (a, b) => a >= b, '>': (a, b) => a > b, '<=': (a, b) => a <= b, '<': (a, b) => a < b };

/** The first rung whose threshold the asset's own value passes; null where none is. */
function firstRung(gate, i) {
  const { value, passed, waived } = judged(gate, i);
  if (value === null) return passed && !waived ? 1 : null;
  const found = DATA.ladder.find((rung) => COMPARE[gate.op](value, rung.thresholds[gate.gate]));
  return found ? found.rung : null;
}

/** The known values of a column, ascending; sorted once, for ranges and places in the pool. */
const sortedColumns = new Map();
function sorted(place) {
  if (!sortedColumns.has(place)) {
    sortedColumns.set(place, Float64Array.from(column(place).filter((value) => value !== null)).sort());
  }
  return sortedColumns.get(place);
}

function quantile(place, share) {
  const values = sorted(place);
  return values.length ? values[Math.round(share * (values.length - 1))] : null;
}

/** The share of the pool with a smaller value. */
function below(place, value) {
  const values = sorted(place);
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < value) low = middle + 1;
    else high = middle;
  }
  return values.length > 1 ? low / (values.length - 1) : null;
}

/** One line on an asset, for tooltips. */
function brief(i) {
  return `${ASSETS.symbol[i]} ${coded('direction', i)} \u00b7 ${KIND_TEXT[KIND[i]]}\nconviction ${fmt(ASSETS.conviction[i])}, `
    + `rank ${fmt(ASSETS.rank[i])} of ${fmt(COUNT)}, cluster ${ASSETS.cluster[i]}`;
}
