// The champion against each challenger: how far they agree on ranks, and on the top.

function scorers() {
  if (!CHALLENGERS.length) {
    into('scorers', el('p', null, `The champion, ${CHAMPION.name}, has no challenger in this profile.`));
    return;
  }
  CHALLENGERS.forEach((challenger, at) => into('scorers', versus(challenger, at)));
}

function versus(challenger, at) {
  const plot = new Plot({
    label: `Ranks by ${CHAMPION.name} and ${challenger.name}; arrow keys walk, Enter explains`, testid: `ranks-${at}`, height: 380,
    choose: (i) => explain.show(i, true),
    describe: (p) => `${brief(p.i)}\nrank by ${CHAMPION.name}: ${fmt(p.x)}\nrank by ${challenger.name}: ${fmt(p.y)}`,
  });
  plot.set({
    points: ASSETS.symbol.map((_, i) => ({ x: ASSETS.rank[i], y: challenger.rank[i], kind: KIND[i], i })),
    x: { label: `rank by ${CHAMPION.name}, 1 is best` }, y: { label: `rank by ${challenger.name}, 1 is best` },
  });
  const top = DATA.winners.length;
  const { chosen } = challenger;
  const shared = chosen.filter(isWinner).length;
  const apart = (i) => [...linked([i]), ` (rank ${fmt(challenger.rank[i])}, by the champion ${fmt(ASSETS.rank[i])})`];
  return el('div', { 'data-testid': `versus-${challenger.name}` },
    el('h3', null, `${CHAMPION.name} (champion) and ${challenger.name} (challenger)`),
    el('p', null, 'Rank correlation (Spearman) over the pool: ', el('b', { 'data-testid': `rank-correlation-${at}` }, num(challenger.rank_correlation)), '.'),
    el('div', { class: 'columns' },
      el('div', null, plot.node, legend()),
      el('div', null, table({
        testid: `overlap-${at}`, caption: 'How much of the top N of the pool both agree on.', rows: challenger.overlap, columns: [
          { title: 'top N', numeric: true, value: (row) => row[0], cell: (row) => [num(row[0]), row[0] === top ? ' (winners)' : ''] },
          { title: 'in both (assets)', numeric: true, value: (row) => row[1], cell: (row) => num(row[1]) },
          { title: 'share', numeric: true, value: (row) => row[1] / row[0], cell: (row) => percent(row[1] / row[0]) },
          { title: 'as a bar', picture: true, cell: (row) => svg('svg', { class: 'mini', width: 120, height: 10, 'aria-hidden': 'true' }, svg('rect', { class: 'bar lost', width: 120, height: 10 }), svg('rect', { class: 'bar', width: (120 * row[1]) / row[0], height: 10 })) },
        ] }),
      el('p', { 'data-testid': `chosen-${at}` }, `Under a ladder of its own it would have chosen ${fmt(chosen.length)} assets at rung ${challenger.rung}, ${fmt(shared)} of them winners (Jaccard ${typeof challenger.jaccard === 'number' ? fmt(challenger.jaccard) : 'unknown'}).`),
      el('p', null, 'Beside these: ', linked(chosen.filter((i) => !isWinner(i))), '.'),
      el('p', null, 'Winners that it would not have chosen: ', linked(DATA.winners.filter((i) => !chosen.includes(i))), '.'),
      el('p', null, 'The ranks lie furthest apart at: ', ...challenger.differs.flatMap((i, n) => [n ? ', ' : '', ...apart(i)]), '.'))));
}
