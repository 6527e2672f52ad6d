// The winners, best first: how each came in, how it went, and how near it stood to a gate.

const ROUTE_TEXT = {
  ranked: (i) => `place ${fmt(ASSETS.cluster_rank[i])} among the eligible ${coded('direction', i)} of cluster ${ASSETS.cluster[i]}`,
  benchmark: () => 'a benchmark of the profile',
  representative: (i) => `best of cluster ${ASSETS.cluster[i]}, which has no eligible member`,
  fill: () => `fills up to the floor of ${fmt(DATA.floor)}`,
};

function reason(i) {
  const route = coded('route', i);
  return route in ROUTE_TEXT ? ROUTE_TEXT[route](i) : route;
}

/** The gate that an asset passes most narrowly: its margin as a share of the middle half of the pool. */
function narrowest(i) {
  let found = null;
  for (const gate of DATA.gates) {
    const { margin, passed, waived } = judged(gate, i);
    const spread = quantile(gate.column, 0.75) - quantile(gate.column, 0.25);
    if (gate.kind === 'hard' || !passed || waived || margin === null || !(spread > 0)) continue;
    if (!found || margin / spread < found.share) found = { gate, margin, share: margin / spread };
  }
  return found;
}

const failed = (i) => DATA.gates.filter((gate) => !judged(gate, i).passed);
const waived = (i) => DATA.gates.filter((gate) => judged(gate, i).waived);

function sparkline(values, text) {
  const known = values.filter((value) => value !== null);
  const [low, high] = [Math.min(0, ...known), Math.max(0, ...known)];
  const [width, height] = [150, 34];
  const x = (at) => (at / Math.max(1, values.length - 1)) * width;
  const y = (value) => height - 2 - ((value - low) / (high - low || 1)) * (height - 4);
  const path = values.map((value, at) => value === null ? '' : `${at && values[at - 1] !== null ? 'L' : 'M'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join('');
  return svg('svg', { class: 'mini', width, height, role: 'img', 'aria-label': text }, svg('title', null, text),
    svg('path', { class: 'zero', d: `M0 ${y(0).toFixed(1)}H${width}` }), svg('path', { class: 'line', d: path }));
}

function winnersTable() {
  const rows = DATA.winners.map((i, at) => ({ i, at, spark: DATA.sparks[at], near: narrowest(i) }));
  const final = (row) => row.spark.at(-1);
  into('winners',
    el('p', null, `Curves: cumulative simple return from ${DATA.first_day} to ${DATA.as_of}, each on a scale of its own, with a line at zero. Choose a row to see the whole story.`),
    rows.length ? table({
      testid: 'winners-table', rows, choose: (row) => explain.show(row.i, true), columns: [
        { title: '#', numeric: true, value: (row) => row.at, cell: (row) => num(row.at + 1) },
        { title: 'asset', value: (row) => ASSETS.symbol[row.i], cell: (row) => el('b', null, ASSETS.symbol[row.i]) },
        { title: 'direction, logic', value: (row) => coded('direction', row.i), cell: (row) => `${direction(row.i)} ${coded('logics', row.i).replace(/,/g, ', ')}` },
        { title: 'sector', value: (row) => coded('sector', row.i), cell: (row) => coded('sector', row.i) || UNKNOWN },
        { title: 'cluster', numeric: true, value: (row) => ASSETS.cluster[row.i], cell: (row) => num(ASSETS.cluster[row.i]) },
        { title: 'conviction', numeric: true, value: (row) => ASSETS.conviction[row.i], cell: (row) => num(ASSETS.conviction[row.i]) },
        { title: 'rank', numeric: true, note: 'by conviction in the pool', value: (row) => ASSETS.rank[row.i], cell: (row) => num(ASSETS.rank[row.i]) },
        { title: 'cumulative return', value: final, cell: (row) => sparkline(row.spark, `${ASSETS.symbol[row.i]}: ${percent(final(row))} over ${plural(DATA.days, 'day')}`) },
        { title: 'total', numeric: true, value: final, cell: (row) => percent(final(row)) },
        { title: 'why', value: (row) => coded('route', row.i), cellClass: () => 'reason', cell: (row) => why(row) },
        { title: 'narrowest gate', note: 'the relaxable gate that it passes by the least share of the pool\'s middle half', value: (row) => row.near && row.near.share, cell: (row) => row.near ? gateText(row.near.gate, row.i) : UNKNOWN },
      ] }) : el('p', null, 'Nobody won.'),
  );
}

function why({ i }) {
  const [fails, exempt] = [failed(i), waived(i)];
  return [
    el('span', { class: 'tag' }, coded('route', i)), ` ${reason(i)}`,
    fails.length ? el('div', { class: 'note bad' }, fails.map((gate) => `fails ${gateText(gate, i)}`).join('; ')) : null,
    exempt.length ? el('div', { class: 'note' }, exempt.map((gate) => waiverText(gate, i)).join('; ')) : null,
  ];
}

function gateText(gate, i) {
  const { value, passed, waived: by } = judged(gate, i);
  const rule = `${OPERATORS[gate.op]} ${fmt(gate.threshold)}`;
  if (value === null) return `${gate.gate} (unknown, needs ${rule})`;
  return passed && !by ? `${gate.gate} (${fmt(value)} ${rule})` : `${gate.gate} (${fmt(value)}, needs ${rule})`;
}

const waiverText = (gate, i) => `${gateText(gate, i)} is waived (${judged(gate, i).waived})`;

function direction(i) {
  const name = coded('direction', i);
  return `${name === 'LONG' ? '\u2191' : '\u2193'} ${name}`;
}
