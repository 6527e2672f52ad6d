// Whether a run's folder is as the run left it, from its files as a person gives them to the page: the same checks as verify.py
// in the folder, in the same order. A page sees no links: it reads what they lead to.

const ENDS = { 'run.completed': 'FINISHED', 'run.failed': 'FAILED' };
const RECORD_FACTS = ['profile', 'as_of', 'data', 'pool', 'winners', 'rung', 'reached_floor', 'head'];
const BESIDE = ['audit.jsonl', 'receipt.json', 'checkpoint', 'checkpoint.sig'];
const NOTHING = new Uint8Array();

/**
 * All that isn't as the run left it, as [file, what]. `files` maps names to bytes; `log` is the project's ledger and `checkpoint`
 * a checkpoint that lay elsewhere, as bytes, null where there is none.
 */
async function recordProblems(name, files, log, checkpoint) {
  const own = files.get('audit.jsonl') || NOTHING;
  const content = files.get('receipt.json') || NOTHING;
  const { events, hashes, problems } = await chain('audit.jsonl', own);
  if (events.some((event) => event.run_id !== name)) problems.push(['audit.jsonl', 'lines of another run']);
  const receipt = parsedObject(content);
  const last = events.length ? events[events.length - 1] : {};
  if (receipt.run_id !== name || !ended(last) || receipt.status !== ENDS[last.event]) {
    problems.push(['receipt.json', 'not the receipt of this run as it ended']);
  }
  if (!events.length || !same(receipt.head, { size: events.length, hash: hashes[hashes.length - 1] })) {
    problems.push(['audit.jsonl', "doesn't end where the receipt says"]);
  }
  problems.push(...await artifactProblems(files, events, last));
  if (log) problems.push(...await logProblems(name, receipt, content, log));
  if (checkpoint) {
    const ledgers = { [`runs/${name}/audit.jsonl`]: own, 'runs/audit.jsonl': log || NOTHING };
    problems.push(...await checkpointProblems(ledgers, checkpoint));
  }
  return problems;
}

/** The events of a ledger, the hash of each line, and whether each line follows the one before. */
async function chain(name, content) {
  const lines = linesOf(content);
  const rest = lines.pop();
  const events = lines.map(parsedObject);
  const hashes = await Promise.all(lines.map(hexHash));
  const problems = rest.length ? [[name, 'torn: a line without its end']] : [];
  events.forEach((event, place) => {
    const before = place ? hashes[place - 1] : '0'.repeat(64);
    if (event.seq !== place + 1 || event.prev !== before) {
      problems.push([name, `line ${place + 1} doesn't follow the one before`]);
    }
  });
  return { events, hashes, problems };
}

/** Files that are missing, changed, or that no line speaks of. */
async function artifactProblems(files, events, last) {
  const entries = (Array.isArray(last.artifacts) ? last.artifacts : []).filter(isObject);
  const listed = new Map(entries.map((entry) => [String(entry.path), entry.digest]));
  for (const { torn } of events) if (isObject(torn)) listed.set(String(torn.file), torn.digest);
  const problems = [];
  for (const [name, digest] of listed) {
    if (!files.has(name)) problems.push([name, 'missing']);
    else if (await digestOf(files.get(name)) !== digest) problems.push([name, 'changed']);
  }
  const strange = [...files.keys()].filter((name) => !listed.has(name) && !BESIDE.includes(name)).sort();
  return [...problems, ...strange.map((name) => [name, "extra: the run didn't write it"])];
}

/** Whether the log is a chain and has one line on the run, which agrees with the receipt. */
async function logProblems(name, receipt, content, log) {
  const { events, problems } = await chain('../audit.jsonl', log);
  const lines = events.filter((event) => ended(event) && event.run_id === name);
  if (lines.length !== 1) return [...problems, ['../audit.jsonl', `${lines.length} lines on the run instead of 1`]];
  const [line] = lines;
  const stated = ENDS[line.event] === 'FINISHED' ? RECORD_FACTS : ['profile', 'head'];
  const differs = stated.some((fact) => fact in line && (!(fact in receipt) || !same(receipt[fact], line[fact])));
  const digest = await digestOf(content);
  if (differs || receipt.status !== ENDS[line.event] || ('receipt' in line && line.receipt !== digest)) {
    problems.push(['receipt.json', "not what the project's ledger says it was"]);
  }
  return problems;
}

