// Starts what a browser test needs and ends it: the edge, the examples' services, Chromium.
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const START_MS = 30000;
const END_MS = 40000;
const BINARY = process.env.GATEHOUSE_BINARY ?? path.join(ROOT, 'build/dev/edge/gatehouse');
const PYTHON = process.env.GATEHOUSE_PYTHON ?? path.join(ROOT, '.cache/venv/bin/python');

function cleanEnvironment(extra) {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('GATEHOUSE_'));
  return { ...Object.fromEntries(kept), ...extra };
}

// A program whose first line on stdout is JSON: it is ready.
export class Program {
  static async start(command, words, environment) {
    const program = new Program();
    program.child = spawn(command, words, {
      env: cleanEnvironment(environment), stdio: ['ignore', 'pipe', 'inherit'],
    });
    program.ended = new Promise(resolve => program.child.once('close', resolve));
    const line = new Promise(resolve => {
      createInterface({ input: program.child.stdout }).once('line', resolve);
    });
    const failed = program.ended.then(code => { throw new Error(`${command} ended with ${code}`); });
    failed.catch(() => {}); // it ends normally later on
    const late = new Promise((_, reject) => {
      setTimeout(() => reject(new Error(`${command} is not ready`)), START_MS).unref();
    });
    program.ready = JSON.parse(await Promise.race([line, failed, late]));
    return program;
  }

  // SIGTERM; the exit code.
  async stop() {
    this.child.kill('SIGTERM');
    const kill = setTimeout(() => this.child.kill('SIGKILL'), END_MS);
    const code = await this.ended;
    clearTimeout(kill);
    return code;
  }
}

export function startEdge(words, environment) {
  return Program.start(BINARY, ['serve', ...words], environment);
}

// In --dev, on free ports, with its secret in `home`. `more`: further words.
export function startDevEdge(home, ...more) {
  return startEdge(['--dev', '--set', 'client.listen=127.0.0.1:0', '--set',
    'control.listen=127.0.0.1:0', '--set', 'admin.listen=127.0.0.1:0', ...more], {
    HOME: home, XDG_STATE_HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home,
  });
}

export async function freeAddress() {
  const server = createServer();
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise(resolve => server.close(resolve));
  return `127.0.0.1:${port}`;
}

// The chat example: its edge, which can be stopped and started again on its ports, and its service.
export class Chat {
  static async start() {
    const chat = new Chat();
    const secret = randomBytes(32).toString('base64url');
    const key = randomBytes(32).toString('base64url');
    chat.operatorKey = randomBytes(32).toString('base64url');
    // The edge must know the page's origin before the service listens there.
    const listen = await freeAddress();
    chat.page = `http://${listen}`;
    chat.environment = {
      GATEHOUSE_AUTH_KEYS_0_SECRET: secret,
      GATEHOUSE_CONTROL_API_KEYS_0_SHA256: createHash('sha256').update(key).digest('hex'),
      GATEHOUSE_CLIENT_ALLOWED_ORIGINS: chat.page,
      GATEHOUSE_CLIENT_LISTEN: '127.0.0.1:0',
      GATEHOUSE_CONTROL_LISTEN: '127.0.0.1:0',
      GATEHOUSE_ADMIN_LISTEN: '127.0.0.1:0',
    };
    await chat.startEdge();
    const { client, control } = chat.edge.ready;
    chat.environment.GATEHOUSE_CLIENT_LISTEN = client;
    chat.environment.GATEHOUSE_CONTROL_LISTEN = control;
    const words = [path.join(ROOT, 'examples/chat/service/service.py'), '--listen', listen,
      '--edge-url', `ws://${client}`, '--edge-control', control];
    chat.service = await Program.start(PYTHON, words, {
      CHAT_TOKEN_SECRET: secret, CHAT_API_KEY: key, CHAT_OPERATOR_KEY: chat.operatorKey,
      PYTHONDONTWRITEBYTECODE: '1',
    });
    return chat;
  }

  async startEdge() {
    const config = path.join(ROOT, 'examples/chat/gatehouse.yaml');
    this.edge = await startEdge(['--config', config], this.environment);
  }

  // What the operator asks of the service.
  async ask(method, route, body) {
    const answer = await fetch(this.page + route, {
      method, body: body && JSON.stringify(body),
      headers: { authorization: `Bearer ${this.operatorKey}`, 'content-type': 'application/json' },
    });
    if (!answer.ok) throw new Error(`${route}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  async stop() {
    await this.service?.stop();
    return this.edge?.stop();
  }
}

// The fronted application: the edge with its proxy, and the application behind it.
export class Fronted {
  static async start(folder) {
    const fronted = new Fronted();
    const example = path.join(ROOT, 'examples/fronted_app');
    const key = randomBytes(32).toString('base64url');
    const secret = randomBytes(32).toString('base64url');
    const client = await freeAddress();
    const control = await freeAddress();
    fronted.page = `http://${client}`;
    const words = [path.join(example, 'app/main.py'), '--listen', '127.0.0.1:0', '--edge-control',
      control, '--database', path.join(folder, 'app.sqlite')];
    fronted.app = await Program.start(PYTHON, words, {
      APP_API_KEY: key, APP_HOOK_SECRET: secret, PYTHONDONTWRITEBYTECODE: '1',
    });
    fronted.edge = await startEdge(['--config', path.join(example, 'gatehouse.yaml')], {
      GATEHOUSE_CLIENT_LISTEN: client,
      GATEHOUSE_CLIENT_ALLOWED_ORIGINS: fronted.page,
      GATEHOUSE_CONTROL_LISTEN: control,
      GATEHOUSE_CONTROL_API_KEYS_0_SHA256: createHash('sha256').update(key).digest('hex'),
      GATEHOUSE_ADMIN_LISTEN: '127.0.0.1:0',
      GATEHOUSE_HOOKS_SERVICES_0_ENDPOINTS: `http://${fronted.app.ready.listen}/hooks`,
      GATEHOUSE_HOOKS_SERVICES_0_SIGNING_KEYS_0_SECRET: secret,
      GATEHOUSE_PROXY_ROUTES_1_FOLDER: path.join(example, 'static'),
      GATEHOUSE_PROXY_UPSTREAMS_0_ENDPOINTS: fronted.app.ready.listen,
    });
    return fronted;
  }

  // The edge's exit code.
  async stop() {
    const code = await this.edge?.stop();
    await this.app?.stop();
    return code;
  }
}

// Debian's Chromium, without a sandbox (root) and without talking to anybody but the pages.
export class Browser {
  static async start() {
    const browser = new Browser();
    browser.profile = mkdtempSync(path.join(tmpdir(), 'gatehouse-chromium-'));
    browser.chromium = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      headless: true,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
        '--disable-background-networking', '--disable-component-update', '--disable-sync',
        `--crash-dumps-dir=${browser.profile}`],
      env: { ...process.env, HOME: browser.profile },
    });
    return browser;
  }

  // A page of a user of its own: no cookies shared with the others.
  async open(url, options) {
    const viewport = { width: 880, height: 560 };
    const context = await this.chromium.newContext({ viewport, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(20000);
    page.errors = [];
    page.on('pageerror', error => page.errors.push(String(error)));
    await page.goto(url);
    return page;
  }

  async stop() {
    await this.chromium.close();
    rmSync(this.profile, { recursive: true, force: true });
  }
}
