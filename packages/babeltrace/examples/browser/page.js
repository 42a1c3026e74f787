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

/** Lets the page be drawn. */
const breathe = () => new Promise((resolve) => setTimeout(resolve));

async function show(opening) {
  element('fault').textContent = '';
  element('trace').hidden = true;
  try {
    ({ traces } = await opening);
    element('progress').hidden = false;
    element('summary').replaceChildren();
    for (const trace of traces) {
      const summary = await summarize(trace);
      element('summary').append(summaryOf(summary));
      // Figures and events are those of what is whole.
      for (const fault of summary.faults) tell(fault);
    }
    element('trace').hidden = false;
    await showEvents();
  } catch (error) {
    tell(error);
  } finally {
    element('progress').hidden = true;
    document.body.dataset.state = 'done';
  }
}

function tell(error) {
  element('fault').textContent = error.story ?? String(error);
}

async function summarize(trace) {
  let drawn = performance.now();
  const steps = summarizeSteps(trace);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    element('progress').value = value.doneBytes / value.totalBytes;
    if (performance.now() - drawn < 50) continue;
    await breathe();
    drawn = performance.now();
  }
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
  const filter = element('filter').value.trim();
  const printer = new PrettyPrinter({ isColoured: false });
  const decoder = new TextDecoder();
  let [text, shown, drawn] = ['', 0, performance.now()];
  const reader = openTraces(traces, filter === '' ? {} : { filter });
  try {
    for (const event of reader) {
      text += decoder.decode(printer.eventRecord(event.message));
      if (++shown === SHOWN_EVENTS) break;
      if (performance.now() - drawn < 50) continue;
      await breathe();
      drawn = performance.now();
    }
  } finally {
    element('events').textContent = text;
    element('count').textContent = shown === SHOWN_EVENTS ? `The first ${shown} events` : `${shown} events`;
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
  showEvents()
    .catch((error) => {
      element('fault').textContent = error.message;
    })
    .finally(() => {
      document.body.dataset.filtered = element('filter').value;
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
