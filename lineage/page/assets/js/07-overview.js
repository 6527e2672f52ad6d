// What was decided, from what: verdict, inputs, ladder, funnel.

function verdict() {
  const last = DATA.ladder[DATA.rung - 1];
  const count = DATA.winners.length;
  into('verdict',
    el('p', { class: 'headline' }, el('b', { class: DATA.reached_floor ? 'met' : 'missed' }, DATA.headline), '.'),
    el('div', { class: 'figures' }, [
      ['winners', count, `winners, of ${fmt(COUNT)} assets in the pool`],
      ['eligible', DATA.funnel.eligible, 'eligible: fail no gate'],
      ['clusters', DATA.figures.clusters, `clusters; density ${fmt(DATA.figures.cluster_density, 3)}, mean size ${fmt(DATA.figures.cluster_mean_size, 3)}, effective number ${fmt(DATA.figures.cluster_effective_number, 3)}`],
      ['average_conviction', DATA.figures.average_conviction, `mean conviction of winners (pool: ${fmt(DATA.figures.average_conviction_pool)})`],
      ['winners_diversity', DATA.figures.winners_diversity, `diversity of winners: 1 \u2212 mean correlation (pool: ${fmt(DATA.figures.pool_diversity)})`],
      ['winners_effective_bets', DATA.figures.winners_effective_bets, 'effective number of bets among winners'],
    ].map(([name, value, text]) => el('div', { class: 'figure', 'data-figure': name }, el('b', null, num(value)), el('span', null, text)))),
    facts([
      ['profile', DATA.profile],
      ['floor', `${plural(DATA.floor, 'winner')}: ${DATA.reached_floor ? 'reached' : 'not reached after the last rung'}`],
      ['as of', `${DATA.as_of}, the last of ${plural(DATA.days, 'day')} of returns (from ${DATA.first_day})`],
      ['rung', `${DATA.rung} of ${DATA.ladder.length}, ${last.name}; recruitment: ${last.recruit}`],
      ['champion', `${CHAMPION.name} (${CHAMPION.kind})`],
      ['winners by route', Object.entries(DATA.funnel.routes).map(([name, n]) => `${n} ${name}`).join(', ') || 'none'],
      ['winners by direction', tally('winners_direction')],
      ['winners by sector', tally('winners_sector')],
      ['settings', el('code', { 'data-testid': 'settings-digest', title: 'digest of settings.toml' }, DATA.settings_digest)],
    ]),
    el('details', null, el('summary', null, 'All figures'), table({
      testid: 'figures', rows: Object.entries(DATA.figures), columns: [
        { title: 'figure', value: (row) => row[0], cell: (row) => row[0] },
        { title: 'value', numeric: true, value: (row) => row[1], cell: (row) => num(row[1], 6) },
        { title: 'note', cell: (row) => DATA.figure_notes[row[0]] || '' },
      ] })),
    el('details', null, el('summary', null, 'Settings, as resolved'), el('pre', { tabindex: 0 }, DATA.settings)),
    DATA.artifacts && el('details', { 'data-testid': 'artifacts' }, el('summary', null, 'Files beside this page, with the digests that the ledger has for them'), table({
      rows: DATA.artifacts, columns: [
        { title: 'file', value: (row) => row.name, cell: (row) => row.name },
        { title: 'bytes', numeric: true, value: (row) => row.bytes, cell: (row) => num(row.bytes) },
        { title: 'digest', cell: (row) => el('code', null, row.digest) },
      ] })),
  );
}

function tally(prefix) {
  const found = Object.entries(DATA.figures).filter(([name]) => name.startsWith(`${prefix}.`));
  return found.map(([name, count]) => `${count} ${name.slice(prefix.length + 1)}`).join(', ') || 'none';
}

function inputs() {
  const { coverage, quarantine } = DATA;
  into('inputs',
    table({
      testid: 'sources', caption: 'Tables that were read; the digest is of their content.', rows: DATA.inputs, columns: [
        { title: 'table', value: (row) => row.name, cell: (row) => row.name },
        { title: 'rows', numeric: true, value: (row) => row.rows, cell: (row) => num(row.rows) },
        { title: 'columns', numeric: true, value: (row) => row.columns, cell: (row) => row.columns ? num(row.columns) : UNKNOWN },
        { title: 'digest', cell: (row) => el('code', { title: row.digest }, shortDigest(row.digest)) },
      ] }),
    el('h3', null, 'Coverage'),
    table({ testid: 'coverage', rows: Object.entries(coverage).filter(([name, value]) => name !== 'quarantined' && !empty(value)), sortable: false, columns: [
      { title: 'what', cell: ([name]) => words(name) },
      { title: 'how many', numeric: true, cell: ([name, value]) => el('span', { 'data-coverage': name }, typeof value === 'object' ? fmt(size(value)) : typeof value === 'number' ? fmt(value) : value === true ? 'yes' : value === false ? 'no' : String(value)) },
      { title: 'which', cell: ([, value]) => listing(value) },
    ] }),
    el('h3', null, 'Quarantine'),
    quarantine.rows ? [
      el('p', { 'data-testid': 'quarantine' }, `${plural(quarantine.rows, 'cell or row', 'cells or rows')} set aside: `,
        Object.entries(coverage.quarantined || {}).map(([reason, count]) => `${fmt(count)} ${reason}`).join(', '), '.'),
      el('details', null, el('summary', null, quarantine.shown.length < quarantine.rows ? `The first ${quarantine.shown.length}` : 'All of them'),
        table({ rows: quarantine.shown, columns: quarantine.columns.map((title, at) => (
          { title, value: (row) => row[at], cell: (row) => typeof row[at] === 'number' ? fmt(row[at]) : row[at] ?? UNKNOWN })) })),
    ] : el('p', { 'data-testid': 'quarantine' }, 'Nothing was set aside.'),
  );
}

