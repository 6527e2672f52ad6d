// Why an asset is in or out, in the words that the static rows have too.

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

const failed = (i) => DATA.gates.filter((gate) => !judged(gate, i).passed);
const waived = (i) => DATA.gates.filter((gate) => judged(gate, i).waived);

function gateText(gate, i) {
  const { value, passed, waived: by } = judged(gate, i);
  const rule = `${OPERATORS[gate.op]} ${fmt(gate.threshold)}`;
  if (value === null) return `${gate.gate} (unknown, needs ${rule})`;
  return passed && !by ? `${gate.gate} (${fmt(value)} ${rule})` : `${gate.gate} (${fmt(value)}, needs ${rule})`;
}
