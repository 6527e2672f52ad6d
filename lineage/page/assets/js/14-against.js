// What differs from another run; only on a page that was made to say so.

function against() {
  const other = DATA.against;
  if (!other) return;
  byId('against').hidden = false;
  const pair = (row, at) => typeof row[at] === 'number' ? num(row[at], 6) : row[at] === null ? UNKNOWN : String(row[at]);
  const pairs = (testid, caption, rows) => rows.length ? table({
    testid, caption, rows, columns: [
      { title: 'what', value: (row) => row[0], cell: (row) => row[0] },
      { title: other.this, numeric: rows.every((row) => typeof row[1] === 'number'), cell: (row) => pair(row, 1) },
      { title: other.other, numeric: rows.every((row) => typeof row[2] === 'number'), cell: (row) => pair(row, 2) },
    ] }) : el('p', { class: 'note', 'data-testid': testid }, `${caption} None.`);
  const count = (change) => other.winners.filter((row) => row.change === change).length;
  into('against',
    el('p', { class: 'headline' }, `${other.this} against ${other.other}: `, el('b', null, `${count('came')} came, ${count('went')} went, ${count('stayed')} stayed.`)),
    table({
      testid: 'against-winners', caption: `Winners of either run; conviction and rank in ${other.this}, and what they were in ${other.other}.`, rows: other.winners, choose: (row) => PLACE.has(row.asset) && explain.show(PLACE.get(row.asset), true), columns: [
        { title: 'asset', value: (row) => row.asset, cell: (row) => el('b', null, row.asset) },
        { title: 'change', value: (row) => row.change, cell: (row) => ({ came: '+ came', went: '\u2212 went', stayed: '= stayed' }[row.change]), cellClass: (row) => ({ came: 'good still', went: 'bad still', stayed: 'still' }[row.change]) },
        { title: 'conviction', note: other.this, numeric: true, value: (row) => row.conviction[0], cell: (row) => num(row.conviction[0]) },
        { title: 'was', note: other.other, numeric: true, value: (row) => row.conviction[1], cell: (row) => num(row.conviction[1]) },
        { title: 'rank', note: other.this, numeric: true, value: (row) => row.rank[0], cell: (row) => num(row.rank[0]) },
        { title: 'was', note: other.other, numeric: true, value: (row) => row.rank[1], cell: (row) => num(row.rank[1]) },
        { title: 'why', cell: (row) => row.why },
      ] }),
    el('h3', null, 'What else differs'),
    pairs('against-facts', 'The runs.', other.facts),
    pairs('against-settings', 'Settings.', other.settings),
    pairs('against-inputs', 'Inputs (rows, digest).', other.inputs),
    pairs('against-figures', 'Figures.', other.figures),
    facts([
      ['entered the pool', other.entered.length ? listing(other.entered) : 'none'],
      ['left the pool', other.left.length ? listing(other.left) : 'none'],
    ]));
}
