// Light or dark: the system's choice, or the reader's. Page and lineage state dark once, in media rules; to choose
// against the system is to rewrite the rules' condition, which holds for every picture on the page.

const theme = {
  rules: [],
  chosen: null,
  init() {
    for (const sheet of document.styleSheets) {
      for (const rule of sheet.cssRules) {
        if (rule.media && rule.media.mediaText.includes('prefers-color-scheme')) this.rules.push([rule, rule.media.mediaText]);
      }
    }
    const button = byId('theme');
    button.addEventListener('click', () => this.choose(this.isDark() ? 'light' : 'dark'));
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.shown());
    // Paper is white.
    addEventListener('beforeprint', () => this.apply('light'));
    addEventListener('afterprint', () => this.apply(this.chosen));
    this.mark();
  },
  isDark() {
    return this.chosen ? this.chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  },
  choose(which) {
    this.chosen = which;
    this.apply(which);
  },
  apply(which) {
    for (const [rule, original] of this.rules) {
      rule.media.mediaText = which === null ? original : which === 'dark' ? 'all' : 'not all';
    }
    document.documentElement.style.colorScheme = which || '';
    this.shown();
  },
  shown() {
    this.mark();
    paint.all();
  },
  mark() {
    byId('theme').setAttribute('aria-pressed', String(this.isDark()));
    document.documentElement.dataset.theme = this.isDark() ? 'dark' : 'light';
  },
};

/** Whatever is drawn on canvas, drawn again when colours or widths change; off-screen ones when they are first seen. */
const paint = {
  drawers: new Map(),
  sizes: new ResizeObserver((entries) => entries.forEach((entry) => paint.draw(entry.target))),
  add(canvas, drawer) {
    this.drawers.set(canvas, drawer);
    this.sizes.observe(canvas);
  },
  draw(canvas) {
    if (canvas.clientWidth) this.drawers.get(canvas)();
  },
  all() {
    for (const canvas of this.drawers.keys()) this.draw(canvas);
  },
};

const FONT = '12px system-ui, "Liberation Sans", sans-serif';

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** A canvas of this height, sharp on every screen, empty; sizes are in CSS pixels. */
function prepared(canvas, height) {
  const ratio = devicePixelRatio || 1;
  const width = canvas.clientWidth;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.height = `${height}px`;
  const pen = canvas.getContext('2d');
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = FONT;
  return [pen, width];
}
