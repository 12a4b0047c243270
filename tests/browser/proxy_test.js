// Chromium as a client of the reverse proxy: what a page does there is what it does without.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Browser, startDevEdge } from './processes.js';

const LARGE = 32 * 1024 * 1024;
const bytes = size => Buffer.alloc(size, Buffer.from(Array.from({ length: 251 }, (_, n) => n)));
const told = (status, body) => `${status} ${body.length} ${createHash('sha256').update(body).digest('hex').slice(0, 16)}`;

let home, application, edge, browser;

async function answer(request, response) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const [, kind, size] = request.url.match(/^\/([a-z]*)\/?(\d*)/);
  if (kind === 'echo') return response.end(Buffer.concat(pieces));
  if (kind === 'found') return response.writeHead(302, { Location: '/bytes/7' }).end();
  if (kind === 'moved') return response.writeHead(307, { Location: '/echo' }).end();
  if (kind !== 'bytes') {
    response.setHeader('Content-Type', 'text/html');
    return response.end('<!doctype html><title>page</title><form method="post" action="/echo"><input name="a" value="b"><button>Go</button></form>');
  }
  const body = bytes(Number(size));
  const range = request.headers.range?.match(/^bytes=(\d+)-(\d+)$/)?.slice(1).map(Number);
  if (!range) return response.writeHead(200, { 'Content-Length': body.length }).end(body);
  response.writeHead(206, { 'Content-Range': `bytes ${range[0]}-${range[1]}/${body.length}` });
  return response.end(body.subarray(range[0], range[1] + 1));
}

before(async () => {
  application = createServer(answer);
  await new Promise(resolve => application.listen(0, '127.0.0.1', resolve));
  home = mkdtempSync(path.join(tmpdir(), 'gatehouse-proxy-'));
  const settings = ['proxy.routes[0].upstream=app', 'proxy.upstreams[0].name=app',
    `proxy.upstreams[0].endpoints=127.0.0.1:${application.address().port}`];
  edge = await startDevEdge(home, ...settings.flatMap(setting => ['--set', setting]));
  browser = await Browser.start();
});

after(async () => {
  await browser?.stop();
  const code = await edge?.stop();
  application.closeAllConnections();
  application.close();
  rmSync(home, { recursive: true, force: true });
  assert.equal(code, 0);
});

// In the page.
async function fetchAll(large) {
  const result = {};
  async function send(name, where, options, more = () => '') {
    const answer = await fetch(where, options);
    const body = new Uint8Array(await answer.arrayBuffer());
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
    const hex = [...digest.slice(0, 8)].map(byte => byte.toString(16).padStart(2, '0')).join('');
    result[name] = `${answer.status} ${body.length} ${hex}${more(answer)}`;
  }
  const at = answer => ` at ${new URL(answer.url).pathname}`;
  const payload = 'gatehouse '.repeat(10000);
  await send('get', '/bytes/1000');
  await send('head', '/bytes/1000', { method: 'HEAD' }, answer => `, ${answer.headers.get('content-length')} announced`);
  await send('post', '/echo', { method: 'POST', body: payload });
  await send('put', '/echo', { method: 'PUT', body: new Blob([payload]) });
  await send('range', '/bytes/1000', { headers: { Range: 'bytes=10-19' } }, answer => ` ${answer.headers.get('content-range')}`);
  await send('redirect', '/found', {}, at);
  await send('redirected post', '/moved', { method: 'POST', body: payload }, at);
  await send('large', `/bytes/${large}`);
  await send('upload', '/echo', { method: 'POST', body: new Uint8Array(large).fill(117) });
  performance.clearResourceTimings();
  for (let n = 0; n < 3; n++) await send('again', `/bytes/${10 + n}`, { cache: 'no-store' });
  const entries = performance.getEntriesByType('resource');
  const fresh = entries.filter(entry => entry.connectEnd > entry.connectStart);
  result['keep-alive'] = `${entries.length} requests, ${fresh.length} new connections`;
  return result;
}

const payload = Buffer.from('gatehouse '.repeat(10000));
const expected = {
  get: told(200, bytes(1000)),
  head: `${told(200, Buffer.alloc(0))}, 1000 announced`,
  post: told(200, payload),
  put: told(200, payload),
  range: `${told(206, bytes(1000).subarray(10, 20))} bytes 10-19/1000`,
  redirect: `${told(200, bytes(7))} at /bytes/7`,
  'redirected post': `${told(200, payload)} at /echo`,
  large: told(200, bytes(LARGE)),
  upload: told(200, Buffer.alloc(LARGE, 'u')),
  again: told(200, bytes(12)),
  'keep-alive': '3 requests, 0 new connections',
};

for (const way of ['without the proxy', 'through the proxy']) {
  test(`pages, forms and fetches work ${way}`, async () => {
    const address = way === 'through the proxy' ? edge.ready.client : `127.0.0.1:${application.address().port}`;
    const page = await browser.open(`http://${address}/page`);
    assert.equal(await page.title(), 'page');
    assert.deepEqual(await page.evaluate(fetchAll, LARGE), expected);
    await page.click('button');
    await page.waitForURL(`http://${address}/echo`);
    assert.equal(await page.locator('body').textContent(), 'a=b');
    assert.deepEqual(page.errors, []);
  });
}
