// Elements without templates or innerHTML: text is always text. Styles only by class or attribute, as the policy asks.

const SVG_NS = 'http://www.w3.org/2000/svg';
const byId = (id) => document.getElementById(id);

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function el(tag, attributes, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

function svg(tag, attributes, ...children) {
  return filled(document.createElementNS(SVG_NS, tag), attributes, children);
}

/** Add to a section of the page. */
function into(id, ...children) {
  filled(byId(id), null, children);
}

/** A number in a figure or cell, with its exact value beside the rounded text. */
function num(value, digits) {
  return el('span', { 'data-value': value === null || value === undefined ? '' : value }, fmt(value, digits));
}

function facts(pairs) {
  return el('dl', { class: 'facts' }, pairs.filter(Boolean).map(([name, value]) => [el('dt', null, name), el('dd', null, value)]));
}

/** A choice: label, options as [value, text], what to do with the chosen value. */
function choice(label, options, chosen, change, testid) {
  const select = el('select', { 'data-testid': testid, onchange: () => change(select.value) },
    options.map(([value, text]) => el('option', { value, selected: value === chosen }, text)));
  return el('label', null, label, select);
}

function toggle(text, on, change, testid) {
  const button = el('button', { type: 'button', 'aria-pressed': String(on), 'data-testid': testid }, text);
  button.addEventListener('click', () => {
    const pressed = button.getAttribute('aria-pressed') !== 'true';
    button.setAttribute('aria-pressed', String(pressed));
    change(pressed);
  });
  return button;
}

/** The one tooltip of the page, also read out to who can't see it. */
const tip = {
  node: byId('tip'),
  show(text, x, y) {
    this.node.textContent = text;
    this.node.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = this.node;
    this.node.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - width - 4))}px`;
    this.node.style.top = `${y + 18 + height > innerHeight ? Math.max(4, y - height - 10) : y + 18}px`;
  },
  hide() {
    this.node.hidden = true;
  },
};
