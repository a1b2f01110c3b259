import { startLeanUpstream } from './lean-upstream.ts';

// The lean upstream as a process of its own, so that its CPU is not the measured program's.
// Arguments: port (0 takes any), number of tools, `remember`. Prints its URL as one line.
const [port = '0', tools = '1', remember = ''] = process.argv.slice(2);
const upstream = await startLeanUpstream({
  port: Number(port),
  tools: Number(tools),
  remember: remember === 'remember',
});
process.stdout.write(`${upstream.url}\n`);
// The process that started this one holds its stdin. When stdin ends, this process ends.
process.stdin.on('end', () => process.exit(0)).resume();
