// Opens a trace in a web page: its summary, and its first events. `npm run build` makes one file of this and page.html,
// dist/browser/trace.html, which needs no server.
import {
  eventRate,
  openDroppedItems,
  openFileList,
  openTraces,
  PrettyPrinter,
  summarizeSteps,
} from '@lttng-ts/babeltrace';

const SHOWN_EVENTS = 1000;
const element = (id) => document.getElementById(id);
let traces = [];
/** Numbers of what was asked for last: what is older is given up. */
let [opened, filtered] = [0, 0];

/** Lets the page be drawn. */
const breathe = () => new Promise((resolve) => setTimeout(resolve));

async function show(opening) {
  const own = ++opened;
  const isLast = () => own === opened;
  filtered++;
  element('fault').textContent = '';
  element('trace').hidden = true;
  element('progress').hidden = true;
  element('status').textContent = 'Reading files…';
  document.body.dataset.state = 'busy';
  try {
    const reader = await opening;
    if (!isLast()) return;
    ({ traces } = reader);
    element('status').textContent = 'Counting events…';
    element('progress').hidden = false;
    element('summary').replaceChildren();
    for (const trace of traces) {
      const summary = await summarize(trace, isLast);
      if (summary === null) return;
      element('summary').append(summaryOf(summary));
      // Figures and events are those of what is whole.
      for (const fault of summary.faults) tell(fault);
    }
    element('trace').hidden = false;
    await showEvents();
  } catch (error) {
    if (isLast()) tell(error);
  } finally {
    if (isLast()) {
      element('status').textContent = '';
      element('progress').hidden = true;
      document.body.dataset.state = 'done';
    }
  }
}

/** Adds a fault to those that are told, each once. */
function tell(error) {
  const told = element('fault');
  const text = error.story ?? String(error);
  if (!told.textContent.includes(text)) told.textContent += `${text}\n`;
  if (error instanceof DOMException && location.protocol === 'file:')
    told.textContent +=
      'Browsers may refuse files of dropped folders to pages that are files: choose the folder instead.\n';
}

/** `null`: something else was asked for meanwhile. */
async function summarize(trace, isLast) {
  let drawn = performance.now();
  const steps = summarizeSteps(trace);
  while (isLast()) {
    const { done, value } = steps.next();
    if (done) return value;
    element('progress').value = value.doneBytes / value.totalBytes;
    if (performance.now() - drawn < 50) continue;
    await breathe();
    drawn = performance.now();
  }
  return null;
}

function summaryOf(summary) {
  const section = document.createElement('section');
  section.append(
    tag('h2', summary.name === '' ? 'Trace' : summary.name),
    table(
      [],
      [
        ['begin', dateOf(summary, summary.time?.beginNs)],
        ['end', dateOf(summary, summary.time?.endNs)],
        ['events', summary.events.toLocaleString('en')],
        ['events per second', rateOf(summary, summary)],
        ['streams', summary.streams.length],
        ['lost events', summary.discardedEvents.count.toLocaleString('en')],
        ...summary.environment,
      ],
    ),
    table(
      ['events', 'bytes', 'per second', 'name'],
      summary.eventClasses.map((one) => [
        one.events.toLocaleString('en'),
        (one.eventBytes ?? '').toLocaleString('en'),
        rateOf(one, summary),
        one.name ?? `class ${one.id}`,
      ]),
    ),
  );
  return section;
}

const rateOf = (figures, trace) => Math.round(eventRate(figures, trace) ?? 0).toLocaleString('en');

/** A date where clocks count from the Unix epoch, and it has one; else seconds, as the clock counts them. */
function dateOf({ clocks }, ns) {
  if (ns === undefined) return '';
  const [sign, size] = ns < 0n ? ['-', -ns] : ['', ns];
  const fraction = String(size % 1_000_000_000n).padStart(9, '0');
  const date = new Date(Number(size / 1_000_000_000n) * 1000);
  const isDate = sign === '' && clocks.every(({ isOriginUnixEpoch }) => isOriginUnixEpoch);
  if (isDate && date.getTime() < Date.UTC(9999, 0)) return `${date.toISOString().slice(0, 19)}.${fraction}Z`;
  return `${sign}${size / 1_000_000_000n}.${fraction} s from the clock's origin`;
}

async function showEvents() {
  const own = ++filtered;
  const filter = element('filter').value.trim();
  const printer = new PrettyPrinter({ isColoured: false });
  const decoder = new TextDecoder();
  let [text, shown] = ['', 0];
  const reader = openTraces(traces, filter === '' ? {} : { filter });
  element('status').textContent = 'Reading events…';
  try {
    for await (const event of reader) {
      if (own !== filtered) return;
      text += decoder.decode(printer.eventRecord(event.message));
      if (++shown === SHOWN_EVENTS) break;
    }
  } finally {
    if (own === filtered) {
      element('status').textContent = '';
      element('events').textContent = text;
      element('count').textContent = shown === SHOWN_EVENTS ? `The first ${shown} events` : `${shown} events`;
    }
  }
}

function tag(name, content) {
  const made = document.createElement(name);
  made.textContent = String(content);
  return made;
}

function table(header, rows) {
  const made = document.createElement('table');
  if (header.length > 0) made.append(row('th', header));
  for (const cells of rows) made.append(row('td', cells));
  return made;
}

function row(name, cells) {
  const made = document.createElement('tr');
  made.append(...cells.map((cell) => tag(name, cell)));
  return made;
}

element('choose').addEventListener('change', ({ target }) => show(openFileList(target.files)));
element('filtering').addEventListener('submit', (event) => {
  event.preventDefault();
  element('fault').textContent = '';
  delete document.body.dataset.filtered;
  const own = filtered + 1;
  showEvents()
    .catch((error) => {
      if (own === filtered) tell(error);
    })
    .finally(() => {
      if (own === filtered) document.body.dataset.filtered = element('filter').value;
    });
});
const drop = element('drop');
for (const kind of ['dragenter', 'dragover', 'dragleave', 'drop']) {
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.toggle('over', kind === 'dragenter' || kind === 'dragover');
    if (kind === 'drop') show(openDroppedItems(event.dataTransfer.items));
  });
}
