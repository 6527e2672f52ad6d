// The correlation matrix in the order of the dendrogram, clusters outlined. Above a limit its rows are blocks of
// neighbours (means), and the winners have a matrix of their own.

const LEVELS = 127;

function bytes(text) {
  const raw = atob(text);
  return Float32Array.from({ length: raw.length }, (_, at) => raw.charCodeAt(at) / LEVELS - 1);
}

/** A square of values from its upper triangle; `own` says whether the diagonal is in it. */
function square(values, count, own) {
  const full = new Float32Array(count * count).fill(1);
  let at = 0;
  for (let row = 0; row < count; row += 1) {
    for (let col = own ? row : row + 1; col < count; col += 1, at += 1) {
      full[row * count + col] = values[at];
      full[col * count + row] = values[at];
    }
  }
  return full;
}

/** Views of the matrix: rows of {text, places, cluster}, values, extents of clusters in rows. */
function matrixViews() {
  const { order, starts, extents, values, among_winners: among } = DATA.matrix;
  const asset = (i) => ({ text: ASSETS.symbol[i], places: [i], cluster: ASSETS.cluster[i] });
  let rows;
  if (starts) {
    rows = starts.map((start, at) => {
      const places = order.slice(start, starts[at + 1] ?? order.length);
      if (places.length === 1) return asset(places[0]);
      return { text: `mean of ${places.length} assets (${places.slice(0, 3).map((i) => ASSETS.symbol[i]).join(', ')}${places.length > 3 ? ' \u2026' : ''})`, places, cluster: ASSETS.cluster[places[0]] };
    });
  } else rows = order.map(asset);
  const full = square(bytes(values), rows.length, Boolean(starts));
  const row = (place) => starts ? starts.findLastIndex((start) => start <= place) : place;
  const all = {
    rows, values: full, extents: extents.map(([cluster, start, length]) => [cluster, row(start), row(start + length - 1) - row(start) + 1]),
    note: starts ? `${fmt(COUNT)} assets in ${fmt(rows.length)} blocks of neighbours; a cell is the mean correlation of two blocks.` : '',
  };
  // The winners in the order of the dendrogram, whichever order their own values came in.
  const at = new Map(order.map((i, place) => [i, place]));
  const won = [...DATA.winners].sort((a, b) => at.get(a) - at.get(b));
  const source = among ? square(bytes(among), DATA.winners.length, false) : full;
  const find = among ? (i) => DATA.winners.indexOf(i) : (i) => at.get(i);
  const stride = among ? DATA.winners.length : rows.length;
  const picked = Float32Array.from(won.flatMap((a) => won.map((b) => source[find(a) * stride + find(b)])));
  const spans = [];
  won.forEach((i, place) => {
    const last = spans.at(-1);
    if (last && last[0] === ASSETS.cluster[i]) last[2] += 1;
    else spans.push([ASSETS.cluster[i], place, 1]);
  });
  return { all, winners: { rows: won.map(asset), values: picked, extents: spans, note: 'Winners only.' } };
}

class Matrix {
  constructor() {
    this.views = matrixViews();
    this.canvas = el('canvas', { class: 'square', tabindex: 0, role: 'img', 'data-testid': 'matrix-plot', 'aria-label': 'Correlation matrix ordered by the dendrogram; arrow keys move over its cells, Enter explains the row' });
    this.scale = el('canvas', { class: 'square', 'aria-hidden': 'true' });
    this.note = el('p', { class: 'note' });
    this.cell = null;
    this.canvas.addEventListener('mousemove', (event) => this.hover(event));
    this.canvas.addEventListener('mouseleave', () => this.move(null));
    this.canvas.addEventListener('blur', () => this.move(null));
    this.canvas.addEventListener('click', () => this.open());
    this.canvas.addEventListener('keydown', (event) => this.walk(event));
    this.choose('all');
    paint.add(this.canvas, () => this.draw());
    paint.add(this.scale, () => this.drawScale());
  }

  choose(name) {
    this.view = this.views[name];
    this.cell = null;
    this.note.textContent = this.view.note;
    this.image = null;
    paint.drawers.has(this.canvas) && paint.draw(this.canvas);
  }

  /** The colours of -1, 0 and 1 as numbers. */
  stops() {
    return ['low', 'middle', 'high'].map((name) => [1, 3, 5].map((at) => parseInt(colour(name).slice(at, at + 2), 16)));
  }

  shade(stops, value) {
    const [from, to] = value < 0 ? [stops[1], stops[0]] : [stops[1], stops[2]];
    return from.map((part, at) => part + (to[at] - part) * Math.abs(value));
  }

  bitmap() {
    const count = this.view.rows.length;
    const sheet = document.createElement('canvas');
    sheet.width = count;
    sheet.height = count;
    const pen = sheet.getContext('2d');
    const image = pen.createImageData(count, count);
    const stops = this.stops();
    const shades = Array.from({ length: 2 * LEVELS + 1 }, (_, level) => this.shade(stops, level / LEVELS - 1));
    this.view.values.forEach((value, at) => {
      const [r, g, b] = shades[Math.round((value + 1) * LEVELS)];
      image.data.set([r, g, b, 255], at * 4);
    });
    pen.putImageData(image, 0, 0);
    return sheet;
  }

