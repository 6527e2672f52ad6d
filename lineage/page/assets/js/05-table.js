// Tables, those of the page and those made here: sorted by their headers, saved as CSV as they are shown.

/** `columns`: {title, value(row) to sort by, cell(row) to show, numeric, picture, note}; sortable where it has a value. */
function table({ columns, rows, caption, testid }) {
  const made = el('table', { 'data-testid': testid }, el('caption', null, caption),
    el('thead', null, el('tr', null, columns.map((spec) => el('th', {
      scope: 'col', class: spec.numeric ? 'num' : null, title: spec.note, 'data-picture': Boolean(spec.picture), 'data-fixed': !spec.value,
    }, spec.title)))),
    el('tbody', null, rows.map((row) => el('tr', null, columns.map((spec) => el('td', {
      class: [spec.numeric ? 'num' : '', spec.cellClass ? spec.cellClass(row) : ''].join(' ').trim() || null,
      'data-value': spec.value ? spec.value(row) ?? '' : null,
    }, spec.cell(row)))))));
  sortable(made);
  return el('div', { class: 'wide', tabindex: 0, role: 'group', 'aria-label': `Table: ${words(testid)}` }, made);
}

/** Headers become buttons; unknown values stay last either way. */
function sortable(made) {
  const headers = [...made.tHead.rows[0].cells];
  headers.forEach((header, at) => {
    if ('fixed' in header.dataset || 'picture' in header.dataset || !header.textContent) return;
    const numeric = header.classList.contains('num');
    const button = el('button', { type: 'button' }, header.textContent);
    button.addEventListener('click', () => {
      const down = header.getAttribute('aria-sort') === 'ascending' || (numeric && !header.hasAttribute('aria-sort'));
      headers.forEach((other) => other.removeAttribute('aria-sort'));
      header.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const key = (row) => numeric && exact(row.cells[at]) !== '' ? Number(exact(row.cells[at])) : exact(row.cells[at]);
      const body = made.tBodies[0];
      body.append(...[...body.rows].sort((a, b) => compared(key(a), key(b), down ? -1 : 1)));
    });
    header.replaceChildren(button);
  });
}

function compared(a, b, sign) {
  if (a === '' || b === '') return Number(a === '') - Number(b === '');
  return sign * (typeof a === 'string' ? (a < b ? -1 : a > b ? 1 : 0) : a - b);
}

/** What is behind a cell: the exact value, else its text. */
function exact(cell) {
  return 'value' in cell.dataset ? cell.dataset.value : cell.textContent.replace(/\s+/g, ' ').trim();
}

/**
 * A field of a CSV. A number is a number; a text that a spreadsheet would take for a formula (a symbol, say, that a
 * scanner names "=1+1") gets an apostrophe in front.
 */
function csvField(text, numeric) {
  const number = numeric && (text === '' || Number.isFinite(Number(text)));
  const safe = !number && /^\s*[=+\-@\t\r|%]/.test(text) ? `'${text}` : text;
  return /[",;\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The rows that are shown, in their order, without pictures. */
function csv(made) {
  const headers = [...made.tHead.rows[0].cells];
  const kept = headers.map((header, at) => ('picture' in header.dataset ? -1 : at)).filter((at) => at >= 0);
  const lines = [kept.map((at) => csvField(exact(headers[at]), false))];
  for (const row of made.tBodies[0].rows) {
    if (row.classList.contains('out')) continue;
    lines.push(kept.map((at) => csvField(exact(row.cells[at]), headers[at].classList.contains('num'))));
  }
  return `${lines.map((fields) => fields.join(',')).join('\r\n')}\r\n`;
}

function saved(made) {
  const place = URL.createObjectURL(new Blob([csv(made)], { type: 'text/csv;charset=utf-8' }));
  el('a', { href: place, download: `${DATA.profile}-${DATA.as_of}-${made.dataset.testid}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(place), 10000);
}

/** A search among a table's rows, which says how many it found. */
function search(made) {
  const count = el('span', { class: 'note', role: 'status' });
  const field = el('input', {
    type: 'search', 'data-testid': `${made.dataset.testid}-search`,
    oninput: () => {
      const wanted = field.value.trim().toLowerCase();
      const rows = [...made.tBodies[0].rows];
      rows.forEach((row) => row.classList.toggle('out', !row.textContent.toLowerCase().includes(wanted)));
      count.textContent = wanted ? `${fmt(rows.filter((row) => !row.classList.contains('out')).length)} of ${fmt(rows.length)} rows` : '';
    },
  });
  return [el('label', null, 'Search', field), count];
}

const SEARCHED = ['assets-table', 'clusters-table'];

/** What the page's own tables get: sorting, a CSV, and the long ones a search. */
function enhanced() {
  for (const made of document.querySelectorAll('main table')) {
    const name = made.dataset.testid;
    if ('sortable' in made.dataset) sortable(made);
    made.parentElement.before(el('div', { class: 'tools' }, SEARCHED.includes(name) ? search(made) : null,
      el('button', { type: 'button', 'data-testid': `${name}-csv`, 'aria-label': `Save the table ${words(name)} as CSV`, onclick: () => saved(made) }, 'Save as CSV')));
  }
}
