// What Node's HTTP clients make of a server: each kind of request, and what came of it, as JSON.
//
// usage: node_http_client.mjs URL LARGE-BYTES
import { createHash } from 'node:crypto';
import http from 'node:http';

const [base, large] = [process.argv[2], Number(process.argv[3])];
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const payload = Buffer.from('gatehouse '.repeat(10000));

// "STATUS BYTES DIGEST" of an answer.
async function told(status, body) {
  const digest = createHash('sha256');
  let size = 0;
  for await (const piece of body) {
    digest.update(piece);
    size += piece.length;
  }
  return `${status} ${size} ${digest.digest('hex').slice(0, 16)}`;
}

// `write`: sends the body; the request must be ended by it.
function send(method, path, { headers = {}, write = request => request.end() } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(base + path, { method, headers, agent, timeout: 60000 });
    request.once('error', reject);
    request.once('timeout', () => request.destroy(new Error('no answer')));
    request.once('response', answer => {
      told(answer.statusCode, answer).then(said => resolve({ said, answer, request }), reject);
    });
    write(request);
  });
}

const whole = body => request => request.end(body);
const sized = body => ({ headers: { 'Content-Length': body.length }, write: whole(body) });

async function fetched(path, options) {
  const answer = await fetch(base + path, options);
  return `${await told(answer.status, answer.body)} at ${new URL(answer.url).pathname}`;
}

const result = {};
result.get = (await send('GET', '/bytes/1000')).said;
const head = await send('HEAD', '/bytes/1000');
result.head = `${head.said}, ${head.answer.headers['content-length']} announced`;
result.post = (await send('POST', '/echo', sized(payload))).said;
// Without a length what is written in pieces is sent in chunks.
result.chunked = (await send('POST', '/echo', {
  write(request) {
    request.write(payload.subarray(0, 7));
    request.end(payload.subarray(7));
  },
})).said;
const range = await send('GET', '/bytes/1000', { headers: { Range: 'bytes=10-19' } });
result.range = `${range.said} ${range.answer.headers['content-range']}`;
result.redirect = await fetched('/found');
result['redirected post'] = await fetched('/moved', { method: 'POST', body: payload.toString() });
result.large = (await send('GET', `/bytes/${large}`)).said;
result.upload = (await send('POST', '/digest', { write: whole(Buffer.alloc(large, 'u')) })).said;

let continues = 0;
const asked = await send('POST', '/echo', {
  headers: { Expect: '100-continue', 'Content-Length': payload.length },
  write(request) {
    request.flushHeaders();
    request.once('continue', () => { continues++; request.end(payload); });
  },
});
result['100-continue'] = `${asked.said}, ${continues} interim`;

agent.destroy();
let fresh = 0;
for (let n = 0; n < 3; n++) fresh += (await send('GET', '/bytes/10')).request.reusedSocket ? 0 : 1;
result['keep-alive'] = `3 requests, ${fresh} connections`;
agent.destroy();
console.log(JSON.stringify(result));
