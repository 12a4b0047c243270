// The page that the edge itself serves in --dev.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Browser, startDevEdge } from './processes.js';

let edge, browser, home;

before(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'gatehouse-demo-'));
  edge = await startDevEdge(home);
  browser = await Browser.start();
});

after(async () => {
  await browser?.stop();
  assert.equal(await edge?.stop(), 0);
  rmSync(home, { recursive: true, force: true });
});

async function connect(name) {
  const page = await browser.open(`http://${edge.ready.client}/`);
  await page.fill('#user', name);
  await page.click('#login button');
  await page.locator('#status', { hasText: 'connected' }).filter({ hasNotText: 'not' }).waitFor();
  return page;
}

test('two people chat on the demo page', async () => {
  const alice = await connect('alice');
  const bob = await connect('bob');
  await alice.fill('#text', 'hello from the demo');
  await alice.click('#say button');
  for (const page of [alice, bob]) {
    await page.locator('#log .user', { hasText: 'alice: hello from the demo' }).waitFor();
  }
  await bob.locator('#present', { hasText: 'alice, bob' }).waitFor();
  assert.deepEqual([...alice.errors, ...bob.errors], []);
});