  draw() {
    const width = Math.min(this.canvas.clientWidth, 720);
    const count = this.view.rows.length;
    const ruler = this.canvas.getContext('2d');
    ruler.font = FONT;
    const names = count <= 60 ? Math.min(width / 3, 10 + Math.max(...this.view.rows.map((row) => ruler.measureText(row.text).width))) : 30;
    const side = width - names - 16;
    const [pen] = prepared(this.canvas, side + 30);
    const step = side / count;
    Object.assign(this, { left: names, top: 22, step, side });
    const dark = document.documentElement.dataset.theme;
    if (!this.image || this.imageTheme !== dark) [this.image, this.imageTheme] = [this.bitmap(), dark];
    // Averaging when there are more cells than pixels, sharp cells otherwise.
    pen.imageSmoothingEnabled = step * (devicePixelRatio || 1) < 1;
    pen.imageSmoothingQuality = 'high';
    pen.drawImage(this.image, this.left, this.top, side, side);
    this.outline(pen, step);
    if (count <= 60) {
      pen.fillStyle = colour('ink');
      pen.textAlign = 'right';
      this.view.rows.forEach((row, at) => pen.fillText(row.text, this.left - 6, this.top + (at + 0.5) * step + 4));
    }
    if (this.cell) this.cross(pen, step);
  }

  outline(pen, step) {
    pen.strokeStyle = colour('ink');
    pen.fillStyle = colour('faint');
    pen.lineWidth = 1.2;
    pen.textAlign = 'center';
    let free = -Infinity;
    for (const [cluster, start, length] of this.view.extents) {
      const [at, size] = [start * step, length * step];
      pen.strokeRect(this.left + at, this.top + at, size, size);
      const middle = at + size / 2;
      if (middle < free) continue;
      pen.fillText(String(cluster), this.left + middle, this.top - 6);
      if (this.view.rows.length > 60) pen.fillText(String(cluster), this.left - 12, this.top + middle + 4);
      free = middle + 18;
    }
    // Rows with a winner have a notch at the right.
    pen.fillStyle = colour('winner');
    this.view.rows.forEach((row, at) => {
      if (!row.places.some(isWinner)) return;
      const y = this.top + (at + 0.5) * step;
      pen.beginPath(); pen.moveTo(this.left + this.side + 2, y); pen.lineTo(this.left + this.side + 10, y - 4); pen.lineTo(this.left + this.side + 10, y + 4); pen.fill();
    });
  }

  cross(pen, step) {
    const [row, col] = this.cell;
    pen.strokeStyle = colour('ink');
    pen.lineWidth = 2;
    const size = Math.max(step, 5);
    pen.strokeRect(this.left + (col + 0.5) * step - size / 2, this.top + (row + 0.5) * step - size / 2, size, size);
  }

  drawScale() {
    const [pen, wide] = prepared(this.scale, 34);
    const width = Math.min(300, wide - 40);
    const stops = this.stops();
    for (let x = 0; x < width; x += 1) {
      pen.fillStyle = `rgb(${this.shade(stops, (x / width) * 2 - 1).map(Math.round).join(' ')})`;
      pen.fillRect(20 + x, 2, 1.5, 12);
    }
    pen.strokeStyle = colour('rule');
    pen.strokeRect(20, 2, width, 12);
    pen.fillStyle = colour('faint');
    pen.textAlign = 'center';
    [-1, -0.5, 0, 0.5, 1].forEach((value) => pen.fillText(fmt(value), 20 + ((value + 1) / 2) * width, 28));
  }

  move(cell) {
    const same = cell && this.cell && cell[0] === this.cell[0] && cell[1] === this.cell[1];
    this.cell = cell;
    if (!same) this.draw();
    if (!cell) return tip.hide();
    const [a, b] = cell.map((at) => this.view.rows[at]);
    const value = this.view.values[cell[0] * this.view.rows.length + cell[1]];
    const at = this.canvas.getBoundingClientRect();
    const text = cell[0] === cell[1] && a.places.length === 1 ? `${a.text}, cluster ${a.cluster}`
      : `${a.text}, cluster ${a.cluster}\n${b.text}, cluster ${b.cluster}\ncorrelation ${fmt(Math.round(value * 100) / 100, 2)}`;
    return tip.show(text, at.left + this.left + (cell[1] + 0.5) * this.step, at.top + this.top + (cell[0] + 0.5) * this.step);
  }

  hover(event) {
    const at = this.canvas.getBoundingClientRect();
    const cell = [event.clientY - at.top - this.top, event.clientX - at.left - this.left].map((pixels) => Math.floor(pixels / this.step));
    this.move(cell.every((place) => place >= 0 && place < this.view.rows.length) ? cell : null);
  }

  open() {
    if (this.cell) explain.show(this.view.rows[this.cell[0]].places[0], true);
  }

  walk(event) {
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    if (event.key === 'Enter') this.open();
    else if (event.key === 'Escape') this.move(null);
    else if (event.key in moves) {
      const last = this.view.rows.length - 1;
      this.move((this.cell || [0, 0]).map((place, axis) => Math.max(0, Math.min(last, place + (this.cell ? moves[event.key][axis] : 0)))));
    } else return;
    event.preventDefault();
  }
}

function matrix() {
  const shown = new Matrix();
  const sizes = DATA.matrix.extents.map(([, , length]) => length);
  into('matrix',
    el('p', null, `Correlations of ${DATA.directed ? 'directed returns (those of a SHORT are turned)' : 'returns'}, as the clustering saw them, implied by its distance d: 1 \u2212 2d\u00b2. ${plural(new Set(ASSETS.cluster).size, 'cluster')}, of ${fmt(Math.min(...sizes))} to ${fmt(Math.max(...sizes))} assets, outlined and numbered; winners have a notch at the right.`),
    el('div', { class: 'tools' }, choice('Show', [['all', 'the pool'], ...(DATA.winners.length > 1 ? [['winners', 'winners']] : [])], 'all', (name) => shown.choose(name), 'matrix-view')),
    el('div', { class: 'legend' }, el('span', null, 'correlation (no unit)')),
    el('div', null, shown.scale, shown.canvas, shown.note));
}
