// Rooms on Node's `ws`: a Set of sockets for each room, send() to each. Lines `ROOM PAYLOAD` on a
// port of their own are publications, each answered by a line with the number of members.
"use strict";

const fs = require("node:fs");
const http = require("node:http");
const https = require("node:https");
const net = require("node:net");
const path = require("node:path");
const {parseArgs} = require("node:util");

const {values: options} = parseArgs({options: {
  modules: {type: "string"},
  deflate: {type: "boolean", default: false},
  certificate: {type: "string"},
  key: {type: "string"},
}});
const {WebSocketServer} = require(path.join(options.modules, "ws"));

const rooms = new Map();

function publish(name, message) {
  const members = rooms.get(name);
  if (!members) return 0;
  // One buffer for all, as the documentation's broadcast has it.
  const bytes = Buffer.from(message);
  for (const member of members) member.send(bytes, {binary: false});
  return members.size;
}

function join(socket, request) {
  const name = request.url.split("?")[0].split("/").pop();
  if (!rooms.has(name)) rooms.set(name, new Set());
  const members = rooms.get(name);
  members.add(socket);
  socket.on("message", message => publish(name, message));
  socket.on("close", () => members.delete(socket));
  socket.on("error", () => socket.terminate());
}

function serveCaller(caller) {
  let rest = "";
  caller.setNoDelay(true);
  caller.on("data", bytes => {
    const lines = (rest + bytes).split("\n");
    rest = lines.pop();
    let answers = "";
    for (const line of lines) {
      const space = line.indexOf(" ");
      answers += `${publish(line.slice(0, space), line.slice(space + 1))}\n`;
    }
    if (answers) caller.write(answers);
  });
  caller.on("error", () => caller.destroy());
}

const server = options.certificate
  ? https.createServer({cert: fs.readFileSync(options.certificate), key: fs.readFileSync(options.key)})
  : http.createServer();
const perMessageDeflate = options.deflate &&
  {serverNoContextTakeover: true, clientNoContextTakeover: true, threshold: 128};
new WebSocketServer({server, perMessageDeflate}).on("connection", join);
const control = net.createServer(serveCaller);

server.listen(0, "127.0.0.1", 4096, () => control.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({
    event: "ready", client: `127.0.0.1:${server.address().port}`,
    control: `127.0.0.1:${control.address().port}`, pid: process.pid}));
}));
process.on("SIGTERM", () => process.exit(0));
