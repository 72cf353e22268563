import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ReplyWindow } from '../../src/shard/reply-window.js';

const MAX = 100;

test('window is full at four replies, and opens with each receipt for what was posted before it was asked for', () => {
  const window = new ReplyWindow(MAX);
  const asked = [];
  for (let i = 0; i < 8; i++) {
    assert.equal(window.isFull, false);
    window.onRead(50);
    asked.push(window.onPosted(50));
  }
  assert.equal(window.isFull, true);
  assert.deepEqual(asked, [false, true, false, true, false, true, false, true]);
  window.onReceipt();
  assert.equal(window.isFull, false);
});

test('receipt that nobody asked for changes nothing', () => {
  const window = new ReplyWindow(MAX);
  window.onRead(4 * MAX);
  window.onReceipt();
  assert.equal(window.isFull, true);
});

test('window that is full always has a receipt to wait for, or a value that is to be posted', () => {
  const steps = fc.array(fc.oneof(fc.integer({ min: 1, max: 250 }), fc.constant('receipt')));
  fc.assert(
    fc.property(steps, fc.boolean(), (all, late) => {
      const window = new ReplyWindow(MAX);
      let receipts = 0;
      let unposted: number[] = [];
      const post = () => {
        for (const bytes of unposted) if (window.onPosted(bytes)) receipts++;
        unposted = [];
      };
      for (const step of all) {
        if (typeof step === 'number') {
          if (window.isFull) continue;
          window.onRead(step);
          unposted.push(step);
          if (!late) post();
        } else {
          post();
          if (receipts > 0) {
            receipts--;
            window.onReceipt();
          }
        }
        if (window.isFull) assert(receipts > 0 || unposted.length > 0);
      }
      post();
      while (receipts-- > 0) window.onReceipt();
      assert.equal(window.isFull, false);
    }),
  );
});
