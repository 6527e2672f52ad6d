// Any asset, found by name and explained: gates, cluster, rank, probabilities, features.

const STORIES = {
  winner: 'It won',
  'hard veto': 'A hard gate stopped it, and hard gates are never waived',
  vetoed: 'A gate stopped it',
  outranked: 'It is eligible, but others of its cluster and direction rank higher',
  'identity taken': 'It is eligible, but another asset of its identity took the place',
  duplicate: 'It is eligible, but its directed returns repeat those of a winner',
  'list full': 'It is eligible, and its cluster had a seat, but the list was full (recruitment.max_winners)',
};
const LISTED = 40;

const explain = {
  current: null,

  init() {
    this.panel = el('div', { 'data-testid': 'explanation', tabindex: -1 });
    this.input = el('input', {
      id: 'search', type: 'search', role: 'combobox', autocomplete: 'off', spellcheck: 'false', placeholder: 'symbol, name at the scanner, or identity',
      'aria-expanded': 'false', 'aria-controls': 'search-list', 'aria-autocomplete': 'list', 'data-testid': 'search',
      oninput: () => this.open(), onfocus: () => this.input.value && this.open(), onkeydown: (event) => this.key(event), onblur: () => this.close(),
    });
    this.list = el('ul', { id: 'search-list', role: 'listbox', 'aria-label': 'Assets found', hidden: true, 'data-testid': 'search-list' });
    into('explain', el('div', { class: 'tools' }, el('label', { for: 'search' }, 'Asset'), el('div', { class: 'combo' }, this.input, this.list)), this.panel);
    addEventListener('hashchange', () => this.followHash());
    // A second click on a link to the same asset changes no address.
    document.addEventListener('click', (event) => {
      const link = event.target.closest('a[href^="#asset-"]');
      const place = link && placed(link.getAttribute('href'));
      if (place === undefined || place === null || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.show(place, true);
    });
    if (!this.followHash()) this.show(DATA.winners.length ? DATA.winners[0] : 0, false);
  },

  /** `#asset-NAME`, the address of an asset's row, opens the page at its explanation. */
  followHash() {
    const place = placed(location.hash);
    if (place === undefined) return false;
    if (place !== this.current) this.show(place, true);
    return true;
  },

  /** Names that begin with the text come before those that hold it; better ranks first. */
  found(text) {
    const wanted = text.trim().toLowerCase();
    const hits = [];
    for (let i = 0; i < COUNT; i += 1) {
      const at = Math.min(...[ASSETS.symbol[i], ASSETS.scanner[i], ASSETS.identity[i]].map((name) => {
        const place = name === null ? -1 : name.toLowerCase().indexOf(wanted);
        return place < 0 ? 2 : Math.min(place, 1);
      }));
      if (at < 2) hits.push({ i, at });
    }
    return hits.sort((a, b) => a.at - b.at || ASSETS.rank[a.i] - ASSETS.rank[b.i]);
  },

  open() {
    const hits = this.found(this.input.value);
    this.options = hits.slice(0, LISTED).map(({ i }, at) => el('li', {
      role: 'option', id: `option-${at}`, 'aria-selected': 'false', onmousedown: (event) => { event.preventDefault(); this.take(i); },
    }, el('span', null, ASSETS.symbol[i]), el('span', { class: 'faint' }, `${coded('direction', i)} \u00b7 ${coded('outcome', i)} \u00b7 rank ${fmt(ASSETS.rank[i])}`)));
    this.places = hits.slice(0, LISTED).map(({ i }) => i);
    const rest = hits.length - this.options.length;
    this.list.replaceChildren(...this.options, ...(rest > 0 ? [el('li', { class: 'faint', role: 'presentation' }, `and ${fmt(rest)} more`)] : []),
      ...(hits.length ? [] : [el('li', { class: 'faint', role: 'presentation' }, 'no such asset in the pool')]));
    this.list.hidden = false;
    this.input.setAttribute('aria-expanded', 'true');
    this.mark(this.options.length ? 0 : -1);
  },

  mark(at) {
    this.at = at;
    this.options.forEach((option, place) => option.setAttribute('aria-selected', String(place === at)));
    if (at < 0) return this.input.removeAttribute('aria-activedescendant');
    this.input.setAttribute('aria-activedescendant', `option-${at}`);
    // Not scrollIntoView, which would move the page too.
    const { offsetTop: top, offsetHeight: height } = this.options[at];
    this.list.scrollTop = Math.min(top, Math.max(this.list.scrollTop, top + height - this.list.clientHeight));
    return undefined;
  },

  close() {
    this.list.hidden = true;
    this.input.setAttribute('aria-expanded', 'false');
  },

  key(event) {
    if (event.key === 'Escape' && !this.list.hidden) {
      // A search field would empty itself as well.
      event.preventDefault();
      return this.close();
    }
    if (!['ArrowDown', 'ArrowUp', 'Enter'].includes(event.key)) return undefined;
    event.preventDefault();
    if (this.list.hidden) return this.open();
    if (event.key === 'Enter') return this.at >= 0 && this.take(this.places[this.at]);
    const last = this.options.length - 1;
    return this.mark(Math.max(0, Math.min(last, this.at + (event.key === 'ArrowDown' ? 1 : -1))));
  },

  take(i) {
    this.close();
    this.input.value = ASSETS.symbol[i];
    this.show(i, false);
  },

  /** Explain an asset; `jump` moves there, for whoever chose it in a plot or table. */
  show(i, jump) {
    this.current = i;
    tip.hide();
    this.panel.replaceChildren(...story(i));
    if (!jump) return;
    // Where the address can't be changed (some viewers of local files), the jump still works.
    try { history.replaceState(null, '', anchor(i)); } catch (error) { if (!(error instanceof DOMException)) throw error; }
    this.input.value = ASSETS.symbol[i];
    byId('explain').scrollIntoView();
    this.panel.focus({ preventScroll: true });
  },
};

function story(i) {
  const exempt = waived(i);
  const rungs = DATA.gates.filter((gate) => !exempt.includes(gate)).map((gate) => firstRung(gate, i));
  const from = rungs.includes(null) ? null : Math.max(1, ...rungs);
  const outcome = coded('outcome', i);
  const mates = MEMBERS.get(ASSETS.cluster[i]);
  const fails = failed(i).map((gate) => gateText(gate, i)).join('; ');
  const but = exempt.length ? ` but ${exempt.map((gate) => `${gate.gate} (waived by ${judged(gate, i).waived})`).join(', ')},` : '';
  return [
    el('h3', { 'data-testid': 'explained-asset' }, ASSETS.symbol[i], ' ', mark(KIND[i])),
    el('p', { 'data-testid': 'story' }, el('b', null, STORIES[outcome] || outcome), isWinner(i) ? `: ${reason(i)}. ${fails && `It fails ${fails}. `}` : fails ? `: ${fails}. ` : '. ',
      from === null ? 'It passes every gate at no rung.' : `It passes every gate${but} from rung ${from} on.`),
    facts([
      ['conviction', [num(ASSETS.conviction[i], 6), `, rank ${fmt(ASSETS.rank[i])} of ${fmt(COUNT)} in the pool`]],
      ['cluster', [`${ASSETS.cluster[i]}, of ${plural(mates.length, 'asset')}; `, ASSETS.cluster_rank[i] === null ? 'not among its eligible' : `place ${fmt(ASSETS.cluster_rank[i])} among its eligible in this direction`]],
      ['winners of the cluster', linked(mates.filter(isWinner))],
      ['direction, logic', `${coded('direction', i)}, ${coded('logics', i).replace(/,/g, ', ')}`],
      ['market, sector', `${coded('market', i) || UNKNOWN}, ${coded('sector', i) || UNKNOWN}`],
      ['at the scanner', ASSETS.scanner[i] || ASSETS.symbol[i]],
      ['identity', ASSETS.identity[i] || ASSETS.symbol[i]],
      ...(DATA.fragility ? [['drawn anew', el('span', { 'data-testid': 'fragility' }, drawnAnew(i))]] : []),
    ]),
    gatesTable(i),
    scoresTable(i),
    el('details', { 'data-testid': 'features' }, el('summary', null, `All ${DATA.features.length} features`), featuresTable(i)),
  ];
}

/** In how many draws of each kind the asset wins (`tvselect fragility`). */
function drawnAnew(i) {
  const own = DATA.fragility.assets.find((each) => each.asset === ASSETS.symbol[i]) || {};
  const kinds = [['block_bootstrap', 'block-bootstrap draws'], ['jitter', 'draws with jitter'], ['leave_one_out', 'scores without one feature']];
  return `wins in ${kinds.map(([kind, text]) => `${fmt(own[kind] || 0)} of ${fmt(DATA.fragility.kinds[kind].draws)} ${text}`).join(', ')}`;
}

function linked(places) {
  if (!places.length) return 'none';
  return places.sort((a, b) => ASSETS.rank[a] - ASSETS.rank[b]).flatMap((i, at) => [at ? ', ' : '', el('a', { href: anchor(i) }, ASSETS.symbol[i])]);
}

/** The address of an asset's row, as the page spells it. */
function anchor(i) {
  return `#asset-${encodeURIComponent(ASSETS.symbol[i]).replaceAll('%3A', ':')}`;
}

/** The asset that an address means. */
function placed(address) {
  return address.startsWith('#asset-') ? PLACE.get(decodeURIComponent(address.slice(7))) : undefined;
}

/** Where a value lies: the pool's middle 96 % as a track, the threshold as a line, the value as a dot. */
function strip(gate, i) {
  const { value, passed } = judged(gate, i);
  const [width, height] = [150, 16];
  let [low, high] = [quantile(gate.column, 0.02), quantile(gate.column, 0.98)];
  if (low === null || value === null) return '';
  [low, high] = [Math.min(low, gate.threshold), Math.max(high, gate.threshold)];
  const span = high - low || 1;
  const x = (number) => 4 + Math.max(0, Math.min(1, (number - low) / span)) * (width - 8);
  const text = `${fmt(value)}; the pool's middle 96 %: ${fmt(quantile(gate.column, 0.02))} to ${fmt(quantile(gate.column, 0.98))}`;
  return svg('svg', { class: 'mini', width, height, role: 'img', 'aria-label': text }, svg('title', null, text),
    svg('path', { class: 'track', d: `M4 8H${width - 4}` }), svg('path', { class: 'limit', d: `M${x(gate.threshold).toFixed(1)} 1V15` }),
    svg('circle', { class: passed ? 'at' : 'at bad', cx: x(value).toFixed(1), cy: 8, r: 4 }));
}

const verdictSign = (row) => row.waived ? '~' : row.value === null ? '?' : row.passed ? '\u2713' : '\u2717';

function gatesTable(i) {
  const rows = DATA.gates.map((gate) => ({ gate, ...judged(gate, i), from: firstRung(gate, i) }));
  return table({
    testid: 'gates-table', caption: `Gates at the thresholds of rung ${DATA.rung}. Strip: the middle 96 % of the pool, the threshold (line), this asset (dot). Margin: \u2265 0 on the good side. A waived gate lets the asset past though its value fails: the profile's benchmarks list does, or the gate for candidates flagged is_benchmark.`, rows, columns: [
      { title: 'gate', value: (row) => row.gate.gate, cell: (row) => row.gate.gate },
      { title: 'kind', value: (row) => row.gate.kind, cell: (row) => row.gate.kind },
      { title: 'feature', value: (row) => row.gate.feature, cell: (row) => words(row.gate.feature) },
      { title: 'value', numeric: true, cell: (row) => num(row.value, 5) },
      { title: 'threshold', numeric: true, cell: (row) => [`${OPERATORS[row.gate.op]} `, num(row.gate.threshold)] },
      { title: 'margin', numeric: true, cell: (row) => num(row.margin, 4) },
      { title: 'verdict', value: (row) => row.verdict, cellClass: (row) => row.waived ? '' : row.passed ? 'good' : 'bad', cell: (row) => `${verdictSign(row)} ${row.verdict}` },
      { title: 'its value passes', cell: (row) => row.from === null ? 'at no rung' : `from rung ${row.from}` },
      { title: 'in the pool', picture: true, cell: (row) => strip(row.gate, i) },
      { title: 'note', cell: (row) => row.passed ? '' : row.gate.reason },
    ] });
}

function scoresTable(i) {
  const factors = [...new Set(DATA.scorers.flatMap((scorer) => Object.keys(scorer.probabilities)))];
  const weights = new Map(DATA.features.map((feature) => [feature.name, feature.weight]));
  const logs = CHAMPION.kind === 'log_mps';
  const p = (scorer, name) => name in scorer.probabilities ? column(scorer.probabilities[name])[i] : null;
  const drag = (name) => logs && p(CHAMPION, name) !== null ? weights.get(name) * Math.log(Math.max(p(CHAMPION, name), 1e-9)) : null;
  const bar = (share) => share === null ? '' : svg('svg', { class: 'mini', width: 110, height: 10, 'aria-hidden': 'true' },
    svg('rect', { class: 'bar lost', width: 110, height: 10 }), svg('rect', { class: 'bar', width: 110 * share, height: 10 }));
  return table({
    testid: 'scores-table', caption: `Component probabilities, 0 to 1. ${logs ? 'Pull: weight \u00d7 ln p, what the factor adds to the logarithm of conviction; the lowest is what drags it down.' : ''}`, rows: factors, columns: [
      { title: 'factor', value: (name) => name, cell: words },
      { title: 'weight', numeric: true, value: (name) => weights.get(name) ?? null, cell: (name) => num(weights.get(name)) },
      { title: `${CHAMPION.name} (champion)`, numeric: true, value: (name) => p(CHAMPION, name), cell: (name) => num(p(CHAMPION, name)) },
      { title: 'as a bar', picture: true, cell: (name) => bar(p(CHAMPION, name)) },
      ...(logs ? [{ title: 'pull', numeric: true, value: drag, cell: (name) => num(drag(name), 3) }] : []),
      ...CHALLENGERS.map((scorer) => ({ title: scorer.name, numeric: true, value: (name) => p(scorer, name), cell: (name) => num(p(scorer, name)) })),
    ] });
}

function featuresTable(i) {
  return table({
    testid: 'features-table', caption: 'Every feature of the asset.', rows: DATA.features, columns: [
      { title: 'feature', value: (row) => row.name, cell: (row) => el('span', { title: row.text }, row.name) },
      { title: 'value', numeric: true, value: (row) => column(row.column)[i], cell: (row) => num(column(row.column)[i], 6) },
      { title: 'above', numeric: true, note: 'share of the pool with a smaller value', value: (row) => place(row, i), cell: (row) => percent(place(row, i)) },
      { title: 'what it is', cell: (row) => row.text },
    ] });
}

function place(feature, i) {
  const value = column(feature.column)[i];
  return value === null ? null : below(feature.column, value);
}
