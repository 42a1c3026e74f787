/** Web pages in headless Chromium, and a server of files for them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { repositoryPath } from './environment.ts';

const TIMEOUT_MS = 60_000;

/** Runs `work` on the page at `address`. A fault of the page is one of the test. */
export async function withPage(address: string, work: (page: Page) => Promise<void>): Promise<void> {
  let browser: Browser | null = null;
  try {
    browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
      timeout: TIMEOUT_MS,
    });
    const context = await browser.newContext({ timezoneId: 'UTC' });
    const opened = await context.newPage();
    opened.setDefaultTimeout(TIMEOUT_MS);
    const faults: string[] = [];
    opened.on('pageerror', (error) => faults.push(error.message));
    await opened.goto(address);
    await work(opened);
    assert.deepEqual(faults, []);
  } finally {
    await browser?.close();
  }
}

/** Serves what is built for browsers, and `files` by their addresses. */
export async function withServer(
  files: Readonly<Record<string, string>>,
  work: (address: string) => Promise<void>,
): Promise<void> {
  const built = repositoryPath('dist/browser');
  const served: Readonly<Record<string, string>> = {
    ...files,
    '/trace.html': join(built, 'trace.html'),
    '/babeltrace.js': join(built, 'babeltrace.js'),
  };
  const server = createServer(({ url = '/' }, response) => {
    const path = served[url];
    if (path === undefined) response.writeHead(404).end();
    else {
      const type = path.endsWith('.html')
        ? 'text/html'
        : path.endsWith('.js')
          ? 'text/javascript'
          : 'application/octet-stream';
      response.setHeader('content-type', type).end(readFileSync(path));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
