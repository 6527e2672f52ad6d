// Tables: sorted by their headers, walked with the arrow keys, rows chosen with Enter or a click.

/**
 * `columns`: {title, value(row) for sorting, cell(row) to show, numeric, note}; `choose(row)` makes rows choosable.
 * One row is in the tab order, the one that was last walked to.
 */
function table({ columns, rows, caption, choose, testid, sortable = true, rowClass }) {
  const body = el('tbody');
  let order = [...rows];
  const headers = columns.map((spec) => el('th', { scope: 'col', class: spec.numeric ? 'num' : null, title: spec.note },
    sortable && spec.value ? el('button', { type: 'button', onclick: () => sortBy(spec) }, spec.title) : spec.title));

  function fill() {
    body.replaceChildren(...order.map((row, at) => {
      const line = el('tr', { class: [choose ? 'pick' : '', rowClass ? rowClass(row) : ''].join(' ').trim() || null,
        tabindex: choose ? (at === 0 ? 0 : -1) : null },
      columns.map((spec) => el('td', { class: [spec.numeric ? 'num' : '', spec.cellClass ? spec.cellClass(row) : ''].join(' ').trim() || null }, spec.cell(row))));
      if (choose) line.addEventListener('click', () => choose(row));
      line.row = row;
      return line;
    }));
  }

  function sortBy(spec) {
    const header = headers[columns.indexOf(spec)];
    const down = header.getAttribute('aria-sort') === 'ascending' || (spec.numeric && !header.hasAttribute('aria-sort'));
    headers.forEach((other) => other.removeAttribute('aria-sort'));
    header.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    // Unknown values stay last either way.
    order = [...rows].sort((a, b) => compared(spec.value(a), spec.value(b), down ? -1 : 1));
    fill();
  }

  body.addEventListener('keydown', (event) => {
    const line = event.target.closest('tr');
    if (!choose || !line || event.target !== line) return;
    const lines = [...body.rows];
    const at = lines.indexOf(line);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: lines.length - 1 }[event.key];
    if (event.key === 'Enter' || event.key === ' ') choose(line.row);
    else if (to !== undefined) {
      const next = lines[Math.max(0, Math.min(to, lines.length - 1))];
      line.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    } else return;
    event.preventDefault();
  });

  fill();
  return el('div', { class: 'wide' }, el('table', { 'data-testid': testid },
    caption ? el('caption', null, caption) : null, el('thead', null, el('tr', null, headers)), body));
}

function compared(a, b, sign) {
  const unknown = (value) => value === null || value === undefined;
  if (unknown(a) || unknown(b)) return Number(unknown(a)) - Number(unknown(b));
  return sign * (typeof a === 'string' ? (a < b ? -1 : a > b ? 1 : 0) : a - b);
}
