import { runDistributed } from './distributed/run-distributed.ts';
import { runIdle } from './idle/run-idle.ts';
import { readOptions, usage } from './options.ts';
import { runBench } from './run-bench.ts';
import { runProfile } from './profile/run-profile.ts';

try {
  const options = readOptions(process.argv.slice(2));
  if (options === null) process.stdout.write(`${usage}\n`);
  else if (options.idle !== null) await runIdle(options.idle, options.json);
  else if (options.distributed) await runDistributed(options);
  else await (options.profile === null ? runBench(options) : runProfile(options, options.profile));
  process.exit();
} catch (error) {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${text}\n${usage}\n`);
  process.exit(1);
}
