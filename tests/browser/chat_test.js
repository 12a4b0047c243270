// The scenario of examples/chat in a real browser. With GATEHOUSE_SCREENSHOT=FILE.png one is taken of
// the chat under way: docs/images/chat.png is made so.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Browser, Chat } from './processes.js';

let chat, browser, alice, bob;

before(async () => {
  chat = await Chat.start();
  browser = await Browser.start();
});

after(async () => {
  await browser?.stop();
  assert.equal(await chat?.stop(), 0);
});

async function logIn(name) {
  const page = await browser.open(chat.page);
  await page.fill('#name', name);
  await page.click('#login button');
  await status(page, `connected as ${name}`);
  await page.locator('#login').waitFor({ state: 'hidden' });
  return page;
}

const status = (page, text) => page.locator('#status', { hasText: text }).waitFor();

async function say(page, text) {
  await page.fill('#text', text);
  await page.press('#text', 'Enter');
}

const message = (page, user, text) =>
  page.locator('#messages li.message', { hasText: `${user}${text}` }).waitFor();

async function present(page, names) {
  await page.waitForFunction(wanted => {
    const shown = [...document.querySelectorAll('#present li')].map(item => item.textContent);
    return JSON.stringify(shown) === wanted;
  }, JSON.stringify(names));
}

test('two users log in and chat', async () => {
  alice = await logIn('alice');
  bob = await logIn('bob');
  await say(alice, 'Hello, is anybody here?');
  await say(bob, 'Yes, just came in.');
  for (const page of [alice, bob]) {
    await message(page, 'alice', 'Hello, is anybody here?');
    await message(page, 'bob', 'Yes, just came in.');
    await present(page, ['alice', 'bob']);
    // Each line is there once, and no line that stood in for a message is left.
    assert.equal(await page.locator('#messages li.message').count(), 2);
    await page.waitForFunction(() => !document.querySelector('#messages .pending, #messages .failed'));
  }
  await alice.locator('#messages li.note', { hasText: 'bob joined' }).waitFor();
});

test('the service broadcasts to both', async () => {
  assert.deepEqual(await chat.ask('POST', '/api/announce', { text: 'Tea is ready.' }), { queued: 2 });
  for (const page of [alice, bob]) {
    await page.locator('#messages li.service', { hasText: 'Tea is ready.' }).waitFor();
  }
  if (process.env.GATEHOUSE_SCREENSHOT) {
    await alice.screenshot({ path: process.env.GATEHOUSE_SCREENSHOT });
  }
});

test('GetPresence names both', async () => {
  assert.deepEqual(await chat.ask('GET', '/api/presence'), { users: ['alice', 'bob'] });
});

test('Kick closes one page with its code and reason', async () => {
  assert.deepEqual(await chat.ask('POST', '/api/kick', { user: 'bob', reason: 'enough tea' }), { kicked: 1 });
  await status(bob, 'closed: 3503 enough tea');
  await alice.locator('#messages li.note', { hasText: 'bob left' }).waitFor();
  await present(alice, ['alice']);
});

test('the edge restarts and the other page comes back by itself, the kicked one stays out', async () => {
  assert.equal(await chat.edge.stop(), 0);
  await status(alice, 'closed: 3001 shutdown; trying again');
  await chat.startEdge();
  await status(alice, 'connected as alice');
  await say(alice, 'Back again.');
  await message(alice, 'alice', 'Back again.');
  await present(alice, ['alice']);
  assert.deepEqual(await chat.ask('GET', '/api/presence'), { users: ['alice'] });
  await status(bob, 'closed: 3503 enough tea');
  assert.deepEqual([...alice.errors, ...bob.errors], []);
});

test('an edge that is gone without a word is waited for with growing pauses', async () => {
  chat.edge.child.kill('SIGKILL');
  await chat.edge.ended;
  await status(alice, 'closed: 1006; trying again');
  await alice.evaluate(() => {
    const shown = document.getElementById('status');
    window.seen = [];
    new MutationObserver(() => window.seen.push(shown.textContent)).observe(shown, { childList: true });
  });
  // It tries and fails at least twice before the edge is there again, and waits longer each time.
  await alice.waitForFunction(() => window.seen.filter(text => text === 'connecting').length >= 2);
  await chat.startEdge();
  await status(alice, 'connected as alice');
});

test('logging out ends the connection and the session', async () => {
  await alice.click('#logout');
  await status(alice, 'logged out');
  await alice.reload();
  await status(alice, 'not logged in');
  await alice.locator('#login').waitFor();
});
