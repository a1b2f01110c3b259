import type { Call } from '@sallyport/contracts';
import { resultAnswer, upstreamError } from './upstream-error.ts';

const call = { callId: '01J', upstream: 'orders' } as Call;
const elicitations = [{ url: 'https://pay.example.com/' }];

function told(code: number, text = 'no: x', shown: typeof elicitations = []) {
  const said = { content: [{ type: 'text', text }], isError: true };
  const error = { kind: 'error', code, message: 'no: SECRET', data: { host: 'db' } } as const;
  return upstreamError(call, error, { said, elicitations: shown });
}

test.each([-32700, -32600, -32601, -32602])(
  'a request that was refused with %s keeps code and text, and has not run',
  (code) => {
    expect(told(code)).toEqual({
      kind: 'error',
      code,
      message: 'no: x Reference 01J.',
      elicitations: [],
      meta: { decision: 'allow', reason: 'upstream_error', id: '01J' },
    });
  },
);

test.each([-32603, -32000, 7])('after any other error, such as %s, the call may have run', (code) => {
  expect(told(code)).toMatchObject({
    code,
    message: expect.stringMatching(/^no: x The call may have run.*Reference 01J\.$/),
  });
});

test.each([-32020, -32021, -32022, -32042])(
  '%s speaks of the way between the upstream and us: another code is told',
  (code) => {
    expect(told(code)).toMatchObject({ code: -32603, elicitations: [] });
  },
);

test('-32042 keeps its code where there is an address to show', () => {
  expect(told(-32042, 'no: x', elicitations)).toMatchObject({
    code: -32042,
    message: 'no: x Reference 01J.',
    elicitations,
  });
  expect(told(-32000, 'no: x', elicitations)).toMatchObject({ elicitations: [] });
});

test('a masked text has its reference already, and an empty one says who failed', () => {
  expect(told(-32602, 'orders could not do this. Reference 01J.')).toMatchObject({
    message: 'orders could not do this. Reference 01J.',
  });
  expect(told(-32602, ' ')).toMatchObject({ message: 'orders answered with an error. Reference 01J.' });
});

test.each(['prompts/get', 'resources/read', 'completion/complete'] as const)(
  'a sentence of ours in place of a result of %s is an error, that of a tool a failed result',
  (action) => {
    const text = 'orders: the answer could not be made safe. Reference 01J.';
    const meta = { decision: 'allow', reason: 'allowed', id: '01J' } as const;
    const failed = { content: [{ type: 'text', text }], isError: true };
    expect(resultAnswer({ ...call, action }, failed, meta)).toMatchObject({
      kind: 'error',
      code: -32603,
      message: text,
    });
    expect(resultAnswer({ ...call, action: 'tools/call' }, failed, meta)).toMatchObject({
      kind: 'result',
      result: failed,
    });
    expect(resultAnswer({ ...call, action }, {}, meta)).toMatchObject({ kind: 'result', result: {} });
  },
);
