// The client listener over TLS: Chromium on the demo page, and Node's `ws`.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';
import { Browser, startDevEdge } from './processes.js';

let edge, browser, home, certificate;

before(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'gatehouse-tls-'));
  certificate = path.join(home, 'certificate.pem');
  const key = path.join(home, 'key.pem');
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
    '-nodes', '-days', '1', '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1',
    '-keyout', key, '-out', certificate], { stdio: 'pipe' });
  edge = await startDevEdge(home, '--set', `client.tls.certificate_file=${certificate}`,
    '--set', `client.tls.key_file=${key}`);
  browser = await Browser.start();
});

after(async () => {
  await browser?.stop();
  assert.equal(await edge?.stop(), 0);
  rmSync(home, { recursive: true, force: true });
});

test('Chromium chats with Node over wss', async () => {
  const page = await browser.open(`https://${edge.ready.client}/`, { ignoreHTTPSErrors: true });
  await page.fill('#user', 'alice');
  await page.click('#login button');
  await page.locator('#status', { hasText: 'connected' }).filter({ hasNotText: 'not' }).waitFor();

  // The page's own room, with a token as the page gets it; Node checks the certificate.
  const ca = readFileSync(certificate);
  const room = await page.inputValue('#room');
  const { token } = await page.evaluate(
    async () => (await fetch('/dev/token?user=node')).json());
  const socket = new WebSocket(
    `wss://${edge.ready.client}/ws/${encodeURIComponent(room)}?token=${token}`, { ca });
  const heard = new Promise((resolve, reject) => {
    socket.once('message', data => resolve(JSON.parse(data)));
    socket.once('error', reject);
  });
  await new Promise(resolve => socket.once('open', resolve));
  await page.fill('#text', 'hello over TLS');
  await page.click('#say button');
  assert.equal((await heard).content, 'hello over TLS');
  socket.send(JSON.stringify({ content: 'hello from Node' }));
  await page.locator('#log .user', { hasText: 'node: hello from Node' }).waitFor();
  socket.close(1000);
  const code = await new Promise(resolve => socket.once('close', resolve));
  assert.equal(code, 1000);
  assert.deepEqual(page.errors, []);
});
