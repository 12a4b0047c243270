// Broadcasts one message to a room of the chat, as any service in Node would.
//
//   npm ci && CHAT_API_KEY=... node broadcast.js 'Good morning' [HOST:PORT] [ROOM]
import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';

const PROTO = fileURLToPath(new URL('../../../proto', import.meta.url));
const CALL_MS = 5000;

// The stubs are made from the .proto when the program starts.
function controlService() {
  const definition = loader.loadSync('gatehouse/v1/control.proto', {
    includeDirs: [PROTO], keepCase: true, longs: String, enums: String, defaults: true,
  });
  return grpc.loadPackageDefinition(definition).gatehouse.v1.ControlService;
}

function broadcast({ target, key, room, text }) {
  const ControlService = controlService();
  // Plaintext, since the control API is on loopback; anywhere else it speaks mutual TLS.
  const client = new ControlService(target, grpc.credentials.createInsecure());
  const metadata = new grpc.Metadata();
  metadata.set('authorization', `Bearer ${key}`);
  const request = { rooms: [room], json: JSON.stringify({ text }) };
  return new Promise((resolve, reject) => {
    client.Broadcast(request, metadata, { deadline: Date.now() + CALL_MS }, (error, answer) => {
      client.close();
      if (error) reject(error); else resolve(answer.results[0]);
    });
  });
}

const [text, target = '127.0.0.1:9090', room = 'chat:lobby'] = process.argv.slice(2);
if (!text) {
  console.error('usage: node broadcast.js TEXT [HOST:PORT] [ROOM]');
  process.exit(2);
}
try {
  const delivery = await broadcast({ target, room, text, key: process.env.CHAT_API_KEY ?? '' });
  console.log(`queued for ${delivery.queued} of ${delivery.matched} sessions in ${delivery.room}`);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
