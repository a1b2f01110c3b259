import { createInterface } from 'node:readline';
import { answerTo, echoTools } from './lean-upstream.ts';

// The lean upstream over standard input and output.
const tools = echoTools(1);
const counted = { calls: 0, effects: new Map<string, number>(), remember: false };
createInterface({ input: process.stdin }).on('line', (line) => {
  const answer = answerTo(line, tools, counted);
  if (answer !== null) process.stdout.write(`${answer.text}\n`);
});
