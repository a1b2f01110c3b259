import { counted } from './counted.ts';

test.each([
  [0, '0 tools'],
  [1, '1 tool'],
  [2, '2 tools'],
])('%i has its noun', (count, text) => expect(counted(count, 'tool')).toBe(text));
