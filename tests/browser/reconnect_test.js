// The chat page's rules of coming back, against the close codes as they are declared.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { shouldComeBack, waitMs } from '../../examples/chat/page/reconnect.js';

const PROTO = new URL('../../proto/gatehouse/v1/close_code.proto', import.meta.url);

test('every declared close code is obeyed', () => {
  const declared = [...readFileSync(PROTO, 'utf8').matchAll(/ = (\d+) \[\(close\) = .*reconnect: (true|false)/g)];
  assert.ok(declared.length >= 30, `only ${declared.length} codes were found`);
  for (const [, code, reconnect] of declared) {
    assert.equal(shouldComeBack(Number(code)), reconnect === 'true', `code ${code}`);
  }
});

test('codes that are not declared follow their range', () => {
  for (const code of [1001, 1005, 1006, 1012, 3000, 3499, 4000, 4499]) assert.ok(shouldComeBack(code), code);
  for (const code of [3500, 3999, 4500, 4999]) assert.ok(!shouldComeBack(code), code);
});

test('the wait grows from 1 s to 30 s and is jittered', () => {
  const least = () => 0;
  const most = () => 1;
  assert.deepEqual([0, 1, 2, 3, 4, 9, 1000].map(n => waitMs(n, most)),
    [2000, 4000, 8000, 16000, 30000, 30000, 30000]);
  for (const n of [0, 1, 5, 1000]) assert.equal(waitMs(n, least), 1000);
  assert.notEqual(waitMs(5), waitMs(5));
});
