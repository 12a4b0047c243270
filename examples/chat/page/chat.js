// The chat page: logs in at the service, talks to the edge over one WebSocket, and comes back by
// itself when the connection is lost and the close code allows it.
import { shouldComeBack, waitMs } from './reconnect.js';

const REFRESH_BEFORE_MS = 60000;

const element = id => document.getElementById(id);
const pending = new Map(); // id of a message without an ack yet -> its line
let socket = null;
let failures = 0; // connections in a row that did not open
let nextId = 1;
let retryTimer;
let refreshTimer;

function addLine(text, className, user) {
  const line = document.createElement('li');
  line.className = className;
  if (user) {
    const name = document.createElement('span');
    name.className = 'user';
    name.textContent = user;
    line.append(name);
  }
  line.append(text);
  element('messages').append(line);
  element('messages').scrollTop = element('messages').scrollHeight;
  return line;
}

function setStatus(text) { element('status').textContent = text; }

function showChat(show) {
  element('login').hidden = show;
  element('chat').hidden = !show;
}

async function api(method, path, body) {
  const headers = body ? { 'Content-Type': 'application/json' } : {};
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  const value = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(value.error), { status: answer.status });
  return value;
}

// Every connection gets a fresh token: an old one may have expired while we were away.
async function connect() {
  clearTimeout(retryTimer);
  setStatus('connecting');
  let access;
  try {
    access = await api('GET', '/api/token');
  } catch (error) {
    if (error.status === 401) return endSession('not logged in');
    return comeBackLater('the service does not answer');
  }
  showChat(true);
  // As a subprotocol the token is in no URL, and so in no log or history.
  const opened = new WebSocket(`${access.url}?welcome=1`, ['gatehouse.bearer', access.token]);
  socket = opened;
  opened.onopen = () => {
    failures = 0;
    setStatus(`connected as ${access.user}`);
    askPresence();
  };
  opened.onmessage = event => onMessage(JSON.parse(event.data));
  opened.onclose = event => { if (socket === opened) onClose(event.code, event.reason); };
}

function onClose(code, reason) {
  socket = null;
  clearTimeout(refreshTimer);
  element('present').replaceChildren();
  for (const line of pending.values()) line.className = 'failed';
  pending.clear();
  const why = `${code}${reason ? ` ${reason}` : ''}`;
  if (shouldComeBack(code)) return comeBackLater(`closed: ${why}`);
  addLine(`The connection was closed (${why}) and is not tried again.`, 'note');
  setStatus(`closed: ${why}`);
}

function comeBackLater(why) {
  const wait = waitMs(failures++);
  setStatus(`${why}; trying again in ${Math.round(wait / 1000)} s`);
  retryTimer = setTimeout(connect, wait);
}

function onMessage(message) {
  switch (message.type) {
    case undefined: return onPublication(message);
    case 'welcome':
    case 'refresh': return scheduleRefresh(message.expires);
    case 'presence': return showPresence(message.users);
    case 'joined':
    case 'left':
      addLine(`${message.user} ${message.type}`, 'note');
      return askPresence();
    case 'ack': return settle(message.id);
    case 'error': return onError(message);
  }
}

function onPublication({ user, content }) {
  if (user) return addLine(content.text, 'message', user);
  addLine(content.text, 'service', 'Service'); // only services may leave the user out
}

function settle(id) {
  // The message itself came to us as to every member: the line that stood in for it goes.
  pending.get(id)?.remove();
  pending.delete(id);
}

function onError({ id, message }) {
  const line = pending.get(id);
  pending.delete(id);
  if (!line) return addLine(`error: ${message}`, 'failed');
  line.className = 'failed';
  line.append(` (not sent: ${message})`);
}

function send(message) {
  if (socket?.readyState !== WebSocket.OPEN) return false;
  socket.send(JSON.stringify(message));
  return true;
}

function askPresence() { send({ type: 'presence' }); }

function showPresence(users) {
  element('present').replaceChildren(...users.map(({ user, connections }) => {
    const item = document.createElement('li');
    item.textContent = connections > 1 ? `${user} (${connections})` : user;
    return item;
  }));
}

function scheduleRefresh(expires) {
  clearTimeout(refreshTimer);
  refreshTimer = setTimeout(async () => {
    const access = await api('GET', '/api/token').catch(() => null);
    if (access) send({ type: 'refresh', token: access.token });
  }, Math.max(1000, Date.parse(expires) - Date.now() - REFRESH_BEFORE_MS));
}

function endSession(status) {
  clearTimeout(retryTimer);
  clearTimeout(refreshTimer);
  const ended = socket;
  socket = null;
  ended?.close(1000);
  showChat(false);
  setStatus(status);
}

element('login').onsubmit = async event => {
  event.preventDefault();
  try {
    await api('POST', '/api/login', { name: element('name').value });
  } catch (error) {
    return setStatus(error.message);
  }
  failures = 0;
  element('messages').replaceChildren();
  connect();
};

element('logout').onclick = async () => {
  await api('POST', '/api/logout', {}).catch(() => null);
  endSession('logged out');
};

element('say').onsubmit = event => {
  event.preventDefault();
  const text = element('text').value;
  const id = nextId++;
  const line = addLine(text, 'pending', 'sending');
  if (!send({ content: { text }, id })) {
    line.className = 'failed';
    line.append(' (not sent: no connection)');
    return;
  }
  pending.set(id, line);
  element('text').value = '';
};

connect();
