import { parseArgs } from 'node:util';
import { thrownText } from '@sallyport/base';
import { createLogger, type Logger } from '@sallyport/service';

export interface ProgramStart {
  readonly config: string;
  readonly listen: string | undefined;
  readonly logger: Logger;
}

const usage = `Options:
  --config FILE    the configuration (default: sallyport.yaml)
  --listen ADDRESS where to serve instead of what the configuration says, such as 127.0.0.1:8787
  --help           this text
`;

/**
 * Runs a service's program: `--config` names the configuration file, `--listen` where to serve instead of what it says.
 * `path` is what people should open of it. What keeps it from starting goes to the log, and the exit code is 2.
 */
export async function runProgram(
  start: (options: ProgramStart) => Promise<{ readonly url: string }>,
  path = '',
): Promise<void> {
  const logger = createLogger();
  try {
    const { values } = parseArgs({
      options: {
        config: { type: 'string', default: 'sallyport.yaml' },
        listen: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return void process.stdout.write(usage);
    const { url } = await start({ config: values.config, listen: values.listen, logger });
    logger.info(`Serving ${url}${path}`);
  } catch (error) {
    logger.error(thrownText(error));
    // What was opened before the failure must not keep the process alive: its supervisor starts it again.
    process.exit(2);
  }
}