/** Whether a ledger begins with the lines that a checkpoint pins. */
async function checkpointProblems(ledgers, checkpoint) {
  const [origin, size, root] = new TextDecoder().decode(checkpoint).split('\n');
  const ledger = String(origin).replace(/^tvselect\//, '');
  if (!Object.hasOwn(ledgers, ledger) || root === undefined) {
    return [['checkpoint', "is none of this run's ledger or of its project's"]];
  }
  const lines = linesOf(ledgers[ledger]).slice(0, -1);
  const agrees = /^[0-9]{1,15}$/.test(size) && lines.length >= Number(size)
    && base64(await merkleRoot(lines.slice(0, Number(size)))) === root;
  return agrees ? [] : [[origin, "cut or rewritten: it doesn't begin with the lines that the checkpoint pins"]];
}

/** The Merkle root of RFC 6962. */
async function merkleRoot(lines) {
  let level = await Promise.all(lines.map((line) => hash([0], line)));
  if (!level.length) return hash();
  while (level.length > 1) {
    const pairs = [];
    for (let at = 0; at + 1 < level.length; at += 2) pairs.push(hash([1], level[at], level[at + 1]));
    level = [...await Promise.all(pairs), ...level.slice(2 * pairs.length)];
  }
  return level[0];
}

async function hash(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', whole));
}

async function hexHash(content) {
  return [...await hash(content)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function digestOf(content) {
  return `sha256:${await hexHash(content)}`;
}

const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const ended = (event) => Object.hasOwn(ENDS, event.event);

/** Equal JSON values, whatever the order of their keys. */
function same(one, other) {
  if (!isObject(one) || !isObject(other)) return JSON.stringify(one) === JSON.stringify(other);
  const names = Object.keys(one);
  return names.length === Object.keys(other).length
    && names.every((name) => Object.hasOwn(other, name) && same(one[name], other[name]));
}

/** What stands between newlines; the last piece has no end. */
function linesOf(content) {
  const lines = [];
  let start = 0;
  for (let end = content.indexOf(10); end >= 0; end = content.indexOf(10, start)) {
    lines.push(content.subarray(start, end));
    start = end + 1;
  }
  return [...lines, content.subarray(start)];
}

/** A JSON object, empty where the text is none. */
function parsedObject(content) {
  try {
    const value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content));
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** The section: two choices of files and a verdict. Nothing leaves the page. */
function record() {
  const given = { folder: [], beside: [] };
  const verdict = el('div', { role: 'status', 'data-testid': 'record-verdict' });
  const chosen = (name) => (event) => {
    given[name] = [...event.target.files];
    checkRecord(given).then((lines) => verdict.replaceChildren(...lines.map((line) => el('p', null, line))));
  };
  into('record',
    el('p', null, "Give the page this run's folder, and what lies elsewhere: the project's ledger runs/audit.jsonl, and a checkpoint "
      + 'that tvselect anchor wrote. They are read here and sent nowhere.'),
    el('p', null, el('label', null, "The run's folder ",
      el('input', { type: 'file', webkitdirectory: true, 'data-testid': 'record-folder', onchange: chosen('folder') }))),
    el('p', null, el('label', null, "The project's ledger and a checkpoint ",
      el('input', { type: 'file', multiple: true, 'data-testid': 'record-beside', onchange: chosen('beside') }))),
    verdict);
}

/** The verdict on what was given, line by line. */
async function checkRecord({ folder, beside }) {
  if (!folder.length) return ["the run's folder is missing"];
  if (!globalThis.crypto || !crypto.subtle) return ['this browser computes no SHA-256 for pages from here; open the file itself'];
  const read = async (file) => new Uint8Array(await file.arrayBuffer());
  const [name] = folder[0].webkitRelativePath.split('/');
  const files = new Map(await Promise.all(folder.map(async (file) => [
    file.webkitRelativePath.split('/').slice(1).join('/'), await read(file)])));
  const log = beside.find((file) => file.name === 'audit.jsonl');
  const checkpoint = beside.find((file) => file !== log);
  const problems = await recordProblems(name, files, log ? await read(log) : null, checkpoint ? await read(checkpoint) : null);
  return [
    ...(problems.length ? problems.map(([file, what]) => `${file}: ${what}`) : [`${name}: all as the run left it`]),
    ...(log ? [] : ["not checked against the project's ledger"]),
    ...(checkpoint ? [] : ['checked against nothing from outside: a record rewritten whole would pass']),
  ];
}
