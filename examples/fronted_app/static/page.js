// The page of somebody who is logged in. The WebSocket goes to where the page came from, and the login
// cookie goes along by itself: there is no token to fetch.
const element = id => document.getElementById(id);
const waiting = new Map(); // id of a message without an answer yet -> its text
let failures = 0; // connections in a row that did not open
let nextId = 1;
let socket;

function addLine(list, text, user, className = '') {
  const line = document.createElement('li');
  line.className = className;
  const name = document.createElement('span');
  name.className = 'user';
  name.textContent = user;
  line.append(name, text);
  element(list).append(line);
  element(list).scrollTop = element(list).scrollHeight;
  return line;
}

// In the order of their numbers, each once: the history may bring what came by itself, and the other
// way round.
function addMessage({ id, user, text }) {
  const there = [...document.querySelectorAll('#messages .message')];
  if (there.some(line => line.dataset.id === String(id))) return;
  const line = addLine('messages', text, user, 'message');
  line.dataset.id = id;
  const next = there.find(other => Number(other.dataset.id) > id);
  if (next) next.before(line);
}

function setStatus(text) { element('status').textContent = text; }

function send(message) { socket.send(JSON.stringify(message)); }

function connect() {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  socket = new WebSocket(`${scheme}://${location.host}/ws/chat:lobby`);
  socket.onopen = () => {
    failures = 0;
    setStatus('connected');
    send({ type: 'rpc', id: 'history', method: 'history', params: 20 });
    showNotes();
  };
  socket.onmessage = event => onMessage(JSON.parse(event.data));
  socket.onclose = event => onClose(event.code, event.reason);
}

function onClose(code, reason) {
  setStatus(`closed: ${code} ${reason}`);
  // Codes that say to stay away: docs/protocol.md. 1006 may be a login that has ended: the front page
  // knows, and leads to the login if so.
  if ([1000, 1003, 1008, 1009].includes(code) || (code >= 3500 && code <= 3999)) return;
  // At most 30 s, anywhere below: thousands of pages that lost one node do not come back at once.
  const wait = 1000 + Math.random() * Math.min(29000, 1000 * 2 ** failures++);
  setTimeout(async () => {
    const answer = await fetch('/api/me').catch(() => null);
    if (answer?.status === 401) location.assign('/login'); else connect();
  }, wait);
}

function onMessage(message) {
  switch (message.type) {
    case undefined: return onPublication(message);
    case 'ack': return void waiting.delete(message.id);
    case 'rpc': return message.result.forEach(addMessage);
    case 'error': return onError(message);
  }
}

function onPublication({ user, content }) {
  if (content.note) return showNote(content.note);
  if (content.removed) return element(`note-${content.removed}`)?.remove();
  addMessage({ user, ...content });
}

function onError({ id, code, message }) {
  addLine('messages', `${waiting.get(id) ?? ''} (${code}: ${message})`, 'not sent', 'failed');
  waiting.delete(id);
}

function showNote({ id, user, text }) {
  element(`note-${id}`)?.remove();
  addLine('notes', text, user).id = `note-${id}`;
}

async function showNotes() {
  const notes = await (await fetch('/api/notes')).json();
  element('notes').replaceChildren();
  notes.forEach(showNote);
}

element('say').onsubmit = event => {
  event.preventDefault();
  if (socket.readyState !== WebSocket.OPEN) return;
  const id = nextId++;
  waiting.set(id, element('text').value);
  send({ content: { text: element('text').value }, id });
  element('text').value = '';
};

element('note').onsubmit = async event => {
  event.preventDefault();
  const body = JSON.stringify({ text: element('note-text').value });
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch('/api/notes', { method: 'POST', headers, body });
  if (answer.ok) element('note-text').value = '';
};

connect();
