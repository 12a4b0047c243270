// The scenario of examples/fronted_app in a real browser: everything through the edge's proxy.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Browser, Fronted } from './processes.js';

let folder, fronted, browser, alice, bob;

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-fronted-'));
  fronted = await Fronted.start(folder);
  browser = await Browser.start();
});

after(async () => {
  await browser?.stop();
  assert.equal(await fronted?.stop(), 0);
  rmSync(folder, { recursive: true, force: true });
});

async function logIn(name, password = 'a password') {
  const page = await browser.open(fronted.page);
  assert.equal(page.url(), `${fronted.page}/login`, 'who is not logged in is led to the login');
  await page.fill('[name=name]', name);
  await page.fill('[name=password]', password);
  await page.click('button');
  return page;
}

const status = (page, text) => page.locator('#status', { hasText: text }).waitFor();

async function say(page, text) {
  await page.fill('#text', text);
  await page.press('#text', 'Enter');
}

const message = (page, text) => page.locator('#messages li.message', { hasText: text }).waitFor();

const messages = page => page.locator('#messages li.message').allTextContents();

test('two users log in through the proxy, and the login lets their sockets in', async () => {
  alice = await logIn('alice');
  bob = await logIn('bob');
  for (const page of [alice, bob]) {
    await status(page, 'connected');
    assert.equal(page.url(), `${fronted.page}/`);
  }
  await alice.locator('h1', { hasText: 'Hello, alice' }).waitFor();
  // No script of a page can read what lets it in.
  assert.equal(await alice.evaluate(() => document.cookie), '');
});

test('another password does not', async () => {
  const page = await logIn('alice', 'a guess');
  await page.locator('#error', { hasText: 'That is not the password.' }).waitFor();
});

test('they chat', async () => {
  await say(alice, 'Is anybody here?');
  await message(bob, 'aliceIs anybody here?');
  await say(bob, 'Yes.');
  await message(alice, 'bobYes.');
});

test('the application rewrites a message', async () => {
  await say(alice, 'Time for :tea:');
  for (const page of [alice, bob]) await message(page, 'aliceTime for 🍵');
});

test('the application refuses a message, and only its sender hears of it', async () => {
  await say(bob, 'Buy at https://example.com');
  const refused = alice.locator('#messages', { hasText: 'Buy at' });
  await bob.locator('#messages li.failed', {
    hasText: 'Buy at https://example.com (no_links: links go into a note)',
  }).waitFor();
  await say(bob, 'Never mind.');
  await message(alice, 'bobNever mind.');
  assert.equal(await refused.count(), 0);
});

test('a note of the REST API is there in both pages', async () => {
  await alice.fill('#note-text', 'Buy tea');
  await alice.press('#note-text', 'Enter');
  for (const page of [alice, bob]) await page.locator('#notes li', { hasText: 'aliceBuy tea' }).waitFor();
});

test('a page that is loaded again has the history, each message once and in order', async () => {
  const before = await messages(alice);
  await bob.reload();
  await status(bob, 'connected');
  await bob.waitForFunction(count =>
    document.querySelectorAll('#messages li.message').length === count, before.length);
  assert.deepEqual(await messages(bob), before);
});

test('logging out in one window kicks the other, which stays away', async () => {
  const second = await alice.context().newPage();
  await second.goto(fronted.page);
  await status(second, 'connected');
  await second.click('#logout');
  await second.waitForURL(`${fronted.page}/login`);
  await status(alice, 'closed: 3503 logged out');
  await alice.reload();
  assert.equal(alice.url(), `${fronted.page}/login`);
  await say(bob, 'Where is alice?');
  await message(bob, 'bobWhere is alice?');
  assert.deepEqual([...alice.errors, ...bob.errors], []);
});
