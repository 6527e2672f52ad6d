// Numbers and words for people. The same text everywhere: no locale, a true minus sign.

const UNKNOWN = '\u2013';

/** A number to so many significant digits; whole numbers with thin spaces between thousands. */
function fmt(value, digits = 4) {
  if (value === null || value === undefined || Number.isNaN(value)) return UNKNOWN;
  if (!Number.isFinite(value)) return value > 0 ? '\u221e' : '\u2212\u221e';
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return grouped(value);
  const size = Math.abs(value);
  if (size >= 10 ** digits && size < 1e15) return grouped(Math.round(value));
  let text = value.toPrecision(digits);
  if (size !== 0 && (size < 1e-4 || size >= 1e15)) text = trimmed(value.toExponential(digits - 1));
  else if (text.includes('e')) text = value.toFixed(0);
  else text = trimmed(text);
  return text.replace(/-/g, '\u2212');
}

function trimmed(text) {
  return text.includes('.') ? text.replace(/\.?0+(?=$|e)/, '') : text;
}

function grouped(value) {
  const digits = String(Math.abs(value)).replace(/\B(?=(\d{3})+$)/g, '\u202f');
  return (value < 0 ? '\u2212' : '') + digits;
}

function percent(share, digits = 3) {
  return share === null || share === undefined ? UNKNOWN : `${fmt(100 * share, digits)}\u202f%`;
}

function plural(count, one, many = `${one}s`) {
  return `${fmt(count)} ${count === 1 ? one : many}`;
}

const OPERATORS = { '>=': '\u2265', '<=': '\u2264', '>': '>', '<': '<' };
const words = (name) => name.replace(/_/g, ' ');

