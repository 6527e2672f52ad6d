// Conviction against any feature, or any two numbers of an asset against each other.

function scatter() {
  const axes = new Map([
    ['conviction', { text: `conviction (${CHAMPION.name})`, values: ASSETS.conviction, unit: 'conviction' }],
    ...DATA.features.map((feature) => [feature.name, {
      text: words(feature.name), values: column(feature.column), about: feature.text, gates: DATA.gates.filter((gate) => gate.feature === feature.name),
    }]),
    ...CHALLENGERS.map((scorer) => [`${scorer.name}.score`, { text: `score of ${scorer.name}`, values: column(scorer.score) }]),
    ['rank', { text: 'rank by conviction', values: ASSETS.rank }],
  ]);
  const heaviest = [...DATA.features].sort((a, b) => b.weight - a.weight)[0];
  const state = { x: heaviest ? heaviest.name : 'rank', y: 'conviction', xlog: false, ylog: true };
  const options = [...axes].map(([value, { text }]) => [value, text]);
  const plot = new Plot({
    label: 'Scatter of two numbers of every asset; arrow keys walk from left to right, Enter explains', testid: 'scatter-plot', height: 440,
    choose: (i) => explain.show(i, true),
    describe: (p) => `${brief(p.i)}\n${axes.get(state.x).text}: ${fmt(p.x)}` + (state.y === 'conviction' ? '' : `\n${axes.get(state.y).text}: ${fmt(p.y)}`),
  });
  const update = (change) => {
    Object.assign(state, change);
    const [x, y] = [axes.get(state.x), axes.get(state.y)];
    plot.set({
      points: ASSETS.symbol.map((_, i) => ({ x: x.values[i], y: y.values[i], kind: KIND[i], i })),
      x: { label: x.text, log: state.xlog, lines: (x.gates || []).map((gate) => ({ at: gate.threshold, text: `${gate.gate} ${OPERATORS[gate.op]} ${fmt(gate.threshold)}` })) },
      y: { label: y.text, log: state.ylog },
      note: x.about ? `${words(state.x)}: ${x.about}` : '',
    });
  };
  into('scatter',
    el('div', { class: 'tools' },
      choice('Across', options, state.x, (value) => update({ x: value }), 'scatter-x'), toggle('log', state.xlog, (on) => update({ xlog: on }), 'scatter-xlog'),
      choice('Up', options, state.y, (value) => update({ y: value }), 'scatter-y'), toggle('log', state.ylog, (on) => update({ ylog: on }), 'scatter-ylog')),
    legend(), plot.node,
    el('p', { class: 'note' }, 'A dashed line is a gate on the feature across, at its threshold on the last rung. Point at a mark for its asset, click to explain it; by keyboard: arrows, Home, End, Enter.'));
  update({});
}