const size = (value) => Array.isArray(value) ? value.length : Object.keys(value).length;
const empty = (value) => value === null || (typeof value === 'object' && !size(value));

/** Names as text; long lists fold. */
function listing(value) {
  if (typeof value !== 'object') return '';
  const names = Array.isArray(value) ? value.map(String) : Object.entries(value).map(([name, what]) => `${name}: ${what}`);
  if (names.length <= 6) return names.join(', ');
  return el('details', null, el('summary', null, `${names.slice(0, 4).join(', ')} \u2026`), names.join(', '));
}

function ladder() {
  const strict = DATA.ladder[0].thresholds;
  const moving = DATA.gates.filter((gate) => DATA.ladder.some((rung) => rung.thresholds[gate.gate] !== strict[gate.gate]));
  const climbed = DATA.ladder.filter((rung) => rung.winners !== undefined);
  const top = Math.max(DATA.floor, ...climbed.map((rung) => Math.max(rung.winners, rung.eligible)));
  const bars = (rung) => {
    if (rung.winners === undefined) return 'not needed';
    const at = (count) => (count / top) * 200;
    return svg('svg', { class: 'mini', width: 206, height: 26, role: 'img', 'aria-label': `${rung.eligible} eligible, ${rung.winners} winners, floor ${DATA.floor}` },
      svg('rect', { class: 'bar', y: 2, width: at(rung.eligible), height: 9 }), svg('rect', { class: 'bar winner', y: 14, width: at(rung.winners), height: 9 }),
      svg('path', { class: 'floor', d: `M${at(DATA.floor)} 0V26` }));
  };
  into('ladder',
    el('p', null, `Thresholds only loosen from rung to rung; the climb stops at the first rung with at least ${fmt(DATA.floor)} winners. Bold thresholds differ from rung 1.`),
    table({
      testid: 'rungs', sortable: false, rows: DATA.ladder, rowClass: (rung) => rung.winners === undefined ? 'unused' : rung.rung === DATA.rung ? 'on' : '', columns: [
        { title: 'rung', cell: (rung) => `${rung.rung} ${rung.name}` },
        { title: 'recruits', cell: (rung) => rung.recruit },
        ...moving.map((gate) => ({
          title: `${gate.gate} ${OPERATORS[gate.op]}`, note: gate.feature, numeric: true, cell: (rung) => num(rung.thresholds[gate.gate]),
          cellClass: (rung) => rung.thresholds[gate.gate] === strict[gate.gate] ? '' : 'loosened',
        })),
        { title: 'eligible', numeric: true, cell: (rung) => num(rung.eligible) },
        { title: 'winners', numeric: true, cell: (rung) => num(rung.winners) },
        { title: 'nodes run', numeric: true, note: 'nodes of the dataflow that were executed at this rung', cell: (rung) => num(rung.executed) },
        { title: 'eligible, winners, floor', cell: bars },
      ] }),
    el('div', { class: 'legend' },
      el('span', null, svg('svg', { class: 'mini', width: 16, height: 10 }, svg('rect', { class: 'bar', width: 16, height: 10 })), 'eligible (assets)'),
      el('span', null, svg('svg', { class: 'mini', width: 16, height: 10 }, svg('rect', { class: 'bar winner', width: 16, height: 10 })), 'winners (assets)'),
      el('span', null, svg('svg', { class: 'mini', width: 16, height: 10 }, svg('path', { class: 'floor', d: 'M8 0V10' })), `floor (${fmt(DATA.floor)})`)),
  );
}

function funnel() {
  const { pool, steps, eligible, winners, routes } = DATA.funnel;
  const bar = (left, kind) => svg('svg', { class: 'mini', width: 260, height: 14, 'aria-hidden': 'true' },
    svg('rect', { class: 'bar lost', width: 260, height: 14 }), svg('rect', { class: `bar ${kind}`, width: (left / pool) * 260, height: 14 }));
  const rows = [
    { name: 'pool', left: pool, kind: '' },
    ...steps.map((step) => ({ ...step, name: step.gate, gate: DATA.gates.find((gate) => gate.gate === step.gate) })),
    { name: 'eligible', left: eligible, kind: '' },
    { name: 'winners', left: winners, kind: 'winner', what: Object.entries(routes).map(([name, count]) => `${count} ${name}`).join(', ') },
  ];
  into('funnel',
    el('p', null, 'Gates one after the other, hard ones first, at the thresholds of the last rung: how many assets are left after each.'),
    table({
      testid: 'funnel-steps', sortable: false, rows, columns: [
        { title: 'step', cell: (row) => el('span', { 'data-step': row.name }, row.name) },
        { title: 'rule', cell: (row) => row.gate ? [el('span', { class: 'tag' }, row.gate.kind), ` ${words(row.gate.feature)} ${OPERATORS[row.gate.op]} ${fmt(row.gate.threshold)}`] : row.what || '' },
        { title: 'left (assets)', numeric: true, cell: (row) => num(row.left) },
        { title: 'share of the pool', cell: (row) => bar(row.left, row.kind) },
        { title: 'stopped here or elsewhere', numeric: true, note: 'assets that fail this gate, whatever other gates say', cell: (row) => row.gate ? num(row.stops) : '' },
        { title: 'by this gate alone', numeric: true, note: 'assets that fail no other gate', cell: (row) => row.gate ? num(row.stops_alone) : '' },
      ] }),
    Object.keys(DATA.funnel.outcomes).length ? el('p', { class: 'note' }, `Outcomes: ${Object.entries(DATA.funnel.outcomes).map(([name, count]) => `${fmt(count)} ${name}`).join(', ')}.`) : null,
  );
}
