// A scatter on canvas: axes with units, four kinds of points by shape and colour, hover, and a walk by arrow keys.

/** The mark of a kind, as a path around (x, y): diamond, circle, cross, triangle. */
function markPath(pen, kind, x, y, size) {
  pen.beginPath();
  if (kind === 'winner') {
    pen.moveTo(x, y - size * 1.35); pen.lineTo(x + size * 1.1, y); pen.lineTo(x, y + size * 1.35); pen.lineTo(x - size * 1.1, y); pen.closePath();
  } else if (kind === 'eligible') {
    pen.arc(x, y, size * 0.9, 0, 7);
  } else if (kind === 'vetoed') {
    pen.moveTo(x - size * 0.7, y - size * 0.7); pen.lineTo(x + size * 0.7, y + size * 0.7);
    pen.moveTo(x + size * 0.7, y - size * 0.7); pen.lineTo(x - size * 0.7, y + size * 0.7);
  } else {
    pen.moveTo(x - size, y - size * 0.8); pen.lineTo(x + size, y - size * 0.8); pen.lineTo(x, y + size); pen.closePath();
  }
}

const MARKS = {
  winner: 'M8 2.6L12.4 8L8 13.4L3.6 8Z', eligible: 'M4 8a4 4 0 1 0 8 0a4 4 0 1 0 -8 0', vetoed: 'M5 5L11 11M11 5L5 11', hard: 'M4 4.5H12L8 12Z',
};

function mark(kind) {
  return svg('svg', { class: 'mini mark', width: 16, height: 16, 'aria-hidden': 'true' }, svg('path', { class: `marker ${kind}`, d: MARKS[kind] }));
}

function legend() {
  const counts = Object.fromEntries(KINDS.map((kind) => [kind, KIND.filter((found) => found === kind).length]));
  return el('div', { class: 'legend' }, KINDS.map((kind) => el('span', null, mark(kind), `${KIND_TEXT[kind]} (${fmt(counts[kind])})`)));
}

/** Round steps between two numbers; powers of ten (and 2 and 5 where there is room) on a logarithmic scale. */
function ticks(low, high, count, log) {
  if (log) {
    const from = Math.floor(Math.log10(low));
    const to = Math.ceil(Math.log10(high));
    const factors = to - from <= 3 ? [1, 2, 5] : [1];
    const stride = Math.max(1, Math.ceil((to - from) / count));
    const found = [];
    for (let power = from; power <= to; power += stride) factors.forEach((factor) => found.push(Number(`${factor}e${power}`)));
    return found.filter((value) => value >= low * 0.9999 && value <= high * 1.0001);
  }
  const raw = (high - low) / count || 1;
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((factor) => factor * unit >= raw) * unit;
  const found = [];
  for (let i = Math.ceil(low / step); i * step <= high + step * 1e-9; i += 1) found.push(Number((i * step).toPrecision(12)));
  return found;
}

function scale(values, log, from, to) {
  let low = Math.min(...values);
  let high = Math.max(...values);
  if (!values.length) [low, high] = log ? [1, 10] : [0, 1];
  const warp = log ? Math.log10 : (value) => value;
  let [a, b] = [warp(low), warp(high)];
  const pad = (b - a || Math.abs(a) || 1) * 0.03;
  [a, b] = [a - pad, b + pad];
  const at = (value) => from + ((warp(value) - a) / (b - a)) * (to - from);
  const unwarp = log ? (value) => 10 ** value : (value) => value;
  return { at, low: unwarp(a), high: unwarp(b), log };
}

class Plot {
  /** `choose(i)` is called with the asset of a clicked point; `describe(point)` gives its tooltip. */
  constructor({ label, testid, height = 400, choose, describe, square = false }) {
    this.height = height;
    this.choose = choose;
    this.describe = describe;
    this.current = null;
    this.canvas = el('canvas', { tabindex: 0, role: 'img', 'aria-label': label, 'data-testid': testid, class: square ? 'square' : null });
    this.note = el('p', { class: 'note', 'data-testid': `${testid}-note` });
    this.node = el('div', { class: 'plot' }, this.canvas, this.note);
    this.canvas.addEventListener('mousemove', (event) => this.hover(event));
    this.canvas.addEventListener('mouseleave', () => this.leave());
    this.canvas.addEventListener('blur', () => this.leave());
    this.canvas.addEventListener('click', () => this.current && this.choose(this.current.i));
    this.canvas.addEventListener('keydown', (event) => this.walk(event));
    paint.add(this.canvas, () => this.draw());
  }

  /** points: {x, y, kind, i}; what an axis can't show is counted, not hidden. */
  set({ points, x, y, note = '' }) {
    this.axes = { x, y };
    const shown = points.filter((p) => p.x !== null && p.y !== null && (!x.log || p.x > 0) && (!y.log || p.y > 0));
    const lost = points.length - shown.length;
    const why = x.log || y.log ? 'unknown, zero or negative on a logarithmic axis' : 'unknown';
    this.note.textContent = [lost ? `${plural(lost, 'asset')} not shown: ${why}.` : '', note].filter(Boolean).join(' ');
    // The loudest marks last, on top; the walk goes from left to right.
    this.points = KINDS.slice().reverse().flatMap((kind) => shown.filter((p) => p.kind === kind));
    this.path = shown.slice().sort((a, b) => a.x - b.x || a.y - b.y);
    this.current = null;
    paint.draw(this.canvas);
  }

