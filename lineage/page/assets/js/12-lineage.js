// The lineage graph, walked: what a node is made from and what is made from it.

const lineage = {
  init() {
    this.picture = byId('lineage-figure').querySelector('svg');
    this.nodes = new Map([...this.picture.querySelectorAll('.node[data-name]')].map((node) => [node.dataset.name, node]));
    this.edges = [...this.picture.querySelectorAll('.edge[data-source]')];
    this.up = new Map();
    this.down = new Map();
    for (const { dataset: { source, target } } of this.edges) {
      this.up.set(target, [...(this.up.get(target) || []), source]);
      this.down.set(source, [...(this.down.get(source) || []), target]);
    }
    this.resting = byId('lineage-note').textContent;
    let first = true;
    for (const [name, node] of this.nodes) {
      // One stop in the tab order; from there the arrow keys.
      node.setAttribute('tabindex', first ? 0 : -1);
      node.setAttribute('role', 'img');
      first = false;
      node.addEventListener('mouseenter', () => this.light(name));
      node.addEventListener('mouseleave', () => this.light(this.focused || null));
      node.addEventListener('focus', () => { this.focused = name; this.light(name); });
      node.addEventListener('blur', () => { this.focused = null; this.light(null); });
      node.addEventListener('keydown', (event) => this.walk(event, name));
    }
    this.tools();
  },

  tools() {
    const names = el('datalist', { id: 'nodes' }, [...this.nodes.keys()].sort().map((name) => el('option', { value: name })));
    const find = el('input', { type: 'search', list: 'nodes', placeholder: 'node', 'data-testid': 'lineage-find', 'aria-label': 'Find a node', onchange: () => this.nodes.has(find.value) && this.go(find.value) });
    into('lineage-tools', el('label', null, 'Find', find), names,
      toggle('Fit to width', false, (on) => byId('lineage-figure').classList.toggle('fit', on), 'lineage-fit'),
      el('span', { class: 'note' }, `${plural(this.nodes.size, 'node')}, ${plural(this.edges.length, 'edge')}`));
  },

  /** All that can be reached along a map of neighbours. */
  reached(name, neighbours) {
    const found = new Set();
    const open = [name];
    while (open.length) {
      for (const next of neighbours.get(open.pop()) || []) {
        if (!found.has(next)) {
          found.add(next);
          open.push(next);
        }
      }
    }
    return found;
  },

  light(name) {
    this.picture.classList.toggle('lit', name !== null);
    const note = byId('lineage-note');
    if (name === null) {
      note.textContent = this.resting;
      return;
    }
    const [from, into] = [this.reached(name, this.up), this.reached(name, this.down)];
    this.nodes.forEach((node, other) => node.classList.toggle('related', other === name || from.has(other) || into.has(other)));
    const above = (other) => other === name || from.has(other);
    const beneath = (other) => other === name || into.has(other);
    this.edges.forEach((edge) => {
      const { source, target } = edge.dataset;
      edge.classList.toggle('related', (above(source) && above(target)) || (beneath(source) && beneath(target)));
    });
    const title = this.nodes.get(name).querySelector('title').textContent;
    note.textContent = `${title} Made from ${plural(from.size, 'node')}; ${plural(into.size, 'node')} made from it.`;
  },

  go(name) {
    const node = this.nodes.get(name);
    this.nodes.forEach((other) => other.setAttribute('tabindex', other === node ? 0 : -1));
    node.scrollIntoView({ block: 'nearest', inline: 'center' });
    node.focus({ preventScroll: true });
  },

  /** The arrow keys go to the nearest node in their direction. */
  walk(event, name) {
    const direction = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
    if (!direction) return;
    event.preventDefault();
    const centre = (node) => {
      const box = node.querySelector('.box').getBBox();
      return [box.x + box.width / 2, box.y + box.height / 2];
    };
    const [x, y] = centre(this.nodes.get(name));
    let [best, found] = [Infinity, null];
    for (const [other, node] of this.nodes) {
      const [dx, dy] = [centre(node)[0] - x, centre(node)[1] - y];
      const ahead = dx * direction[0] + dy * direction[1];
      const aside = Math.abs(dx * direction[1]) + Math.abs(dy * direction[0]);
      const cost = ahead + 3 * aside;
      if (ahead > 4 && aside <= 3 * ahead && cost < best) [best, found] = [cost, other];
    }
    if (found) this.go(found);
  },
};
