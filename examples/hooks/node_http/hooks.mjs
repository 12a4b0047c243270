// The hooks as an HTTP service: what the edge asks, answered with nothing but Node's own modules.
// ../README.md says what the answers are.
//
//   HOOKS_SECRET=... node hooks.mjs [HOST:PORT]
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const FRESH_SECONDS = 60;
const MAX_BODY = 1024 * 1024;
// The edge lets go of a connection after 4 s without use; Node would after 5, which is too close.
const KEEP_ALIVE_MS = 15000;
// The cookies of a login, and whose they are: your own sessions here.
const LOGINS = new Map([['s-1', 'alice'], ['s-2', 'bob']]);

const refuse = (code, reason) => ({ refuse: { code, reason } });

const hooks = {
  OnConnect({ cookies = [] }) {
    const cookie = cookies.find(({ name }) => name === 'session');
    const user = LOGINS.get(cookie?.value);
    if (!user) return refuse('unauthenticated', 'log in first');
    return { allow: { user, grants: { join: ['chat:*'], publish: ['chat:*'] }, state: '0' } };
  },

  OnJoin({ session, room }) {
    if (room === 'chat:staff' && session.user !== 'alice') return refuse('permission_denied', 'for the staff');
    return { allow: {} };
  },

  OnMessage({ session, payload }) {
    const text = JSON.parse(payload.json)?.text;
    if (typeof text !== 'string' || text === '') return refuse('bad_text', 'send an object with a text');
    if (text.includes('://')) return refuse('no_links', 'no links here');
    const written = { text: text.replaceAll(':tea:', '🍵') };
    // The count lives in the edge, with the connection: any process may get the next question.
    return { replace: { json: JSON.stringify(written) }, state: String(Number(session.state) + 1) };
  },

  OnRpc({ session, method }) {
    return method === 'count' ? { json: session.state } : refuse('not_found', 'no such method');
  },

  OnRefresh: () => ({ renew: {} }),

  OnEvents({ events }) {
    for (const { session, connected, disconnected } of events) {
      if (connected) console.log(session.user, 'connected');
      if (disconnected) console.log(session.user, 'disconnected');
    }
    return {};
  },
};

// The edge has signed the time and the body, lately.
function isSigned(headers, body, secret) {
  const time = headers['gatehouse-time'] ?? '';
  if (!/^\d+$/.test(time) || Math.abs(Date.now() / 1000 - Number(time)) > FRESH_SECONDS) return false;
  const wanted = createHmac('sha256', secret).update(`${time}.`).update(body).digest();
  return (headers['gatehouse-signature'] ?? '').split(',').some(text => {
    const shown = Buffer.from(text.trim(), 'hex');
    return shown.length === wanted.length && timingSafeEqual(shown, wanted);
  });
}

async function bodyOf(request) {
  const pieces = [];
  let size = 0;
  for await (const piece of request) {
    size += piece.length;
    if (size > MAX_BODY) throw new Error(`a body over ${MAX_BODY} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function send(response, status, value) {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': body.length });
  response.end(body);
}

function serviceWith(secret) {
  return createServer(async (request, response) => {
    try {
      const body = await bodyOf(request);
      const name = request.url.match(/^\/hooks\/(On[A-Za-z]+)$/)?.[1];
      if (!isSigned(request.headers, body, secret)) return send(response, 403, { error: 'not signed by the edge' });
      if (!Object.hasOwn(hooks, name ?? '')) return send(response, 404, { error: 'no such hook' });
      send(response, 200, hooks[name](JSON.parse(body)));
    } catch (error) {
      console.error(error.message);
      request.destroy();
    }
  });
}

const secret = process.env.HOOKS_SECRET;
if (!secret) {
  console.error('HOOKS_SECRET is not set: what the edge signs with (hooks.services.signing_keys)');
  process.exit(2);
}
const [host, port] = (process.argv[2] ?? '127.0.0.1:8000').split(':');
const server = serviceWith(secret);
server.keepAliveTimeout = KEEP_ALIVE_MS;
server.listen(Number(port), host, () => {
  console.log(JSON.stringify({ event: 'ready', listen: `${host}:${server.address().port}` }));
});
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => { server.close(); server.closeAllConnections(); });
}