  draw() {
    if (!this.axes) return;
    const [pen, width] = prepared(this.canvas, this.height);
    const box = { left: 68, right: width - 14, top: 12, bottom: this.height - 44 };
    const { x, y } = this.axes;
    const sx = scale([...this.points.map((p) => p.x), ...(x.lines || []).map((line) => line.at).filter((at) => !x.log || at > 0)], x.log, box.left, box.right);
    const sy = scale(this.points.map((p) => p.y), y.log, box.bottom, box.top);
    if (y.flip) sy.at = ((at) => (value) => box.top + box.bottom - at(value))(sy.at);
    this.frame(pen, box, sx, sy);
    const size = this.points.length > 2000 ? 2.6 : this.points.length > 400 ? 3.6 : 4.6;
    pen.lineWidth = 1.4;
    for (const p of this.points) {
      p.px = sx.at(p.x);
      p.py = sy.at(p.y);
      pen.strokeStyle = this.ink(p.kind);
      pen.fillStyle = pen.strokeStyle;
      pen.globalAlpha = p.kind === 'vetoed' && this.points.length > 400 ? 0.6 : 1;
      markPath(pen, p.kind, p.px, p.py, size);
      if (p.kind === 'winner') pen.fill();
      else pen.stroke();
    }
    pen.globalAlpha = 1;
    if (this.current) {
      pen.strokeStyle = colour('ink');
      pen.lineWidth = 2;
      pen.beginPath();
      pen.arc(this.current.px, this.current.py, size + 6, 0, 7);
      pen.stroke();
    }
    this.inks = null;
  }

  /** A kind's colour, asked for once a drawing. */
  ink(kind) {
    this.inks = this.inks || Object.fromEntries(KINDS.map((name) => [name, colour(name)]));
    return this.inks[kind];
  }

  frame(pen, box, sx, sy) {
    const [ink, rule, faint] = [colour('ink'), colour('rule'), colour('faint')];
    const { x, y } = this.axes;
    pen.lineWidth = 1;
    pen.fillStyle = faint;
    pen.strokeStyle = rule;
    pen.textAlign = 'center';
    for (const value of ticks(sx.low, sx.high, 8, x.log)) {
      const at = Math.round(sx.at(value)) + 0.5;
      pen.beginPath(); pen.moveTo(at, box.top); pen.lineTo(at, box.bottom); pen.stroke();
      pen.fillText(fmt(value), at, box.bottom + 16);
    }
    pen.textAlign = 'right';
    for (const value of ticks(sy.low, sy.high, 7, y.log)) {
      const at = Math.round(sy.at(value)) + 0.5;
      pen.beginPath(); pen.moveTo(box.left, at); pen.lineTo(box.right, at); pen.stroke();
      pen.fillText(fmt(value), box.left - 6, at + 4);
    }
    pen.fillStyle = ink;
    pen.textAlign = 'center';
    pen.fillText(x.label + (x.log ? ' (log scale)' : ''), (box.left + box.right) / 2, box.bottom + 36);
    pen.save();
    pen.translate(13, (box.top + box.bottom) / 2);
    pen.rotate(-Math.PI / 2);
    pen.fillText(y.label + (y.log ? ' (log scale)' : ''), 0, 0);
    pen.restore();
    for (const line of x.lines || []) {
      if (x.log && line.at <= 0) continue;
      const at = sx.at(line.at);
      pen.strokeStyle = ink;
      pen.setLineDash([5, 4]);
      pen.beginPath(); pen.moveTo(at, box.top); pen.lineTo(at, box.bottom); pen.stroke();
      pen.setLineDash([]);
      const rightward = at < (box.left + box.right) / 2;
      pen.textAlign = rightward ? 'left' : 'right';
      pen.fillText(line.text, at + (rightward ? 5 : -5), box.top + 12);
    }
  }

  hover(event) {
    const at = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - at.left, event.clientY - at.top];
    let [best, found] = [18 ** 2, null];
    for (const p of this.points || []) {
      const away = (p.px - x) ** 2 + (p.py - y) ** 2;
      if (away <= best) [best, found] = [away, p];
    }
    this.point(found);
  }

  point(found) {
    if (found !== this.current) {
      this.current = found;
      this.draw();
    }
    if (!found) return tip.hide();
    const at = this.canvas.getBoundingClientRect();
    return tip.show(this.describe(found), at.left + found.px, at.top + found.py);
  }

  leave() {
    this.point(null);
  }

  walk(event) {
    const at = this.path.indexOf(this.current);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: this.path.length - 1 }[event.key];
    if (event.key === 'Enter' && this.current) this.choose(this.current.i);
    else if (event.key === 'Escape') this.leave();
    else if (to !== undefined && this.path.length) this.point(this.path[Math.max(0, Math.min(to, this.path.length - 1))]);
    else return;
    event.preventDefault();
  }
}
